"""Moments at which a victim ends itself with SIGKILL: at a node's edge, at a file operation, at a model's answer.

They are patched into the process of the victim; nothing of them is in the product.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from agent_graph.graph import nodes
from agent_graph.llm.door import Door
from evals.trust.kills_server import digest

RECEIVED = "received.jsonl"  # in the victim's home: the calls whose answers the door has handed on
OPERATIONS = (("replace", os), ("rename", os), ("unlink", os), ("link", os), ("run", subprocess))


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


def at_operation(wanted: int, counted: Path) -> None:
    """Die before the N-th (from 1) rename, removal, link or child process; at -1 `counted` hears how many there are."""
    count = 0

    def wrapped(operation: Any) -> Any:
        def within(*arguments: Any, **more: Any) -> Any:
            nonlocal count
            if "dir_fd" not in more:  # those are rmtree's, one by one
                count += 1
                if count == wanted:
                    die()
                if wanted < 0:
                    counted.write_text(str(count), encoding="utf-8")
            return operation(*arguments, **more)

        return within

    for name, module in OPERATIONS:
        setattr(module, name, wrapped(getattr(module, name)))


def at_answer(wanted: int, home: Path) -> None:
    """Die when the door has handed on its N-th answer (0: never); each is written down, as received, first."""
    exchange, count = Door._exchange, 0

    def within(door: Door, call: Any, *more: Any) -> Any:
        nonlocal count
        outcome, usage = exchange(door, call, *more)
        what = digest([(each.role, each.text) for each in call.messages])
        line = json.dumps({"what": what, "at": time.monotonic()}) + "\n"
        with (home / RECEIVED).open("a", encoding="utf-8") as stream:
            stream.write(line)
        count += 1
        if count == wanted:
            die()
        return outcome, usage

    Door._exchange = within  # type: ignore[method-assign]
