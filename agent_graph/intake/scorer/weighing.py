"""Sums of small steps over named evidence, as fitted by gradient boosting (Friedman 2001), evaluated by numpy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FAR = 4.0  # standard deviations


@dataclass(frozen=True)
class Scorer:
    """A score from named evidence: a constant, trees of a few leaves (nested [name, bar, low, high], low where <= bar),
    linear weights, and weights of evidence in standard deviations (name: [weight, middle, spread]), FAR at most."""

    constant: float
    trees: tuple[Any, ...]
    linear: Mapping[str, float]
    scaled: Mapping[str, tuple[float, float, float]]

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Scorer:
        """The scorer as it stands in the file of weights."""
        return cls(
            float(written["constant"]),
            tuple(written.get("trees", ())),
            written.get("linear", {}),
            written.get("scaled", {}),
        )

    def logits(self, evidence: Mapping[str, Floats]) -> Floats:
        """One score a row; KeyError when evidence that it weighs is missing."""
        size = len(next(iter(evidence.values())))
        total = np.full(size, self.constant)
        for name, weight in self.linear.items():
            total += weight * evidence[name]
        for name, (weight, middle, spread) in self.scaled.items():
            total += weight * np.clip((evidence[name] - middle) / spread, -FAR, FAR)
        for tree in self.trees:
            total += _grown(tree, evidence, size)
        return total

    def probabilities(self, evidence: Mapping[str, Floats]) -> Floats:
        """The scores as probabilities."""
        return np.asarray(1 / (1 + np.exp(-np.clip(self.logits(evidence), -30, 30))))

    def names(self) -> frozenset[str]:
        """All evidence that it weighs."""
        return (
            frozenset(self.linear)
            | frozenset(self.scaled)
            | frozenset(name for tree in self.trees for name in _named(tree))
        )


def _grown(tree: Any, evidence: Mapping[str, Floats], size: int) -> Floats:
    if not isinstance(tree, (list, tuple)):
        return np.full(size, float(tree))
    name, bar, low, high = tree
    return np.where(evidence[name] <= bar, _grown(low, evidence, size), _grown(high, evidence, size))


def _named(tree: Any) -> list[str]:
    return [tree[0], *_named(tree[2]), *_named(tree[3])] if isinstance(tree, (list, tuple)) else []
