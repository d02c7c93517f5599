"""A new project, from words and files to a proven repository."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from agent_graph.artifacts import Event, silent
from agent_graph.errors import BadInput
from agent_graph.intake.specifying import specify
from agent_graph.runner import records
from agent_graph.runner.executing import Ask, Decide, Outcome, People, context_for, first_input, with_models, work
from agent_graph.runner.records import RUN, Request, Run, Underway, now
from agent_graph.runner.tracing import Trace
from agent_graph.sandbox import available
from agent_graph.settings import settings

if TYPE_CHECKING:
    from agent_graph.design.asking import Asking

REVIEWS = ("plan", "code")


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
    guess: bool = False,
    asking: Asking | None = None,
    review: Collection[str] = (),
    trace: bool = False,
    ask: Ask | None = None,
    decide: Decide | None = None,
    emit: Callable[[Event], None] = silent,
) -> Outcome:
    """Make a repository for the problem and prove it.

    `data` names files, folders or globs; the first is the main table. Where the reading (see `read`) is not sure, `ask`
    is called with the open questions, three at most (topic, text, choices with the default first, depends), and answers
    by topic; `guess` goes on with the likeliest instead, and every verdict says so. `budget_s` bounds the search for a
    model, in seconds. `asking` names the language models that work on the designs, and their bounds; without it,
    playbooks answer. `review` names where a person looks before the run goes on: "plan" (each design), "code" (all of
    it, before the proof); `decide` is called there, and without it the run waits for `resume`. `trace` writes the run's
    spans to MLflow, beside the runs. BadInput, NotBuiltYet or MachineCannot when it can't be done, and nothing is
    written then; WaitsForPerson when it stops for somebody.
    """
    specification = specify(
        statement,
        (data,) if isinstance(data, str) else tuple(data),
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
    request = Request(
        specification=specification,
        path=str((Path(out) if out else home.projects).absolute() / specification.name),
        asking=asking.model_dump_json() if asking is not None and asking.models else "",
        review=checked_reviews(review),
        guess=guess,
    )
    traced = Trace(emit) if trace else None
    context = context_for(request, traced or emit)
    with records.unwritable(specification.name, context.workspace.path):
        _refuse(specification.name, context.workspace.path, context.folder)
    available(home.sandbox, home.sandbox_binary)
    with records.alone(specification.name):
        _refuse(specification.name, context.workspace.path, context.folder)  # again: another may just have ended
        records.clear(context.folder, request)
        with with_models(request, context):
            underway = Underway(revision=1, role="", note="", began=now())
            outcome = work(request, context, underway, first_input(request), People(ask, decide))
    if traced:
        traced.finish(outcome.report)
    return outcome


def checked_reviews(review: Collection[str]) -> tuple[str, ...]:
    """The wanted stops, in their order. BadInput names one that there isn't."""
    for each in review:
        if each not in REVIEWS:
            raise BadInput(f"--review {each!r} isn't known; choose from {', '.join(REVIEWS)}")
    return tuple(each for each in REVIEWS if each in review)


def _refuse(name: str, path: Path, folder: Path) -> None:
    """Turn away a name that is taken and folders that can't be written, before anything is made."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BadInput(f"{path} exists already; choose another --name, or remove it")
    other = records.load(folder, Run, RUN)
    if other and Path(other.path) != path and Path(other.path).exists():
        raise BadInput(f"{name} is already the project in {other.path}; choose another --name, or remove that one")
    for place in (path, folder):
        parent = next(up for up in place.parents if up.exists())
        if not _can_be_made_in(parent):
            raise BadInput(f"{parent} can't be written, so {place.name} can't be made there; choose another --out")


def _can_be_made_in(parent: Path) -> bool:
    """Whether a folder can be made there. It is tried: to root, rights alone say yes of /proc and its like."""
    try:
        Path(tempfile.mkdtemp(prefix=".agent-graph-", dir=parent)).rmdir()
    except OSError:
        return False
    return True
