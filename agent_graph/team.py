"""The six roles in the order of their work, and the checks that judge each."""

from agent_graph.role import Role
from agent_graph.roles.data_engineer import ROLE as data_engineer
from agent_graph.roles.data_scientist import ROLE as data_scientist
from agent_graph.roles.ml_engineer import ROLE as ml_engineer
from agent_graph.roles.mlops import ROLE as mlops
from agent_graph.roles.observability import ROLE as observability
from agent_graph.roles.python_pro import ROLE as python_pro

ROLES: tuple[Role, ...] = (data_engineer, data_scientist, ml_engineer, python_pro, mlops, observability)

BY_NAME: dict[str, Role] = {role.name: role for role in ROLES}
