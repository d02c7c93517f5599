"""Which of the project's files a prompt shows, where there is room for some of them only."""

from __future__ import annotations

from collections.abc import Mapping

from agent_graph.prompting.tokens import tokens

HEADING = 40  # tokens of the section itself, and as many again for each file's line
LEAST_LINES = 20  # shorter ones hold little that could be better


def choice(files: Mapping[str, str], room: int) -> dict[str, str]:
    """The longest modules of `src/` that fit into `room` tokens, whole, in the order of their paths."""
    chosen: dict[str, str] = {}
    left = room - HEADING
    modules = {path: text for path, text in files.items() if path.startswith("src/")}
    for path, text in sorted(modules.items(), key=lambda item: (-len(item[1]), item[0])):
        cost = tokens(text) + HEADING
        if cost <= left and text.count("\n") >= LEAST_LINES:
            chosen[path] = text
            left -= cost
    return dict(sorted(chosen.items()))
