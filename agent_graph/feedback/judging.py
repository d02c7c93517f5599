"""Whether a design follows a note: every wish looked up in the design itself, whoever made it."""

from __future__ import annotations

from collections.abc import Mapping

from agent_graph.artifacts import Artifact, Note, NoteAccount, WishAccount
from agent_graph.feedback.reading import understand
from agent_graph.role import Inputs, Role


def account(note: Note, design: Artifact, inputs: Inputs, team: Mapping[str, Role]) -> NoteAccount:
    """Each wish with its verdict and the evidence, and the pieces of the note that no rule understood."""
    wishes, puzzles = understand(note, inputs, team)
    found: list[WishAccount] = []
    for wish in wishes:
        verdict, evidence = team[note.role].wish_kind(wish.kind).judge(design, wish, inputs)
        found.append(WishAccount(wish=wish, verdict=verdict, evidence=evidence))
    return NoteAccount(note=note, wishes=tuple(found), not_understood=puzzles)
