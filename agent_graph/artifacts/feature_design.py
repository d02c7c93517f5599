"""The data scientist's design: features, judgement, experiment."""

from __future__ import annotations

from typing import Literal

from agent_graph.artifacts.slots import Slot
from agent_graph.artifacts.specification import Metric
from agent_graph.artifacts.value import Artifact, Decision, Setting

Transform = Literal[
    "number",       # as it is, missing stays missing for trees; `parameters`: zero_is_missing = "true"
    "category",     # native categorical, rare levels folded; `parameters`: min_count, max_levels
    "ordinal",      # ordered levels given in `parameters` (key = level, value = rank)
    "rare_category",  # many levels: folded + character n-grams; `parameters`: min_count, max_levels, components
    "text",         # word n-grams tf-idf (linear) and its SVD (trees); `parameters`: min_df, components
    "datetime",     # month, weekday, day of year; `parameters`: hours, absolute (two full cycles) = "true"
    "ratio", "difference", "sum", "product",  # of the two numeric columns
    "missing_flag",
]  # fmt: skip


class Feature(Artifact):
    """One feature: its columns, what is done with them, and why."""

    name: str  # safe snake_case identifier, unique
    transform: Transform
    columns: tuple[str, ...]  # names after the joins
    parameters: tuple[Setting, ...]
    why: str


class Threshold(Artifact):
    """A bar that the evaluation must pass; `direction` "min" means at least."""

    NAMED_BY = ("metric", "direction")

    metric: str  # one of the metrics, or "gain_over_baseline" (share of the baseline's loss or score)
    direction: Literal["min", "max"]
    value: float
    why: str


class AbPlan(Artifact):
    """The online experiment that would show the effect; sample size by the two-sample formula (Cohen 1988)."""

    hypothesis: str
    unit: str
    primary_metric: str
    baseline_rate: float  # a proportion for classes, the mean for numbers
    baseline_std: float  # of the primary metric per unit
    minimum_effect: float  # absolute
    alpha: float
    power: float
    sample_size_per_arm: int
    traffic_share: float
    guardrails: tuple[str, ...]  # numbers per unit that must not rise


class FeatureDesign(Artifact):
    """What the model sees and how it is judged."""

    features: tuple[Feature, ...]
    derived: tuple[Slot, ...]  # number features as code: (n,) numbers, each from its own row alone
    dropped: tuple[Decision, ...]  # columns not used, with the reason
    target_transform: Literal["none", "log1p"]
    metric: Metric
    secondary_metrics: tuple[Metric, ...]
    folds: int  # 1 = a single validation part; time: that many last parts, each judged by what is older
    validation_share: float  # of the single part; of each part for time
    weight_column: str | None
    slices: tuple[str, ...]  # columns whose levels (numbers: quarters) are compared (bias, weak spots)
    minimum_slice_rows: int  # a level with fewer rows is not judged
    custom_slices: tuple[Slot, ...]  # further groups to compare, as code: (n,) truth values
    custom_metrics: tuple[Slot, ...]  # reported beside the metrics: f(truth, predictions, *inputs) -> one number
    invariant: tuple[str, ...]  # columns whose change must not move a prediction much (tests); may be empty
    directional: tuple[Setting, ...]  # column -> "up" | "down": expected sign (tests); may be empty
    thresholds: tuple[Threshold, ...]
    experiment: AbPlan
    decisions: tuple[Decision, ...]

    @property
    def columns_used(self) -> frozenset[str]:
        """Columns that some feature reads, code included."""
        of_features = {column for feature in self.features for column in feature.columns}
        return frozenset(of_features | {column for slot in self.derived for column in slot.inputs})
