"""Each role's table of wishes, in the order in which they are tried: the surer pattern first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent_graph.artifacts import RoleName, Wish
from agent_graph.feedback.contract import DATA_ENGINEER
from agent_graph.feedback.deployment import MLOPS
from agent_graph.feedback.hardening import PYTHON_PRO
from agent_graph.feedback.judgement import DATA_SCIENTIST
from agent_graph.feedback.kinds import Kind
from agent_graph.feedback.monitoring import OBSERVABILITY
from agent_graph.feedback.training import ML_ENGINEER
from agent_graph.playbooks import data_engineer, data_scientist, ml_engineer, mlops, observability, python_pro

TABLES: dict[RoleName, tuple[Kind, ...]] = {
    "data_engineer": DATA_ENGINEER,
    "data_scientist": DATA_SCIENTIST,
    "ml_engineer": ML_ENGINEER,
    "python_pro": PYTHON_PRO,
    "mlops": MLOPS,
    "observability": OBSERVABILITY,
}
PLAYBOOKS: dict[RoleName, Callable[[Any], Any]] = {
    "data_engineer": data_engineer.playbook,
    "data_scientist": data_scientist.playbook,
    "ml_engineer": ml_engineer.design,
    "python_pro": python_pro.playbook,
    "mlops": mlops.playbook,
    "observability": observability.playbook,
}
_BY_DESIGN: dict[str, RoleName] = {
    "DataDesign": "data_engineer",
    "FeatureDesign": "data_scientist",
    "TrainingDesign": "ml_engineer",
    "HardeningDesign": "python_pro",
    "DeploymentDesign": "mlops",
    "MonitoringDesign": "observability",
}


def kind_of(role: RoleName, wish: Wish) -> Kind:
    """The line of a role's table that a wish belongs to; KeyError when the role has none of that name."""
    for kind in TABLES[role]:
        if kind.name == wish.kind:
            return kind
    raise KeyError(wish.kind)


def role_of(design: object) -> RoleName:
    """The role whose design that is."""
    return _BY_DESIGN[type(design).__name__]
