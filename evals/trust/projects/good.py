"""The good project that every pair is made from: made once by the product itself, kept by content."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_graph.artifacts import ROLE_NAMES, Manifest, RoleName, Stack
from agent_graph.bench import Bench
from agent_graph.cli.commands import DEMO_STATEMENT, DEMO_TARGET
from agent_graph.context import Context
from agent_graph.measuring.pool import Local
from agent_graph.proof import gates
from agent_graph.proof.staging import bench_for, early_skeleton, leave_out
from agent_graph.roles import BY_NAME, ROLES
from agent_graph.runner import checkpoints, executing, making, records
from agent_graph.settings import settings
from agent_graph.state import DESIGN_KEYS, inputs_of
from agent_graph.workspace import write_atomic
from agent_graph.writing import contribution, formatting
from evals.stacks import built_with
from evals.trust.projects import dated

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "evals" / "data" / "telco_churn.csv"
NAME, BUDGET_S = "telco-churn", 4.0
SOURCES = ("agent_graph", "templates", "prompts")


@dataclass(frozen=True)
class Ground:
    """The end of a proven run: its state and its surroundings."""

    state: Any
    context: Context
    dated: Any = None  # the second one, with identifiers, moments and a side table

    @contextmanager
    def bench(self, role: RoleName | None) -> Iterator[Bench]:
        """A checkout of one's own, as the role's gate (None: the proof) finds it, with a copy of what it found kept."""
        bench = bench_for(self.state, self.context, before=BY_NAME[role] if role else None, fresh=role is None)
        if role:
            found = self.context.folder / "before" / role
            shutil.copytree(found, bench.scratch / "store", copy_function=os.link)
            bench.store = bench.scratch / "store"
        try:
            yield bench
        finally:
            shutil.rmtree(bench.scratch, ignore_errors=True)

    @property
    def manifest(self) -> Manifest:
        """The project's names."""
        found: Manifest = self.state["manifest"]
        return found

    @contextmanager
    def whole(self) -> Iterator[Path]:
        """A checkout of everything, the README and the report too."""
        folder = Path(tempfile.mkdtemp(prefix="whole-", dir=self.context.folder))
        try:
            yield self.context.workspace.checkout(folder / "tree")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def elsewhere(self) -> Iterator[Context]:
        """The surroundings with a folder of their own for what a proof keeps and counts; sealed rows are shared."""
        folder = Path(tempfile.mkdtemp(prefix="proof-", dir=self.context.folder))
        shutil.copytree(self.context.store, folder / "store", copy_function=os.link)
        try:
            yield dataclasses.replace(self.context, folder=folder, home=self.context.folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def rebuilt(ground: Ground, bench: Bench, role: RoleName, stack: Stack) -> None:
    """Builds the bench's project with other options: files up to the role's turn, and a cell with their packages."""
    state, turns = built_with(ground.state, stack), ROLES[: ROLE_NAMES.index(role) + 1]
    if (last := BY_NAME[role]).writes != "training":  # a search of its own would make another model
        state[last.writes] = last.playbook(inputs_of(last, state))  # type: ignore[literal-required]
    before = {each.name for each in turns}
    owned = ground.context.workspace.owned()
    leave_out(bench.tree, [name for name, owner in owned.items() if owner in before and name not in gates.MADE])
    files = dict(early_skeleton(BY_NAME[role], state))
    for each in turns:
        files |= formatting.formatted(contribution.files_of(each, state))
    for name, text in files.items():
        write_atomic(bench.tree / name, text)
    bench.stack = stack
    for key in (key for key in DESIGN_KEYS if getattr(bench, key) is not None):
        setattr(bench, key, state[key])
    bench.sandbox = ground.context.cell((bench.tree / "requirements.lock").read_text("utf-8"))
    bench.pool = Local(bench.sandbox)


def ground() -> Ground:
    """The good project, from the cache if these very sources made it."""
    cache = settings().cache_dir
    home = cache / "trust" / _key()
    os.environ |= {"AGENT_GRAPH_PROJECTS": str(home), "AGENT_GRAPH_CACHE": str(cache)}
    settings.cache_clear()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "trust.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one maker at a time; let go when the file closes
        if not (home / "made").is_file():
            shutil.rmtree(home.parent, ignore_errors=True)  # those of other sources too
            making.new(DEMO_STATEMENT, str(DATA), name=NAME, target=DEMO_TARGET, budget_s=BUDGET_S)
            dated.make(home / "landing")
            (home / "made").touch()
    return dataclasses.replace(_as_it_ended(NAME), dated=_as_it_ended(dated.NAME))


def _as_it_ended(name: str) -> Ground:
    context = executing.context_for(executing.request_of(name), lambda event: None)
    with checkpoints.graph(records.runs_folder() / name) as built:
        return Ground(dict(built.get_state(checkpoints.THREAD).values), context)


@contextmanager
def ahead() -> Iterator[None]:
    """Has another process make the good project while the block goes on; `ground` then waits for it."""
    line = [sys.executable, "-c", "from evals.trust.projects.good import ground; ground()"]
    with subprocess.Popen(line, cwd=ROOT, stdin=subprocess.DEVNULL) as maker:
        try:
            yield
        finally:
            maker.terminate()


def _key() -> str:
    """SHA-256 of everything that makes the projects."""
    total = hashlib.sha256(DATA.read_bytes() + Path(dated.__file__).read_bytes())
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                total.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return total.hexdigest()[:16]
