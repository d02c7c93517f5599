"""A run that takes two seconds: real graph, designs, templates, prompts, git and SQLite; stand-ins for the cell alone.

Everything here is put into the process of a victim, whose installation is a folder of its own.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from agent_graph.artifacts import Check, HoldoutScore, ProofResult
from agent_graph.context import Context
from agent_graph.graph import nodes
from agent_graph.proof import gates
from agent_graph.proof.staging import bench_for, proven_key
from agent_graph.settings import settings
from agent_graph.workspace import Workspace, remove, write_atomic

NAME = "customers"
REFUSED = 777  # entries of the cache: what the model of the server answers first, and the stand-in gate refuses


def table(path: Path, rows: int = 400, seed: int = 0) -> Path:
    """Customers of a phone company, the label with some signal, as a CSV file."""
    rng = np.random.default_rng(seed)
    tenure = rng.integers(0, 60, rows)
    columns = {
        "tenure": tenure,
        "gender": rng.choice(["female", "male"], rows),
        "plan": rng.choice(["basic", "plus", "family"], rows),
        "monthly_bill": rng.normal(50, 9, rows).round(2),
        "total_bill": (tenure * 50 + rng.normal(0, 30, rows)).round(2),
        "churn": np.where(rng.random(rows) < 0.6 - tenure / 100, "yes", "no"),
    }
    pl.DataFrame(columns).write_csv(path)
    return path


def settle(home: Path, key: str = "") -> None:
    """Make `home` the folder of this process's installation. `key` is sent to the server of models, as a name."""
    os.chdir(home)
    for name in [name for name in os.environ if name.startswith("AGENT_GRAPH_")]:
        del os.environ[name]
    (home / "tmp").mkdir(exist_ok=True)
    os.environ |= {"AGENT_GRAPH_SANDBOX": "none", "TMPDIR": str(home / "tmp"), "AGENT_GRAPH_LLM_KEY": key}
    settings.cache_clear()


def stand_in() -> None:
    """Put the stand-ins in the place of what is measured in a cell."""
    gates.judge_of = lambda role: lambda bench: _judged(role.name, bench)  # type: ignore[assignment]
    nodes.proof_room.prove = _proven
    Context.cell = lambda context, lock=None: None  # type: ignore[assignment, method-assign, return-value]


def _check(role: Any, verdict: Any, evidence: str) -> Check:
    return Check(name="stand_in", owner=role, verdict=verdict, evidence=evidence, measures=(), seconds=0)


def _judged(role: str, bench: Any) -> tuple[Check, ...]:
    """Leaves something in the store, as real gates do; adopts a file; refuses the model's first deployment."""
    chain = bench.store / "chain.txt"
    write_atomic(chain, (chain.read_text("utf-8") if chain.is_file() else "") + f"{role}\n")
    if role == "ml_engineer":
        bench.adopt("config/tuned.json", '{"found": "by a search"}\n')
    busy = role == "mlops" and bench.deployment.cache_entries == REFUSED
    return (_check(role, "failed" if busy else "passed", "too big a cache" if busy else "not measured here"),)


def _proven(state: Any, context: Context) -> ProofResult:
    bench, former = bench_for(state, context, fresh=True), state.get("proof")
    key = proven_key(bench)
    remove(bench.scratch)
    rows = state["sealed"].holdout_rows
    leave = np.linspace(0.01, 0.99, rows)
    said = np.where(leave > 0.5, *reversed(state["problem"].target.classes))
    folder = context.folder / "proof"
    folder.mkdir(parents=True, exist_ok=True)
    answers = {"row": range(rows), "prediction": said, "p_0": 1 - leave, "p_1": leave}
    pl.DataFrame(answers).write_csv(folder / "predictions.csv")
    score = HoldoutScore(
        metric=state["problem"].metric, score=0.8, dummy=0.5, baseline=0.7, baseline_name="", secondary=(), rows=rows
    )
    return ProofResult(
        attempt=1,
        revision=state["revision"],
        key=key,
        looked=(former.looked if former else 0) + 1,
        commit=Workspace(context.workspace.path, context.workspace.record).head(),
        checks=(_check("ml_engineer", "passed", "not measured here"),),
        promise=None,
        holdout=score,
        sandbox=(),
        seconds=0.0,
    )
