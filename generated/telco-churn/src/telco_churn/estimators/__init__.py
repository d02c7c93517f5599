"""The ensemble's members: one module for each kind in use."""

from typing import Any

from telco_churn.estimators.catboost_trees import CatBoostTrees
from telco_churn.estimators.lightgbm_trees import LightGbmTrees
from telco_churn.estimators.linear import Linear
from telco_churn.estimators.member import Member, Watch

KINDS: dict[str, type[Member]] = {
    "linear": Linear,
    "lightgbm": LightGbmTrees,
    "catboost": CatBoostTrees,
}


def make(kind: str, parameters: dict[str, Any], seed: int, threads: int) -> Member:
    """A new, unfitted member of that kind."""
    return KINDS[kind](parameters, seed, threads)


__all__ = ["KINDS", "Member", "Watch", "make"]
