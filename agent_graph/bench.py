"""The bench on which a contribution is measured: a checkout, what earlier gates left, and a cell to run it in."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from agent_graph.artifacts import (
    Check,
    DataDesign,
    DeploymentDesign,
    FeatureDesign,
    HardeningDesign,
    Manifest,
    Measure,
    MonitoringDesign,
    Problem,
    Profile,
    RoleName,
    Sealed,
    Specification,
    Stack,
    TrainingDesign,
    Verdict,
)
from agent_graph.errors import RuntimeUnavailable
from agent_graph.sandbox import TREE, Job, Limits, Sandbox, SessionResult, Step, StepResult

PRELOAD = ("numpy", "pandas", "pyarrow", "duckdb", "pandera.pandas", "sklearn", "scipy.stats", "typer", "yaml")
LEARN = (
    *PRELOAD,
    "sklearn.linear_model",
    "sklearn.feature_extraction.text",
    "lightgbm",
    "catboost",
    "optuna",
)
ESTIMATORS: Mapping[str, tuple[str, ...]] = {  # what members of a kind import
    "linear": ("sklearn.linear_model", "sklearn.feature_extraction.text"),
    "lightgbm": ("lightgbm",),
    "catboost": ("catboost",),
}
PROBES = Path(__file__).resolve().parent / "measuring" / "probes"  # scripts of ours, in the cell at /probes


Environments = Callable[[str, Mapping[str, str]], Path]  # of a lock and the licences of what only it names: its folder


def nowhere(lock: str, licences: Mapping[str, str]) -> Path:
    """Where nothing can be installed: RuntimeUnavailable."""
    raise RuntimeUnavailable("no environment of its own can be made here")


class Pool(Protocol):
    """Where jobs are done."""

    def run(self, job: Job, export_to: Path, on_step: Callable[[StepResult], None] | None) -> SessionResult:
        """Do one job and wait for it."""


@dataclass
class Bench:
    """Everything that a role's checks may use; designs after the role are None.

    `tree` is a clean checkout of the commit under test, without data. `store` holds what earlier gates of this run kept
    (`data/processed`, `artifacts/…`) and is laid over the tree in every session. `/data` in the cell is the folder of
    open rows, which `<ENV_PREFIX>RAW_DIR` points to; held-out rows and labels are never mounted unless a check mounts
    `sealed.holdout_dir` itself (features only).
    """

    tree: Path
    store: Path
    sandbox: Sandbox
    specification: Specification
    profile: Profile
    problem: Problem
    manifest: Manifest
    sealed: Sealed
    stack: Stack = field(default_factory=Stack)
    data: DataDesign | None = None
    features: FeatureDesign | None = None
    training: TrainingDesign | None = None
    hardening: HardeningDesign | None = None
    deployment: DeploymentDesign | None = None
    monitoring: MonitoringDesign | None = None
    on_step: Callable[[StepResult], None] | None = None
    pool: Pool | None = None  # where its sessions are done; None: in the sandbox, at once
    environment: Environments = nowhere  # of an option that can't live in the project's
    cache: Path = Path(tempfile.gettempdir())  # what is keyed by content and outlives the run
    adopted: dict[str, str] = field(default_factory=dict)
    scratch: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="bench-")))

    @property
    def libraries(self) -> tuple[str, ...]:
        """What the members of the trained model import."""
        kinds = sorted({member.kind for member in self.training.members}) if self.training is not None else []
        return tuple(library for kind in kinds for library in ESTIMATORS[kind])

    def patience(self, seconds: float) -> float:
        """How long the project's own tests may take that need so long for few columns: they make rows of all of them.

        A second for each was measured on two busy cores (500 columns); quiet ones need a quarter.
        """
        return seconds + sum(len(table.columns) for table in self.profile.tables)

    def command(self, name: str, *arguments: str, step: str | None = None, timeout_s: float = 60) -> Step:
        """A step that runs `python -m <package> <name> …` in the project's root."""
        return Step(name=step or name, argv=(self.manifest.package, name, *arguments), timeout_s=timeout_s)

    def adopt(self, path: str, text: str) -> None:
        """Hand a text file that a command made, and the host has validated, to the role's commit."""
        self.adopted[path] = text

    def session(
        self,
        steps: Sequence[Step],
        *,
        mounts: Mapping[str, Path] | None = None,
        env: Mapping[str, str] | None = None,
        keep: Sequence[str] = (),
        collect: Sequence[str] = (),
        preload: Sequence[str] = PRELOAD,
        limits: Limits | None = None,
    ) -> tuple[SessionResult, Path]:
        """Run steps on tree + store in one cell; returns the result and the folder of collected files.

        `keep` paths go to the store (for later gates), `collect` paths only to the returned folder. Both are opaque
        bytes to the host, except for JSON and CSV that a check reads itself.
        """
        with self._staged() as stage:
            out = self.scratch / f"out-{time.monotonic_ns()}"
            job = Job(
                runtime=self.sandbox.runtime,
                steps=tuple(steps),
                folders={TREE: stage, "data": Path(self.sealed.open_dir), "probes": PROBES, **(mounts or {})},
                env={f"{self.manifest.env_prefix}RAW_DIR": "/data", **(env or {})},
                collect=(*keep, *collect),
                preload=tuple(preload),
                limits=limits or Limits(),
            )
            run = self.pool.run if self.pool else self.sandbox.do
            result = run(job, out, self.on_step)
        for path in keep:
            if (out / path).exists():
                _replace(out / path, self.store / path)
        return result, out

    @contextmanager
    def _staged(self) -> Iterator[Path]:
        stage = Path(tempfile.mkdtemp(prefix="stage-", dir=self.scratch))
        try:
            shutil.copytree(self.tree, stage, dirs_exist_ok=True, symlinks=True, ignore=shutil.ignore_patterns(".git"))
            if self.store.is_dir():
                shutil.copytree(self.store, stage, dirs_exist_ok=True, symlinks=True)
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def _replace(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    elif target.exists():
        target.unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)


@dataclass
class Findings:
    """Collects the checks of one owner, with the time that each took."""

    owner: RoleName
    checks: list[Check] = field(default_factory=list)
    _since: float = field(default_factory=time.monotonic)

    def add(
        self, name: str, verdict: Verdict | bool, evidence: str, seconds: float | None = None, **measures: float
    ) -> None:
        """Record one check; True and False stand for passed and failed, `measures` are plain numbers.

        A unit is written behind two underscores: `latency_p50__ms=3.2`.
        """
        if isinstance(verdict, bool):
            verdict = "passed" if verdict else "failed"
        now = time.monotonic()
        spent = now - self._since if seconds is None else seconds
        self._since = now
        self.checks.append(
            Check(
                name=name,
                owner=self.owner,
                verdict=verdict,
                evidence=" ".join(evidence.split())[:2000],
                measures=tuple(_measure(key, value) for key, value in measures.items()),
                seconds=round(spent, 3),
            )
        )

    def not_checked(self, name: str, reason: str) -> None:
        """Record that a check couldn't be made, and why; it never counts as passed."""
        self.add(name, "not_checked", reason)


def _measure(key: str, value: float) -> Measure:
    name, _, unit = key.partition("__")
    return Measure(name=name, value=float(value), unit=unit)


def last_lines(text: str, count: int = 8) -> str:
    """The end of a program's output, which is where Python says what went wrong."""
    return "\n".join([line for line in text.strip().splitlines() if line.strip()][-count:])
