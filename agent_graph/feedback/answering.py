"""A role's answer without a model: its playbook's, with what people wished of it."""

from __future__ import annotations

from collections.abc import Mapping

from agent_graph.artifacts import Artifact
from agent_graph.feedback.carrying import applied
from agent_graph.feedback.reading import understand
from agent_graph.role import Inputs, Role


def answered(role: Role, inputs: Inputs, team: Mapping[str, Role]) -> tuple[Artifact, tuple[str, ...]]:
    """The playbook's design, wishes carried out as far as rules understand and allow them; and those that weren't, why.

    DesignRejected when the playbook breaks its own rule: our defect.
    """
    answer = role.playbook(inputs)
    role.rule(answer, inputs)
    wishes = [wish for note in inputs.notes for wish in understand(note, inputs, team)[0]]
    answer, refused = applied(role, answer, wishes, inputs)
    return answer, tuple(f"{wish.words}: {why}" for wish, why in refused)
