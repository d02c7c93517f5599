"""How likely each of a closed list of answers is: the tree of their beginnings, walked where the likelihood is."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Sequence

MOST_STEPS = 10  # looks at the next token; one is enough where no two likely candidates begin alike
LEAST = 0.004  # of the whole: a branch less likely is shared out among its candidates
Next = Callable[[str], Sequence[tuple[bytes, float]]]  # text so far -> the likeliest next tokens, with probabilities


def weights(candidates: Sequence[str], next_tokens: Next) -> tuple[float, ...]:
    """The probability of each candidate as the rest of a JSON string, its closing quote included; their sum is 1.

    Exact up to what isn't looked at: tokens beyond the likeliest, branches below LEAST, steps beyond MOST_STEPS. A
    token counts for every way of spelling a candidate that it fits, not only for the tokenizer's own.
    """
    ends = [json.dumps(each, ensure_ascii=False)[1:].encode("utf-8", "replace") for each in candidates]
    found = [0.0] * len(ends)
    branches: list[tuple[float, bytes, tuple[int, ...]]] = [(-1.0, b"", tuple(range(len(ends))))]
    for step in range(MOST_STEPS):
        if not branches or (step and -branches[0][0] < LEAST):
            break
        negative, beginning, among = heapq.heappop(branches)
        for token, probability in next_tokens(beginning.decode("utf-8", "ignore")):
            text, mass = beginning + token, -negative * probability
            fitting = tuple(i for i in among if ends[i].startswith(text) or text.startswith(ends[i]))
            if len(fitting) == 1:
                found[fitting[0]] += mass
            elif fitting:
                heapq.heappush(branches, (-mass, text, fitting))
    for negative, _, among in branches:
        for i in among:
            found[i] -= negative / len(among)
    whole = sum(found)
    return tuple(each / whole if whole else 1 / len(found) for each in found)
