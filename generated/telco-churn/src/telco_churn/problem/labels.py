"""Labels as estimators need them: the position of the class."""

from __future__ import annotations

import numpy as np

from telco_churn.errors import BadInput

CLASSES: tuple[str, ...] = ("No", "Yes")
_POSITION = {label: position for position, label in enumerate(CLASSES)}


def encode(labels: np.ndarray) -> np.ndarray:
    """(n,) class texts to (n,) int64 positions in `CLASSES`; `BadInput` names a label that is no class."""
    try:
        return np.array([_POSITION[label] for label in labels.tolist()], dtype=np.int64)
    except KeyError as unknown:
        raise BadInput(f"label {unknown.args[0]!r} is none of the classes {', '.join(map(repr, CLASSES))}") from None


def decode(positions: np.ndarray) -> np.ndarray:
    """(n,) positions back to class texts."""
    texts: np.ndarray = np.array(CLASSES, dtype=object)[positions]
    return texts


def truth_of(labels: np.ndarray) -> np.ndarray:
    """(n,) class texts as metrics compare them: what `encode` gives."""
    return encode(labels)
