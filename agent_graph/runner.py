"""The Python API: make a project, list them, show one. The CLI is words around these functions."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from agent_graph import workspace as workspaces
from agent_graph.artifacts import REPORT_SCHEMA, Artifact, ExecutionReport, Specification, Usage
from agent_graph.context import Context, Event, silent
from agent_graph.errors import AgentGraphError, BadInput
from agent_graph.sandbox import available
from agent_graph.settings import settings
from agent_graph.specifying import project_name, specify
from agent_graph.tracing import Trace
from agent_graph.workspace import Workspace, write_atomic

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from agent_graph.asking import Asking

Status = Literal["running", "proven", "not proven", "stopped"]
Ask = Callable[[list[dict[str, Any]]], Mapping[str, str]]
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)


class Run(Artifact):
    """One project as this installation remembers it."""

    name: str
    path: str
    status: Status
    started: str
    seconds: float
    report: str  # path of execution_report.json, "" until there is one


@dataclass(frozen=True)
class Outcome:
    """What `new` made."""

    run: Run
    report: ExecutionReport

    @property
    def proven(self) -> bool:
        """Whether every check of the gates and of the proof held."""
        return self.report.verdict == "proven"


def new(
    statement: str,
    data: list[str] | tuple[str, ...] | str,
    *,
    name: str | None = None,
    out: str | Path | None = None,
    target: str | None = None,
    task: str | None = None,
    metric: str | None = None,
    time_column: str | None = None,
    group_column: str | None = None,
    budget_s: float = 60.0,
    options: Mapping[str, str] | None = None,
    seed: int = 0,
    asking: Asking | None = None,
    trace: bool = False,
    ask: Ask | None = None,
    emit: Callable[[Event], None] = silent,
) -> Outcome:
    """Make a repository for the problem and prove it.

    `data` names files, folders or globs; the first is the main table. `ask` is called with the open questions (topic,
    choice, alternatives, reason) and answers by topic; without it the likeliest reading is taken and listed in the
    report. `budget_s` bounds the search for a model, in seconds. `asking` names the language models that work on the
    designs, and their bounds; without it, playbooks answer. `trace` writes the run's spans to MLflow, beside the runs.
    BadInput, NotBuiltYet or MachineCannot when it can't be done; nothing is written then.
    """
    paths = (data,) if isinstance(data, str) else tuple(data)
    specification = specify(
        statement,
        paths,
        name=name,
        target=target,
        task=task,
        metric=metric,
        time_column=time_column,
        group_column=group_column,
        budget_s=budget_s,
        options=options or {},
        seed=seed,
    )
    home = settings()
    path = Path(out).absolute() / specification.name if out else home.projects.absolute() / specification.name
    folder = home.state_dir / "runs" / specification.name
    traced = Trace(emit) if trace else None
    context = Context(
        folder=folder,
        cache=home.cache_dir,
        workspace=Workspace(path, folder),
        backend=home.sandbox,
        binary=home.sandbox_binary,
        assume_yes=ask is None,
        emit=traced or emit,
    )
    _refuse(specification.name, path, folder)
    if asking is not None and asking.models:
        from agent_graph.asking import colleague  # loads a model's client, which playbooks don't need

        context.colleague, context.ratchet = colleague(asking, context, home.prices_file), asking.ratchet
    if home.sandbox == "bwrap":
        available(home.sandbox_binary)
    try:
        outcome = _execute(specification, context, ask)
    finally:
        if context.colleague is not None:
            context.colleague.door.close()
    if traced:
        _write(traced, outcome, home.state_dir / "traces")
    return outcome


def _write(traced: Trace, outcome: Outcome, folder: Path) -> None:
    report = outcome.report
    facts = {"statement": report.statement, "verdict": report.verdict, "reason": report.reason}
    usage: dict[str, Usage] = {account.role: account.authorship.usage for account in report.roles if account.authorship}
    address = traced.write(folder, report.name, facts, usage)
    traced.emit(Event("report", "", f"trace: mlflow ui --backend-store-uri {address}"))


def projects() -> tuple[Run, ...]:
    """All projects of this installation, newest first."""
    runs = settings().state_dir / "runs"
    found = [_load(path) for path in runs.glob("*/run.json")]
    return tuple(sorted((run for run in found if run), key=lambda run: run.started, reverse=True))


def project(name: str) -> Run:
    """One project by its name; BadInput when there is none."""
    run = _load(settings().state_dir / "runs" / project_name(name) / "run.json")
    if run is None:
        known = ", ".join(run.name for run in projects()[:5]) or "none yet"
        raise BadInput(f"there is no project {name!r} here (known: {known})")
    return run


def report(name: str) -> ExecutionReport:
    """The execution report of a project; BadInput when it has none yet."""
    run = project(name)
    if not run.report or not Path(run.report).is_file():
        raise BadInput(f"{run.name} has no report yet (status: {run.status})")
    try:
        return ExecutionReport.model_validate_json(Path(run.report).read_text("utf-8"))
    except ValidationError as error:
        raise BadInput(f"{run.report} is no report of schema {REPORT_SCHEMA}; make the project anew") from error


def state(name: str) -> dict[str, Any]:
    """The last checkpoint of a project's run: its artifacts by key."""
    run = project(name)
    folder = settings().state_dir / "runs" / run.name
    with _saver(folder) as saver:
        from agent_graph.graph import build_graph

        return dict(build_graph(saver).get_state(_thread(run.name)).values)


def prompts(name: str, role: str | None = None) -> tuple[Mapping[str, str], ...]:
    """What was sent to models in a run, and for roles that weren't asked what would be: role, label, system, task."""
    from agent_graph import agent, nodes
    from agent_graph.artifacts import Authorship
    from agent_graph.asking import kept
    from agent_graph.team import BY_NAME, ROLES

    wanted = role.replace("-", "_") if role else None
    if wanted and wanted not in BY_NAME:
        raise BadInput(f"there is no role {role!r}; choose one of {', '.join(BY_NAME)}")
    values: Any = state(name)
    sent = list(kept(settings().state_dir / "runs" / project(name).name))
    for one in ROLES:
        if not any(prompt["role"] == one.name for prompt in sent) and one.writes in values:
            text = agent.prompt(one, nodes.inputs_of(one, values, Authorship()).model_copy(update={"setback": None}))
            sent.append({"role": one.name, "label": "would be sent", "system": text.system, "task": text.task})
    return tuple(prompt for prompt in sent if wanted in (None, prompt["role"]))


def _refuse(name: str, path: Path, folder: Path) -> None:
    """Turn away a name that is taken and folders that can't be written, before anything is made."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BadInput(f"{path} exists already; choose another --name, or remove it")
    other = _load(folder / "run.json")
    if other and Path(other.path) != path and Path(other.path).exists():
        raise BadInput(f"{name} is already the project in {other.path}; choose another --name, or remove that one")
    for place in (path, folder):
        parent = next(up for up in place.parents if up.exists())
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            raise BadInput(f"{parent} can't be written, so {place.name} can't be made there; choose another --out")


def _execute(specification: Specification, context: Context, ask: Ask | None) -> Outcome:
    started = time.monotonic()
    began = datetime.now(UTC).isoformat(timespec="seconds")
    workspaces.remove(context.folder)  # left by a project that the user removed

    def remember(status: Status, report_path: str = "") -> Run:
        run = Run(
            name=specification.name,
            path=str(context.workspace.path),
            status=status,
            started=began,
            seconds=round(time.monotonic() - started, 1),
            report=report_path,
        )
        write_atomic(context.folder / "run.json", run.model_dump_json(indent=1))
        return run

    try:
        context.folder.mkdir(parents=True, exist_ok=True)
        remember("running")
        path = _invoke(specification, context, ask)
    except (AgentGraphError, OSError, KeyboardInterrupt) as error:
        if (context.workspace.path / ".git").exists():
            with suppress(OSError):  # a full disk: the status stays as it was
                remember("stopped")
        else:
            workspaces.remove(context.folder)  # nothing of this run stays
        if isinstance(error, OSError) and (number := _number(error)) in UNWRITABLE:
            raise BadInput(f"{error.filename or context.folder} can't be written: {os.strerror(number)}") from error
        raise
    made = ExecutionReport.model_validate_json(Path(path).read_text("utf-8"))
    return Outcome(run=remember(made.verdict, path), report=made)


def _number(error: OSError) -> int:
    """The system's number of the error, which Polars gives in words only: "… (os error 28)"."""
    said = re.search(r"\(os error (\d+)\)", str(error))
    return error.errno or (int(said[1]) if said else 0)


def _invoke(specification: Specification, context: Context, ask: Ask | None) -> str:
    from langgraph.types import Command

    from agent_graph.graph import build_graph
    from agent_graph.state import GRAPH_VERSION

    with _saver(context.folder) as saver:
        graph = build_graph(saver)
        thread = _thread(specification.name)
        given: Any = {"specification": specification, "graph_version": GRAPH_VERSION, "tries": settings().tries}
        while True:
            result = graph.invoke(given, thread, context=context, durability="sync", version="v2")
            if not result.interrupts:
                return str(result.value["report"])
            assert ask is not None  # noqa: S101  # only an asking run interrupts
            given = Command(resume=dict(ask(result.interrupts[0].value)))


@contextmanager
def _saver(folder: Path) -> Iterator[Any]:
    os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
    from langgraph.checkpoint.sqlite import SqliteSaver

    with closing(sqlite3.connect(folder / "checkpoints.db", check_same_thread=False)) as connection:
        yield SqliteSaver(connection)


def _thread(name: str) -> RunnableConfig:
    return {"configurable": {"thread_id": name}, "recursion_limit": 150}


def _load(path: Path) -> Run | None:
    try:
        return Run.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError):
        return None
