"""The ml-engineer's design: estimators, search, ensemble, registry."""

from __future__ import annotations

from typing import Literal

from agent_graph.artifacts.value import Artifact, Decision, Setting

MemberKind = Literal["linear", "lightgbm", "catboost"]
Objective = Literal["log_loss", "squared_error", "absolute_error", "poisson"]


class SearchRange(Artifact):
    """One hyper-parameter that Optuna may move."""

    parameter: str
    low: float
    high: float
    log: bool
    integer: bool


class Member(Artifact):
    """One estimator of the ensemble; `parameters` are its defaults, tried first.

    `rounds` (trees, or iterations of a linear solver) hold when no search was made; `max_rounds` is where a search
    stops if early stopping hasn't.
    """

    name: str  # unique: linear, lightgbm, catboost, lightgbm_wide …
    kind: MemberKind
    parameters: tuple[Setting, ...]
    rounds: int
    max_rounds: int
    search: tuple[SearchRange, ...]
    time_share: float  # of the budget


class TrainingDesign(Artifact):
    """How the model is found, fitted and promoted."""

    objective: Objective  # what every member minimises
    members: tuple[Member, ...]  # in the order in which they are tried
    budget_s: float  # for `tune`
    trials: int  # at most, over all members, beside the defaults
    search_rows: int | None  # training rows of a fold that `tune` fits on, drawn evenly; None: all of them
    early_stopping_rounds: int
    ensemble_rounds: int  # Caruana's greedy selection; 1 = the single best
    minimum_weight: float  # members below are left out when that costs no loss
    calibration: Literal["none", "platt", "temperature", "scale"]
    interval_coverage: float | None  # conformal interval of that coverage; None: no interval
    seed: int
    promote_when: Literal["not_worse", "better"]
    decisions: tuple[Decision, ...]
