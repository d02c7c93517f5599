"""Desks: everything that the six roles know of a table, made by intake's rules and the playbooks, without a cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.artifacts import Artifact, Check, Measure, Setback, Specification, manifest_for
from agent_graph.intake import framing
from agent_graph.prompting import Prompt, prompt
from agent_graph.role import Inputs, Role
from agent_graph.roles import BY_NAME, ROLES

TELCO = Path(__file__).resolve().parents[2] / "evals" / "data" / "telco_churn.csv"
STATEMENT = (
    "We run a phone and internet company. One row per customer, and whether they left us last month. We want to know "
    "each month which customers are likely to leave next, so that the retention team can call the 500 most at risk."
)


@dataclass(frozen=True)
class Desk:
    """One table's facts and the playbooks' designs."""

    known: dict[str, Any]

    def inputs(self, role: Role, setback: Setback | None = None) -> Inputs:
        """What the role reads."""
        known = {key: self.known[key] for key in role.reads.model_fields if key in self.known}
        return role.reads(**known, setback=setback)

    def design(self, role: Role) -> Artifact:
        """The playbook's design of the role."""
        design: Artifact = self.known[role.writes]
        return design

    def prompt(self, name: str, *, setback: Setback | None = None, **more: Any) -> Prompt:
        """What the role of that name is asked."""
        role = BY_NAME[name]
        return prompt(role, self.inputs(role, setback), self.design(role), **more)


def desk(data: Path, statement: str, **wishes: Any) -> Desk:
    """The desk of one file."""
    specification = Specification(name=data.stem.replace("_", "-"), statement=statement, data=(str(data),), **wishes)
    profile = profiling.profile(specification.data)
    problem = framing.frame(specification, profile)
    suspects = framing.find_suspects(specification, profile, problem.target, problem.task)
    known: dict[str, Any] = {
        "specification": specification,
        "profile": profile.model_copy(update={"suspects": suspects, "seconds": 0.0}),
        "problem": problem,
        "manifest": manifest_for(specification.name),
    }
    for role in ROLES:
        known[role.writes] = role.playbook(Desk(known).inputs(role))
    return Desk(known)


def failed(*evidence: str) -> Setback:
    """A setback with one failed check for each evidence."""
    measures = (Measure(name="share", value=0.25, unit=""),)
    checks = tuple(
        Check(name=f"check_{n}", owner="mlops", verdict="failed", evidence=text, measures=measures, seconds=1.0)
        for n, text in enumerate(evidence)
    )
    return Setback(attempt=1, checks=checks)


@pytest.fixture(scope="session")
def telco() -> Desk:
    """The committed example's table."""
    return desk(TELCO, STATEMENT)


@pytest.fixture(scope="session")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """300 columns: numbers, flags, categories, some missing, a leak by name only."""
    rng = np.random.default_rng(0)
    rows, words = 400, ("spectral", "thermal", "acoustic", "chemical", "optical")
    columns: dict[str, Any] = {}
    for n in range(100):
        columns[f"{words[n // 20]}_{n}"] = rng.gamma(2.0, 10.0 + n, rows).round(3)
        columns[f"channel{n}"] = np.where(rng.random(rows) < n / 300, np.nan, rng.normal(n, 1 + n, rows).round(3))
    for n in range(99):
        columns[f"{words[n // 20]}_state_{n}"] = rng.choice([f"s{k}" for k in range(2 + n % 7)], rows)
    columns["failed"] = np.where(rng.random(rows) < 0.3, "yes", "no")
    folder = tmp_path_factory.mktemp("wide")
    pl.DataFrame(columns).write_csv(folder / "machines.csv")
    return desk(folder / "machines.csv", "Which machines will fail in the next week?", target="failed")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Desk]:
    """A desk of any columns."""

    def make(columns: dict[str, Any], statement: str, **wishes: Any) -> Desk:
        folder = tmp_path_factory.mktemp("made")
        pl.DataFrame(columns).write_csv(folder / "rows.csv")
        return desk(folder / "rows.csv", statement, **wishes)

    return make
