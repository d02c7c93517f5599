"""Which of several classes."""

from pathlib import Path

from agent_graph.kind import Kind, Watching
from agent_graph.kinds.multiclass.asking import COLUMN
from agent_graph.kinds.multiclass.judging import CALIBRATION, PR_AUC, ROC_AUC, bins, judged
from agent_graph.kinds.shapes import shares

WATCHING = Watching(
    name="clear_answers",
    kpi="majority_share",
    why="answers in which one class holds the majority can be used without a second look",
    kpis=("majority_share",),
    value="probability of the predicted class",
    shift="share",
)
KIND = Kind(
    name="multiclass",
    line="one of several kinds",
    many="questions of which class",
    column=COLUMN,
    folder=Path(__file__).parent,
    shape=shares.SHAPE,
    plain=shares.PLAIN,
    calibration=CALIBRATION,
    training=shares.TRAINING,
    watching=WATCHING,
    effect="corrections",
    bins=bins,
    metrics=(shares.LOG_LOSS, shares.F1_MACRO, shares.ACCURACY),
    judged=judged,
    beside=(ROC_AUC, PR_AUC, shares.f1("weighted")),
)
