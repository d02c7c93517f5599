"""A run that takes two seconds: real graph, designs, templates, prompts, git and SQLite; stand-ins for the cell alone.

Everything here is put into the process of a victim. The clock stands still in it (agent_graph's own, and git's), so
that two runs of the same inputs can be compared byte for byte, and nothing of a report has to be left out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from agent_graph import Asking, runner
from agent_graph.artifacts import Check, HoldoutScore, ProofResult
from agent_graph.context import Context
from agent_graph.errors import BadInput
from agent_graph.graph import nodes
from agent_graph.proof import gates
from agent_graph.proof.staging import bench_for, proven_key
from agent_graph.settings import settings
from agent_graph.workspace import Workspace, remove, write_atomic
from agent_graph.workspace.git import Git

NAME = "customers"
STATEMENT = "We run a phone company. Which customers will leave next month?"
NOTE = "At least 3 replicas."
REFUSED = 777  # entries of the cache: what the model of the server answers first, and the stand-in gate refuses
MOMENT = 1_767_225_600  # 2026-01-01: when everything happens


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
    Context.cell = lambda context: None  # type: ignore[assignment, method-assign, return-value]


def stop_dates() -> None:
    """From now on it is always the same moment in what agent_graph and git write (its clocks: `kills_clock`)."""

    class Still(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(MOMENT, tz or UTC)

    for name, module in list(sys.modules.items()):
        if name.startswith("agent_graph") and getattr(module, "datetime", None) is datetime:
            module.datetime = Still  # type: ignore[attr-defined]
    environment = Git._environment
    dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{MOMENT} +0000")
    Git._environment = lambda git, author: environment(git, author) | dates  # type: ignore[method-assign]


def begin(data: Path, url: str) -> None:
    """The run, as `agent-graph new` would start it."""
    asking = Asking(models=("openai:stub", "intake=playbook"), base_url=url) if url else None
    runner.new(STATEMENT, str(data), name=NAME, target="churn", budget_s=5.0, asking=asking)


def send_back() -> None:
    """The rerun, as `agent-graph rerun` would start it."""
    runner.rerun(NAME, "mlops", NOTE)


def two_revisions() -> None:
    """A project of two revisions, made without a model: the ground for a return to the first."""
    begin(Path.cwd().parents[1] / "customers.csv", "")
    send_back()


def two_answers() -> None:
    """A project with an alternative beside it, which can be taken over."""
    begin(Path.cwd().parents[1] / "customers.csv", "")
    runner.rerun(NAME, "mlops", NOTE, alternative=True)


def go_back() -> None:
    """The return, as `agent-graph revert` would start it."""
    runner.revert(NAME, 1)


def take_over() -> None:
    """The take-over, as `agent-graph accept` would start it."""
    runner.accept(NAME, 2)


def finish_return(given: Callable[[], None]) -> str:
    """What a user does after a crash of a return: resume; where there is nothing to resume, the same command again."""
    before = _standing()
    try:
        runner.resume(NAME)
    except BadInput as error:
        if "at its end" not in str(error):
            raise
        if before == 3:
            return "was at its end"
        given()
        return "given again: it hadn't begun yet"
    return "resumed"


def go_on(data: Path, url: str, rerun: bool) -> str:
    """What a user does after a crash: resume; where it says that there is nothing yet, the same command again."""
    try:
        runner.resume(NAME)
    except BadInput as error:
        said = str(error)
        if not rerun and "there is no project" in said:
            begin(data, url)
            return "new again: nothing was on record yet"
        if rerun and ("stopped before it began" in said or (_standing() == 1 and "at its end" in said)):
            send_back()
            return "rerun again: it hadn't begun yet"
        if "at its end" in said:
            return "was at its end"
        raise
    return "resumed"


def two_commits() -> None:
    """A project of two agents' commits and an edit of the user's, not yet committed: the ground for a third commit."""
    workspace = _workspace()
    workspace.create()
    workspace.commit(
        "python_pro", "python-pro <python-pro@agent-graph.invalid>", "one", {"a.py": "A = 1\n", "b.py": ""}
    )
    third_commit("# the second\n")
    (workspace.path / "README.md").write_text("The user's own words.\n", encoding="utf-8")
    workspace.adopt_edits()


def third_commit(text: str = "# the third\n") -> None:
    """A commit that changes, adds and removes files, edits one of another agent, and is merged beside the user's."""
    files = {"src/c.py": text, f"src/{len(text)}.py": text, "a.py": f"A = 1\n{text}"}
    author = "mlops <mlops@agent-graph.invalid>"
    _workspace().commit("mlops", author, f"mlops: {text}", files, edits=["a.py"])


def _workspace() -> Workspace:
    home = Path.cwd() / "generated"
    return Workspace(home / NAME, home / ".agent-graph" / "runs" / NAME)


def _standing() -> int:
    return max((each.number for each in runner.history(NAME)), default=0)


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
