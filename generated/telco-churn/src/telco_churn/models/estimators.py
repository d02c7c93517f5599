"""The ensemble's members: one module for each kind in use."""

from typing import Any

from telco_churn.models.catboost_trees import CatBoostTrees
from telco_churn.models.lightgbm_trees import LightGbmTrees
from telco_churn.models.linear import Linear
from telco_churn.models.member import Member, Watch

KINDS: dict[str, type[Member]] = {
    "linear": Linear,
    "lightgbm": LightGbmTrees,
    "catboost": CatBoostTrees,
}


def make(kind: str, parameters: dict[str, Any], seed: int, threads: int) -> Member:
    """A new, unfitted member of that kind."""
    return KINDS[kind](parameters, seed, threads)


__all__ = ["KINDS", "Member", "Watch", "make"]
