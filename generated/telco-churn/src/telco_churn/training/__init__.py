"""Folds, search, fit: from the processed layer to a registered candidate.

What config/training.yaml may say of them.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from telco_churn.config import Section


class MemberPlan(Section):
    """One member: its own parameters, and the ranges that a search may try, each [low, high, scale]."""

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    kind: Literal["linear", "lightgbm", "catboost"]
    time_share: float = Field(gt=0)
    rounds: int = Field(ge=1)
    max_rounds: int = Field(ge=1)
    parameters: dict[str, bool | int | float | str]
    search: dict[str, list[int | float | Literal["linear", "log", "integer", "log_integer"]]]

    @model_validator(mode="after")
    def _can_be_made(self) -> Self:
        for key, bounds in self.search.items():
            low, high, scale = bounds if len(bounds) == 3 else (1, 0, "")
            if isinstance(low, str) or isinstance(high, str) or not isinstance(scale, str) or low >= high:
                raise ValueError(f"search.{key} of {self.name!r} is no [low, high, scale]")
        return self


class SearchPlan(Section):
    """How long and how often is tried."""

    budget_s: float = Field(gt=0)
    trials: int = Field(ge=0)
    early_stopping_rounds: int = Field(ge=1)


class EnsemblePlan(Section):
    """How members are weighed."""

    rounds: int = Field(ge=1)
    minimum_weight: float = Field(ge=0, lt=1)


class TrainingFile(Section):
    """What config/training.yaml may hold."""

    seed: int = Field(ge=0, lt=2**32)
    search: SearchPlan
    ensemble: EnsemblePlan
    promote_when: Literal["not_worse", "better"]
    members: list[MemberPlan] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_is_plain(self) -> Self:
        if "linear" not in [member.kind for member in self.members]:
            raise ValueError("members: a linear one must be among them, it is what others are held against")
        if len({member.name for member in self.members}) < len(self.members):
            raise ValueError("members: two have one name")
        return self
