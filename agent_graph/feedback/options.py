"""The wish for another option of the stack: "use BentoML instead of FastAPI", "track with Weights & Biases"."""

from __future__ import annotations

import re
from typing import Any

from agent_graph import register
from agent_graph.artifacts import RoleName, Stack, Wish
from agent_graph.feedback.clauses import Clause, Reading, Refused
from agent_graph.feedback.wording import left_over, without
from agent_graph.option import Option
from agent_graph.profiling.names import lexicon
from agent_graph.role import Finding, WishKind

NAME = "option"  # of the kind: the stack is settled anew before the role works
AWAY = re.compile(r"\b(?:instead of|rather than|not|no|without|drop|replace|away from)\s+(?:the\s+)?$", re.IGNORECASE)
_AROUND = lexicon(
    "switch replace migrate serve served serving track tracked tracking monitor monitored monitoring watch package "
    "packaged packaging deploy deployed release releases orchestrate orchestrated orchestration schedule scheduled run "
    "runs jobs pipeline pipelines experiments service server instead rather than not away over into onto chart charts "
    "manifests build built everything thing things ci cd registry models ship shipped drop"
)


def options_in(text: str) -> tuple[tuple[Option, tuple[int, int]], ...]:
    """The options that a text names and doesn't turn away, with where; each choice's first, and the longest name."""
    found: dict[tuple[int, int], Option] = {}
    for option in register.options().values():
        for name in (option.name, *option.words):
            spelled = r"[\s_-]?".join(re.escape(part) for part in re.split(r"[\s_-]+", name))
            for match in re.finditer(rf"(?<!\w){spelled}(?!\w)", text, re.IGNORECASE):
                found.setdefault(match.span(), option)
    spans = [span for span in found if not any(o != span and o[0] <= span[0] and span[1] <= o[1] for o in found)]
    return tuple((found[span], span) for span in sorted(spans))


def kind_for(role: RoleName) -> WishKind:
    """The line of a role's table for the options of the choices that it owns."""

    def read(clause: Clause) -> Reading | None:
        named = options_in(clause.text)
        if not named or any(register.choices()[option.choice].owner != role for option, _ in named):
            return None
        if left_over(without(clause.text, [span for _, span in named]), _AROUND):
            return None
        wanted = [option for option, (start, _) in named if not AWAY.search(clause.text[:start])]
        by_choice = {option.choice: option for option in reversed(wanted)}
        if not wanted or len(by_choice) < len({option.name for option in wanted}):
            return Reading(unclear="name the one that it should be")
        return Reading(tuple(clause.wish(NAME, (choice,), option.name) for choice, option in by_choice.items()))

    return WishKind(NAME, read, _carry, _judge)


def _carry(design: Any, wish: Wish, inputs: Any) -> Any:
    """Nothing of a role's design: the stack is settled before it works."""
    if _found(wish, inputs.stack) != wish.value:
        raise Refused(f"the project is built with {_found(wish, inputs.stack)}: --set {wish.subjects[0]}={wish.value}")
    return design


def _judge(design: Any, wish: Wish, inputs: Any) -> Finding:
    """Whether the project is built with it."""
    found = _found(wish, inputs.stack)
    return ("followed" if found == wish.value else "not followed"), f"{wish.subjects[0]} is {found}"


def _found(wish: Wish, stack: Stack) -> str:
    return register.option_of(stack, wish.subjects[0]).name
