"""Text that others wrote: quoted on one line or kept as prose, and held inside a fence that it can't close."""

from __future__ import annotations

import json
from collections.abc import Callable

from agent_graph.llm.fence import between_marks, sealed, visible
from agent_graph.prompting.tokens import tokens

__all__ = ["fenced", "last_lines", "prose", "quoted", "sealed"]


def quoted(value: object) -> str:
    """A plain value as JSON on one line; letters of every language stay letters."""
    return visible(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def prose(text: str, room: int) -> str:
    """Text of several lines in at most `room` tokens; what is left out at its end is counted."""
    lines = [visible(line) for line in text.expandtabs(2).splitlines()]
    whole = "\n".join(lines).strip()
    if tokens(whole) <= room:
        return whole
    words, kept = whole.split(" "), 0
    low, high = 0, len(words)
    while low < high:
        kept = (low + high + 1) // 2
        low, high = (kept, high) if tokens(" ".join(words[:kept])) <= room else (low, kept - 1)
    head = " ".join(words[:low]) or whole[: 2 * room]
    return f"{head}\n[… {len(whole) - len(head)} more characters are left out]"


def last_lines(text: str, room: int, width: int = 200) -> str:
    """The end of an output, where programs say what is wrong, in about `room` tokens; long lines lose their middle."""
    kept: list[str] = []
    for line in reversed([line.rstrip() for line in text.expandtabs(2).splitlines() if line.strip()]):
        cut = visible(line if len(line) <= width else f"{line[: width // 2]} … {line[-width // 2 :]}")
        room -= tokens(cut) + 1
        if kept and room < 0:
            break
        kept.append(cut)
    return "\n".join(reversed(kept))


def fenced(caller: Callable[[], str]) -> str:
    """For `{% call fenced() %}`: the content between marks that `sealed` turns into the fence."""
    return between_marks(caller())
