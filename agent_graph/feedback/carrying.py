"""The playbook's design with a person's wishes carried out, one by one, each held to the role's rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from agent_graph.artifacts import Artifact, Decision, Wish
from agent_graph.errors import DesignRejected
from agent_graph.feedback.clauses import Refused
from agent_graph.feedback.wording import plain
from agent_graph.role import Role

Design = TypeVar("Design", bound=Artifact)
Undone = tuple[tuple[Wish, str], ...]


def applied(role: Role, design: Design, wishes: Sequence[Wish], inputs: Any) -> tuple[Design, Undone]:
    """The design after each wish that can be kept, and the others with the reason.

    A wish is undone when the role's rule refuses what came of it; a wish that a later one contradicts is reported too.
    """
    made: Any = design
    undone: list[tuple[Wish, str]] = []
    done: list[Wish] = []
    for wish in wishes:
        try:
            made = _carried(role, made, wish, inputs)
            done.append(wish)
        except (Refused, DesignRejected) as error:
            undone.append((wish, str(error)))
    for wish in done:
        verdict, evidence = role.wish_kind(wish.kind).judge(made, wish, inputs)
        if verdict == "not followed":
            undone.append((wish, f"a later wish undid it: {evidence}"))
    return made, tuple(undone)


def _carried(role: Role, design: Any, wish: Wish, inputs: Any) -> Any:
    """The design with one wish in it and the decision that tells of it; Refused or DesignRejected when it can't be."""
    try:
        kind = role.wish_kind(wish.kind)
    except KeyError:
        raise Refused(f"a {role.words} knows no wish of the kind {wish.kind!r}") from None
    changed = kind.carry(design, wish, inputs)
    verdict, evidence = kind.judge(changed, wish, inputs)
    if verdict == "not followed":
        raise Refused(evidence)
    choice = " ".join(part for part in (", ".join(wish.subjects), wish.value or "") if part) or "as asked"
    told = Decision(what=wish.kind.replace("_", " "), choice=choice, why=f"asked for in review: {plain(wish.words)}")
    changed = changed.model_copy(update={"decisions": (*changed.decisions, told)})
    try:
        changed = type(design).model_validate(changed.model_dump())  # model_copy checks nothing
    except ValidationError as error:
        raise Refused(f"{error.errors()[0]['msg']}: {error.errors()[0]['loc']}") from None
    role.rule(changed, inputs)
    return changed
