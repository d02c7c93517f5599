"""The settled question: what is predicted, for what, when, and how it is judged."""

from __future__ import annotations

from typing import Literal

from agent_graph.artifacts.profile import Kind
from agent_graph.artifacts.specification import Metric, Task
from agent_graph.artifacts.value import Artifact

ColumnUse = Literal["feature", "target", "identifier", "leak", "group", "time", "weight", "unused"]


class Target(Artifact):
    """How the label is made of a raw column.

    `rule` "as_is" keeps the value; "above" makes it 1 where the number is > `threshold`, "below" where it is less;
    "other_than" makes it 1 where the text is not in `values`; "one_of" where it is. A missing raw value means: no
    label, the row is left out of training.
    """

    column: str
    rule: Literal["as_is", "above", "below", "other_than", "one_of"]
    threshold: float | None
    values: tuple[str, ...]
    classes: tuple[str, ...]  # binary: (negative, positive); multiclass: all, in a fixed order; () for numbers
    unsettled: tuple[str, ...] = ()  # "one_of", "other_than": texts that are no answer yet, like a missing value
    rare: tuple[str, ...] = ()  # multiclass: of too few rows to learn; they count as no label and are never predicted


class Split(Artifact):
    """How rows are held out, and how folds are made: as the predictions will be used."""

    kind: Literal["random", "stratified", "group", "time"]
    columns: tuple[str, ...]  # group: the key's columns; time: the one column rows are ordered by; else ()
    holdout_share: float


class ColumnRole(Artifact):
    """What a column (by its name after the joins) is in this problem."""

    name: str
    use: ColumnUse
    kind: Kind
    why: str


class Assumption(Artifact):
    """Something intake had to settle, how sure it is, and why."""

    topic: Literal["target", "task", "metric", "positive_class", "split", "columns", "joins", "moment"]
    choice: str
    confidence: float  # 0..1
    reason: str
    alternatives: tuple[str, ...]


class Problem(Artifact):
    """One supervised problem, ready to be designed for."""

    title: str  # "Telco churn"
    unit: str  # what one row is, in the user's words where found: "customer"
    moment: str  # when the prediction is made
    rows: int  # of the main table, the sealed ones included
    task: Task
    metric: Metric
    secondary_metrics: tuple[Metric, ...]
    target: Target
    split: Split
    columns: tuple[ColumnRole, ...]
    wants_interval: bool  # the user asks for a range, not only one number
    top_k: int | None  # "the 500 most at risk"
    calibrated_totals: bool  # "totals matter"
    assumptions: tuple[Assumption, ...]
    entity: str | None = None  # the main table's column that names what a row is about; never an input

    def used(self, use: ColumnUse) -> tuple[str, ...]:
        """Names of the columns with that use, in the table's order."""
        return tuple(role.name for role in self.columns if role.use == use)

    @property
    def features(self) -> tuple[ColumnRole, ...]:
        """Columns a model may see."""
        return tuple(role for role in self.columns if role.use == "feature")


class Sealed(Artifact):
    """Where the split data lie; `labels` is the one path that no sandbox ever sees.

    `open_dir` and `holdout_dir` hold tables as UTF-8 files `<table>.<ext>` each in its own format: the open rows
    with all columns, the held-out rows without target and leak columns, in the order of `labels`.
    """

    open_dir: str
    holdout_dir: str
    labels: str  # parquet, one column `label`: text for classes, float for numbers
    open_labels: str  # the same for the open rows, in their file order (null where the row has no label)
    open_rows: int
    holdout_rows: int
    digest: str
