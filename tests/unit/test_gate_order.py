"""A gate and what is measured with it: at once where neither needs the other, one after the other else."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent_graph import register
from agent_graph.artifacts import Check, Stack
from agent_graph.option import Choice, Option
from agent_graph.proof import gates
from agent_graph.roles import BY_NAME

BENCH: Any = SimpleNamespace(stack=Stack())


def check(name: str) -> Check:
    return Check(name=name, owner="observability", verdict="passed", evidence="", measures=(), seconds=0.0)


@pytest.mark.parametrize("at_once", [True, False])
def test_what_needs_nothing_of_the_gate_is_measured_beside_it(monkeypatch: pytest.MonkeyPatch, at_once: bool) -> None:
    met, began, ended = threading.Barrier(2, timeout=5), [], []

    def told(name: str) -> Any:
        def measure(bench: Any) -> tuple[Check, ...]:
            began.append((name, tuple(ended)))
            if at_once and name in ("gate", "beside"):
                met.wait()  # a BrokenBarrierError where the other one isn't there meanwhile
            ended.append(name)
            return (check(name),)

        return measure

    def choice(name: str, *, beside: bool) -> Choice:
        return Choice(name=name, line="", owner="observability", default=name, folder=Path(), beside=beside,
                      check=told(name))  # fmt: skip

    choices = {"beside": choice("beside", beside=at_once), "after": choice("after", beside=False)}
    option = Option(choice="beside", name="own", line="", folder=Path(), shown_by="run", tool="", check=told("own"))
    monkeypatch.setattr(register, "choices", lambda: choices)
    monkeypatch.setattr(register, "held_to", lambda role, stack: (choices["beside"], option, choices["after"]))
    role = replace(BY_NAME["observability"], gate=told("gate"))
    found = [each.name for each in gates.judge_of(role)(BENCH)]
    assert found == ["gate", "beside", "own", "after"]
    assert set(dict(began)["after"]) == {"gate", "beside", "own"}
    if not at_once:
        assert [name for name, _ in began] == found
