"""Which of several classes."""

from agent_graph.kind import Kind
from agent_graph.kinds.multiclass.judging import PR_AUC, ROC_AUC, judged
from agent_graph.kinds.shapes import shares

KIND = Kind(
    name="multiclass",
    many="questions of which class",
    metrics=(shares.LOG_LOSS, shares.F1_MACRO, shares.ACCURACY),
    judged=judged,
    beside=(ROC_AUC, PR_AUC, shares.f1("weighted")),
)
