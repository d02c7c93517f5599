"""The features as `config/features.yaml` defines them, their version, and what the transform of each one is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from scipy import sparse

from telco_churn.config import load
from telco_churn.data.columns import Columns
from telco_churn.errors import BadInput

View = Literal["number", "rank", "code", "component"]


@dataclass(frozen=True)
class Feature:
    """One entry of the definition; `columns` are names of the joined rows."""

    name: str
    transform: str
    columns: tuple[str, ...]
    parameters: dict[str, str] = field(default_factory=dict)

    def number(self, parameter: str) -> float:
        """A numeric parameter; BadInput when the definition doesn't give it."""
        try:
            return float(self.parameters[parameter])
        except (KeyError, ValueError):
            raise BadInput(
                f"config/features.yaml: {self.name}: {self.transform} needs a number as {parameter!r}"
            ) from None


def features() -> tuple[Feature, ...]:
    """All features, in the order of the matrix's columns."""
    return tuple(
        Feature(entry["name"], entry["transform"], tuple(entry["columns"]), dict(entry.get("parameters", {})))
        for entry in load("features")["features"]
    )


def version_of(definition: tuple[Feature, ...]) -> str:
    """Twelve hexadecimal digits that change with any name, transform, column or parameter, and with nothing else."""
    canonical = json.dumps([vars(feature) for feature in definition], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


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
