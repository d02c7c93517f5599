"""Which of several classes."""

from agent_graph.kind import Kind
from agent_graph.kinds.multiclass.judging import PR_AUC, ROC_AUC, bins, calibration_error, judged
from agent_graph.kinds.shapes import shares

KIND = Kind(
    name="multiclass",
    many="questions of which class",
    shape=shares.SHAPE,
    plain=shares.PLAIN,
    calibration_error=calibration_error,
    bins=bins,
    metrics=(shares.LOG_LOSS, shares.F1_MACRO, shares.ACCURACY),
    judged=judged,
    beside=(ROC_AUC, PR_AUC, shares.f1("weighted")),
)
