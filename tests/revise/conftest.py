"""Whole runs of the real graph, designs, templates and git; only what would be measured in a cell is a stand-in."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl
import pytest

from agent_graph import runner
from agent_graph.artifacts import Check, HoldoutScore, ProofResult
from agent_graph.context import Context
from agent_graph.graph import nodes
from agent_graph.proof import gates
from agent_graph.proof.staging import bench_for, proven_key
from agent_graph.role import Role
from agent_graph.runner import Outcome
from agent_graph.settings import settings
from agent_graph.workspace import remove
from tests.llm.server import says

T = TypeVar("T")
STATEMENT = "We run a phone company. Which customers will leave next month?"


def passed(role: Any, name: str = "stand_in") -> Check:
    return Check(name=name, owner=role, verdict="passed", evidence="not measured here", measures=(), seconds=0)


def predict(state: Any, path: Path) -> None:
    """Predictions of the sealed rows that know tenure, a little less so for each column that isn't used."""
    rows = state["sealed"].holdout_rows
    tenure = pl.read_csv(Path(state["sealed"].holdout_dir) / "customers.csv")["tenure"].to_numpy()
    noise = np.random.default_rng(0).normal(0, 0.05 * (6 - len(state["features"].columns_used)), rows)
    leave = np.clip(0.6 - tenure / 100 + noise, 0.01, 0.99)
    classes = state["problem"].target.classes
    said = np.where(leave > 0.5, classes[1], classes[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame({"row": range(rows), "prediction": said, "p_0": 1 - leave, "p_1": leave}).write_csv(path)


@dataclass
class Measured:
    """What the stand-ins were asked to measure, in order; `before` may end the process or complain."""

    gates: list[str] = field(default_factory=list)
    proofs: int = 0
    failing: set[str] = field(default_factory=set)
    before: Callable[[str], None] = lambda name: None

    def judge(self, role: Role) -> Any:
        def run(bench: Any) -> tuple[Check, ...]:
            self.before(role.name)
            self.gates.append(role.name)
            good = passed(role.name)
            return (good.model_copy(update={"verdict": "failed"}) if role.name in self.failing else good,)

        return run

    def prove(self, state: Any, context: Context) -> ProofResult:
        self.before("prove")
        bench, former = bench_for(state, context, fresh=True), state.get("proof")
        key = proven_key(bench)
        remove(bench.scratch)
        if former is not None and former.key == key:
            return former.model_copy(update={"revision": state["revision"], "attempt": 1})  # type: ignore[no-any-return]
        self.proofs += 1
        predict(state, context.folder / "proof" / "predictions.csv")
        score = HoldoutScore(
            metric=state["problem"].metric, score=0.8, dummy=0.5, baseline=0.7, baseline_name="", secondary=(), rows=80
        )
        return ProofResult(
            attempt=1,
            revision=state["revision"],
            key=key,
            looked=self.proofs,
            commit=context.workspace.head(),
            checks=(passed("ml_engineer", "proof_stand_in"),),
            promise=None,
            holdout=score,
            sandbox=(),
            seconds=0.1,
        )


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Measured:
    stand_in = Measured()
    monkeypatch.setattr(gates, "judge_of", stand_in.judge)
    monkeypatch.setattr(nodes.proof_room, "prove", stand_in.prove)
    monkeypatch.setattr(Context, "cell", lambda context, lock=None: None)
    return stand_in


class Kept:
    """The one home in which tests live one after the other, and copies of it as some work left it.

    Work that many tests begin with is done once a process and its copy laid down for the others; always in the same
    place, for runs remember absolute paths.
    """

    def __init__(self, folder: Path) -> None:
        self.home, self._folder = folder / "home", folder
        self._left: dict[str, tuple[Any, tuple[str, ...], int]] = {}

    def after(self, name: str, measured: Measured, work: Callable[[], T]) -> T:
        """What that work gives, the home being as it leaves it, and `measured` knowing what it measured."""
        copy = self._folder / name
        if name not in self._left:
            given = work()
            copied(self.home, copy)
            self._left[name] = given, tuple(measured.gates), measured.proofs
            return given
        given, measured.gates[:], measured.proofs = self._left[name]
        copied(copy, self.home)
        return given


def copied(source: Path, to: Path) -> None:
    """All of a folder laid into another, links and times too."""
    to.mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", f"{source}/.", str(to)], check=True)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("revise"))


@pytest.fixture
def home(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty folder for projects, runs and caches."""
    remove(kept.home)
    kept.home.mkdir()
    monkeypatch.chdir(kept.home)
    monkeypatch.setenv("AGENT_GRAPH_SANDBOX", "none")
    for name in [name for name in os.environ if name.startswith("AGENT_GRAPH_") and name != "AGENT_GRAPH_SANDBOX"]:
        monkeypatch.delenv(name)
    settings.cache_clear()
    yield kept.home
    settings.cache_clear()


@pytest.fixture
def data(home: Path) -> Path:
    """400 customers, the label with some signal."""
    rng, rows = np.random.default_rng(0), 400
    tenure = rng.integers(0, 60, rows)
    table = {
        "tenure": tenure,
        "gender": rng.choice(["female", "male"], rows),
        "plan": rng.choice(["basic", "plus", "family"], rows),
        "monthly_bill": rng.normal(50, 9, rows).round(2),
        "total_bill": (tenure * 50 + rng.normal(0, 30, rows)).round(2),
        "churn": np.where(rng.random(rows) < 0.6 - tenure / 100, "yes", "no"),
    }
    path = home / "customers.csv"
    pl.DataFrame(table).write_csv(path)
    return path


def nothing(exchange: Any) -> None:
    """The answer of a model that changes nothing of the playbook's design."""
    schema = exchange.body["response_format"]["json_schema"]["schema"]
    says(dict.fromkeys(schema["properties"]))(exchange)


Make = Callable[..., Outcome]


@pytest.fixture
def make(home: Path, data: Path, measured: Measured) -> Make:
    """Makes the project `customers`."""

    def made(**more: Any) -> Outcome:
        return runner.new(STATEMENT, str(data), name="customers", target="churn", budget_s=5.0, **more)

    return made


@pytest.fixture
def made(make: Make, kept: Kept, measured: Measured) -> Outcome:
    """The project `customers` as `make()` leaves it, for tests of what comes after."""
    return kept.after("made", measured, make)


def project() -> Path:
    return Path(runner.project("customers").path)


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of the project that git knows about, by path."""
    skipped = {".git", "data", "artifacts"}
    paths = [path for path in folder.rglob("*") if path.is_file() and not skipped & set(path.relative_to(folder).parts)]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}
