"""Yes or no: one of two classes, the second the one that is looked for."""

from agent_graph.kind import Kind
from agent_graph.kinds.binary.judging import PR_AUC, ROC_AUC, bins, calibration_error, judged
from agent_graph.kinds.shapes import shares

KIND = Kind(
    name="binary",
    many="questions of yes or no",
    event=True,
    shape=shares.SHAPE,
    plain=shares.PLAIN,
    calibration_error=calibration_error,
    bins=bins,
    metrics=(ROC_AUC, shares.LOG_LOSS, PR_AUC, shares.ACCURACY, shares.f1("binary")),
    judged=judged,
    beside=(shares.F1_MACRO,),
)
