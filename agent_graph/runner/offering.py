"""What a project can be built with: every option of every choice, strangers' included."""

from __future__ import annotations

from agent_graph import register
from agent_graph.artifacts import Offer


def offers() -> tuple[Offer, ...]:
    """All options, choice by choice, the default first; those that can't be loaded last, with the reason."""
    found = [
        Offer(
            choice=choice,
            option=name,
            line=option.line,
            default=name == register.choices()[choice].default,
            needs=tuple(sorted(option.needs)),
            shown_by=option.shown_by,
            tool=option.tool,
            origin=option.origin,
        )
        for choice in register.choices()
        for name in register.named(choice)
        for option in (register.options()[choice, name],)
    ]
    return (
        *found,
        *(Offer(choice="", option=each.name, line="", origin=each.origin, lost=each.why) for each in register.broken()),
    )
