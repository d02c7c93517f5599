"""Moments at which a victim ends itself with SIGKILL: at a file operation, at a model's answer.

They are patched into the process of the victim; nothing of them is in the product.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from agent_graph.llm.door import Door
from evals.trust.ground.edges import die
from evals.trust.kills.server import digest

RECEIVED = "received.jsonl"  # in the victim's home: the calls whose answers the door has handed on
OPERATIONS = (("replace", os), ("rename", os), ("unlink", os), ("link", os), ("run", subprocess))


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
