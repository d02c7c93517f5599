"""Columns that give the target away, or aren't known when the prediction is made."""

from __future__ import annotations

from agent_graph.artifacts import Profile, Suspect, Target, Task
from agent_graph.profiling.suspects.by_arithmetic import computed
from agent_graph.profiling.suspects.by_name import known_afterwards, siblings
from agent_graph.profiling.suspects.by_score import tied_to, too_good
from agent_graph.profiling.suspects.evidence import Evidence, Words

__all__ = ["Words", "suspects"]


def suspects(profile: Profile, target: Target, task: Task, words: Words | None = None) -> tuple[Suspect, ...]:
    """All suspects, each column once with its strongest ground, in the table's order.

    `words` is what the user said about the moment of prediction; a column listed there as known is believed to be,
    unless it is the target itself in disguise.
    """
    evidence = Evidence(profile, target, task, words or Words())
    found: dict[str, Suspect] = {}
    for suspect in (*known_afterwards(evidence), *siblings(evidence), *computed(evidence)):
        _keep(found, suspect)
    for suspect in too_good(evidence, found):
        _keep(found, suspect)
    for _ in range(2):  # what hangs on a leak is one, and what hangs on that
        for suspect in tied_to(evidence, list(found.values())):
            _keep(found, suspect)
    return tuple(found[name] for name in evidence.names if name in found)


def _keep(found: dict[str, Suspect], suspect: Suspect) -> None:
    if suspect.column not in found or found[suspect.column].strength < suspect.strength:
        found[suspect.column] = suspect
