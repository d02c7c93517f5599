"""The edges of the graph's nodes, at which a victim ends itself with SIGKILL.

They are patched into the process of the victim; nothing of them is in the product.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Collection
from pathlib import Path
from typing import Any

from agent_graph.graph import nodes


def die() -> None:
    """What `kill -9` does to the victim and its git processes."""
    os.killpg(0, signal.SIGKILL)


def at_nodes(edges: Collection[tuple[str, str]], passed: Path) -> None:
    """Die before or after these nodes of the graph, at each edge once; `passed` holds where it was died already."""

    def reached(name: str, edge: str) -> None:
        before = passed.read_text("utf-8").splitlines() if passed.is_file() else []
        if (name, edge) in edges and f"{name} {edge}" not in before:
            passed.write_text("\n".join([*before, f"{name} {edge}"]), encoding="utf-8")
            die()

    def wrapped(name: str, node: Any) -> Any:
        def within(state: Any, *, runtime: Any) -> Any:
            reached(name, "before")
            update = node(state, runtime=runtime)
            reached(name, "after")
            return update

        return within

    for name in ("intake", "sign_off", "prove", "report"):
        setattr(nodes, name, wrapped(name, getattr(nodes, name)))
    makers = (("designing", ""), ("reviewing", "_review"), ("gating", "_gate"))
    for maker, ending in makers:
        made = getattr(nodes, maker)
        setattr(nodes, maker, lambda role, made=made, ending=ending: wrapped(role.name + ending, made(role)))
