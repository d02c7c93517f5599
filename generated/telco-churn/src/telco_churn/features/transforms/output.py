"""What every transform is, and what it says of the columns that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from scipy import sparse

from telco_churn.data.columns import Columns

View = Literal["number", "rank", "code", "component"]


@dataclass(frozen=True)
class Output:
    """One column of the dense matrix, and how the linear view reads it.

    "number": scaled; "rank": scaled, and one-hot over `size` ranks; "code": one-hot over `size` codes;
    "component": left out, since the linear view holds the terms that it condenses.
    """

    name: str
    view: View
    size: int = 0


class Transform(Protocol):
    """Columns in, part of the dense matrix (and maybe sparse terms) out; `outputs` are known once it is fitted."""

    outputs: tuple[Output, ...]

    def fit(self, columns: Columns) -> None:
        """Learn what the transform needs from the training rows."""

    def fill(self, columns: Columns, out: np.ndarray) -> sparse.csr_matrix | None:
        """Write (n, len(outputs)) values into `out`; return (n, terms) for linear estimators, if there are any."""
