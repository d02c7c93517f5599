"""A sandbox over this very environment, and a way to run a hostile program in it."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_graph.sandbox import Limits, Policy, Result, Sandbox

MiB = 1 << 20


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(Path(sys.prefix), run_dir=tmp_path / "run")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    path = tmp_path / "tree"
    (path / "src").mkdir(parents=True)
    return path


Attack = Callable[..., tuple[Result, list[Any]]]

_REPORTING = """
import json, os, sys
def said(*facts): print("SAID " + json.dumps(facts), flush=True)
def tried(name, action):
    try: said(name, True, str(action())[:200])
    except BaseException as problem: said(name, False, f"{type(problem).__name__}: {problem}"[:200])
"""


def heard(out: str) -> list[Any]:
    return [json.loads(line[5:]) for line in out.splitlines() if line.startswith("SAID ")]


@pytest.fixture
def attack(sandbox: Sandbox, tree: Path) -> Attack:
    """Runs `code`, which reports with `said(...)` and `tried(name, action)`; gives the result and what was said."""

    def run(code: str, limits: Limits | None = None, **policy: Any) -> tuple[Result, list[Any]]:
        (tree / "attack.py").write_text(_REPORTING + code)
        result = sandbox.run(
            ["python", "/work/attack.py"], Policy(tree=tree, **policy), limits or Limits(wall_s=20, memory=1024 * MiB)
        )
        return result, heard(result.out)

    return run
