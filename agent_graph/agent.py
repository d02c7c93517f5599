"""How a role comes to its design: by its playbook, held to its rule."""

from __future__ import annotations

from agent_graph.artifacts import Artifact
from agent_graph.role import Inputs, Role


def design(role: Role, inputs: Inputs) -> Artifact:
    """The role's design for these inputs. DesignRejected when the playbook breaks its own rule, which is our defect."""
    answer = role.playbook(inputs)
    role.rule(answer, inputs)
    return answer
