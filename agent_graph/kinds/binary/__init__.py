"""Yes or no: one of two classes, the second the one that is looked for."""

from pathlib import Path

from agent_graph.kind import Kind, Watching
from agent_graph.kinds.binary.asking import COLUMN
from agent_graph.kinds.binary.judging import CALIBRATION, PR_AUC, ROC_AUC, bins, judged
from agent_graph.kinds.shapes import shares

WATCHING = Watching(
    name="expected_positive_share",
    kpi="positive_share",
    why="the share of positives that the model expects is the workload of whoever acts on them",
    kpis=("positives_in_top", "positive_share", "majority_share"),
    value="probability of the positive class",
    shift="deviations",
)
KIND = Kind(
    name="binary",
    line="yes or no",
    many="questions of yes or no",
    event=True,
    column=COLUMN,
    folder=Path(__file__).parent,
    shape=shares.SHAPE,
    plain=shares.PLAIN,
    calibration=CALIBRATION,
    training=shares.TRAINING,
    watching=WATCHING,
    effect="rate",
    bins=bins,
    metrics=(ROC_AUC, shares.LOG_LOSS, PR_AUC, shares.ACCURACY, shares.f1("binary")),
    judged=judged,
    beside=(shares.F1_MACRO,),
)
