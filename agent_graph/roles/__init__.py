"""The six trades in the order of their work; each is a folder, and none knows another."""

from agent_graph.role import Role
from agent_graph.roles import data_engineer, data_scientist, ml_engineer, mlops, observability, python_pro

ROLES: tuple[Role, ...] = (
    data_engineer.ROLE,
    data_scientist.ROLE,
    ml_engineer.ROLE,
    python_pro.ROLE,
    mlops.ROLE,
    observability.ROLE,
)

BY_NAME: dict[str, Role] = {role.name: role for role in ROLES}
