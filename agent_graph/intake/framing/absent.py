"""Columns that the statement itself says will not be there, and those that the person leaves out."""

from __future__ import annotations

import re

from agent_graph.artifacts import Profile, Specification, Suspect, Target
from agent_graph.intake.framing.statement import NOT_THERE, Statement
from agent_graph.profiling.concepts import akin, meaningful
from agent_graph.profiling.joins import joined_schema
from agent_graph.profiling.names import stems


def said_absent(profile: Profile, statement: Statement, target: Target) -> tuple[Suspect, ...]:
    """Columns named in a clause like "… are filled in only after …, so they will not be there"."""
    found: dict[str, Suspect] = {}
    for sentence in statement.absent:
        for thing in _things(sentence):
            wanted = meaningful(stems(thing))
            for name in joined_schema(profile.main, profile.tables[1:], profile.joins):
                if name != target.column and name not in found and _names(wanted, name):
                    why = f"the statement says that it will not be there: {thing.strip()!r}"
                    found[name] = Suspect(column=name, ground="known_afterwards", strength=0.95, why=why)
    return tuple(found.values())


def left_out_as_asked(specification: Specification) -> tuple[Suspect, ...]:
    """Columns that `drop` names, but for those that `keep` does."""
    kept = set(specification.listed("keep"))
    return tuple(
        Suspect(column=name, ground="known_afterwards", strength=1.0, why="left out as asked")
        for name in specification.listed("drop") if name not in kept
    )  # fmt: skip


def _things(sentence: str) -> list[str]:
    """What the clause speaks of: the words before "will not be there" or "is filled in only after", cut at commas."""
    match = NOT_THERE.search(sentence)
    head = sentence[: match.start()] if match else ""
    head = re.sub(r"\b(so|because|and then)\s+(they|it|we)\b.*$", "", head)
    tail = ""
    if match and len(head.split()) <= 4:  # "We don't know the final bill or the discharge date yet."
        tail = re.split(r"\b(when|until|before|at the|because|so)\b", sentence[match.end() :])[0]
    parts = re.split(r",|;|:|\band\b|\bor\b|\bnor\b|\(|\)", f"{head},{tail}")
    return [part for part in parts if meaningful(stems(part))]


def _names(wanted: tuple[str, ...], name: str) -> bool:
    """All words of the column stand in the phrase, or the phrase's last word (its head) is one of the column's."""
    own = meaningful(stems(name))
    if not own:
        return False
    strong = [w for w in wanted if w not in _FILLERS]
    if all(any(akin(w, o) >= 0.7 for w in strong) for o in own):
        return True
    shared = {o for o in own if any(akin(w, o) >= 0.7 for w in strong)}
    return bool(strong) and len(own) > 1 and any(akin(strong[-1], o) >= 0.7 for o in shared)


_FILLERS = frozenset(stems("column columns field fields value values data entry entries number information record"))
