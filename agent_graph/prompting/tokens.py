"""How many tokens a text will be, near enough to stay inside a budget without any model's own tokenizer."""

from __future__ import annotations

import re
from math import ceil

# A word costs one token for every seven letters begun, a digit one, signs one for every three begun, a line one:
# measured against a public byte-pair vocabulary (Qwen's, which spells numbers digit by digit) on filled prompts, the
# estimate lies 1 to 13 % above; other vocabularies need fewer tokens for numbers.
_PIECES = re.compile(r"([A-Za-z]+)|([0-9]+)|([^\x00-\x7f])|(\n+)|([^\sA-Za-z0-9]+)")


def tokens(text: str) -> int:
    """Estimated tokens of a text; rather too many than too few."""
    total = 0.0
    for word, number, foreign, lines, signs in _PIECES.findall(text):
        if word:
            total += ceil(len(word) / 7)
        elif signs:
            total += ceil(len(signs) / 3)
        else:
            total += len(number) + 1.5 * len(foreign) + bool(lines)
    return ceil(total)
