"""As much of a bench as checks of text ask for."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from agent_graph import register
from agent_graph.artifacts import Check, Manifest, RoleName
from evals.stacks import stack_of


def bench(tree: Path, manifest: Manifest, **chosen: str) -> Any:
    """A checkout, built with these options; its answers are two classes."""
    problem = SimpleNamespace(target=SimpleNamespace(classes=("no", "yes")))
    return SimpleNamespace(tree=tree, manifest=manifest, problem=problem, stack=stack_of(**chosen))


def held(role: RoleName, tree: Path, manifest: Manifest, *names: str, **chosen: str) -> dict[str, Check]:
    """What choices and options say at a role's gate, by name; of these checks, and what is measured with them."""
    given, found = bench(tree, manifest, **chosen), {}
    for each in register.held_to(role, given.stack):
        if each.checks.keys() & names:
            found |= {check.name: check for check in each.check(given)}
    return found
