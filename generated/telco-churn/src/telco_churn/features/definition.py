"""The features as `config/features.yaml` defines them, and the version that the definition has."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from telco_churn.config import load


@dataclass(frozen=True)
class Feature:
    """One entry of the definition; `columns` are names of the joined rows."""

    name: str
    transform: str
    columns: tuple[str, ...]
    parameters: dict[str, str] = field(default_factory=dict)

    def number(self, parameter: str) -> float:
        """A numeric parameter; KeyError when the definition doesn't give it."""
        return float(self.parameters[parameter])


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
