"""Everything but training and the cell: intake, six playbooks, rendering, formatting, the report's pages."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from agent_graph.artifacts import Specification
from agent_graph.context import Context
from agent_graph.design import agent
from agent_graph.intake import understanding
from agent_graph.proof.gates import contribute
from agent_graph.reporting import publishing as reporting
from agent_graph.roles import ROLES
from agent_graph.state import RunState, inputs_of
from agent_graph.workspace import Workspace
from agent_graph.writing import formatting


def table(rows: int, seed: int = 0) -> pl.DataFrame:
    """A made-up table of customers: ten numbers, eight categories, a yes-or-no target."""
    rng = np.random.default_rng(seed)
    columns: dict[str, object] = {f"amount_{i}": rng.gamma(2.0, 10.0, rows).round(2) for i in range(10)}
    columns |= {f"plan_{i}": rng.choice([f"level {j}" for j in range(3 + i)], rows) for i in range(8)}
    risk = np.asarray(columns["amount_0"]) / 20 + (np.asarray(columns["plan_0"]) == "level 1")
    columns["churn"] = np.where(rng.random(rows) < 1 / (1 + np.exp(2 - risk)), "yes", "no")
    return pl.DataFrame(columns)


def measure(rows: int) -> float:
    """Seconds from files to a committed repository without one gate run, plus the report's pages."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        table(rows).write_csv(home / "customers.csv")
        context = Context(home / "run", home / "cache", Workspace(home / "project", home / "run"))
        context.folder.mkdir()
        specification = Specification(
            name="customers", statement="Which customers will leave next month?", data=(str(home / "customers.csv"),)
        )
        started = time.perf_counter()
        heard = understanding.understand(specification, context)
        profile, reading = heard.profile, heard.reading
        profile, problem = understanding.frame(specification, profile, reading, context.emit)
        state: RunState = {"specification": specification, "profile": profile, "problem": problem, "revision": 1}
        state |= understanding.found(specification, profile, problem, context, reading)  # type: ignore[assignment]
        for role in ROLES:
            state[role.writes] = agent.playbook(role, inputs_of(role, state))  # type: ignore[literal-required]
            contribute(role, state, context)
        report = reporting.compose(state, context)
        formatting.formatted(reporting.front(report, state))
        reporting.pages(report)
        return time.perf_counter() - started


if __name__ == "__main__":
    print(f"{measure(30_000):.2f} s")
