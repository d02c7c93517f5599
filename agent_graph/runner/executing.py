"""One piece of work from its beginning, or from where it stopped, to a report and a revision on record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent_graph.artifacts import Comparison, Event, ExecutionReport
from agent_graph.context import Context
from agent_graph.errors import AgentGraphError, BadInput, Cancelled, WaitsForPerson
from agent_graph.llm import default_reader
from agent_graph.runner import records
from agent_graph.runner.checkpoints import THREAD, graph
from agent_graph.runner.following import asked_to_stop, told
from agent_graph.runner.recording import on_record
from agent_graph.runner.records import REQUEST, RUN, WORK, Request, Run, Status, Underway
from agent_graph.settings import settings
from agent_graph.workspace import Workspace
from agent_graph.workspace.ledger import OWNED

if TYPE_CHECKING:
    pass

Ask = Callable[[list[dict[str, Any]]], Mapping[str, str]]
Decide = Callable[[Mapping[str, Any]], Mapping[str, Any]]
NOTHING_SAID = {"": ""}  # LangGraph takes an empty mapping for no answer at all, and asks again for ever


@dataclass(frozen=True)
class Outcome:
    """What work came to: the project, its report, and how it compares with the revision before."""

    run: Run
    report: ExecutionReport
    revision: int
    comparison: Comparison | None = None  # None when there is nothing to compare with

    @property
    def proven(self) -> bool:
        """Whether every check of the gates and of the proof held, for a question that nobody had to guess."""
        return self.report.verdict == "proven"

    @property
    def guessed(self) -> bool:
        """Whether the question was open and nobody confirmed it."""
        return self.report.guessed

    def _repr_html_(self) -> str:
        """The report, as a notebook shows it."""
        return self.report._repr_html_()


@dataclass(frozen=True)
class People:
    """Who can be asked while a run goes on; None is nobody."""

    ask: Ask | None = None  # open questions of intake: answers by topic
    decide: Decide | None = None  # a review: approve, back or edit


def context_for(request: Request, emit: Callable[[Event], None]) -> Context:
    """The surroundings of a run, without a model's door."""
    home = settings()
    folder = records.runs_folder() / request.specification.name
    return Context(
        folder=folder,
        cache=home.cache_dir,
        workspace=Workspace(Path(request.path), folder),
        backend=home.sandbox,
        binary=home.sandbox_binary,
        guess=request.guess,
        emit=told(folder, emit),
        stop=lambda: asked_to_stop(folder),
        review=frozenset(request.review),
    )


@contextmanager
def with_models(request: Request, context: Context) -> Iterator[None]:
    """The door to the request's models, and to the reader where it is on this machine, open while it lasts."""
    if not request.asking and default_reader() is None:
        yield
        return
    from agent_graph.design.asking import Asking, colleague  # loads a model's client, which playbooks don't need

    asking = Asking.model_validate_json(request.asking) if request.asking else Asking()
    begins = not _begun(context)
    try:
        context.colleague = colleague(asking, context, settings().prices_file, begins=begins)
        context.ratchet = asking.ratchet
    except BadInput:
        if begins:  # a run that is turned away leaves nothing
            records.clear(context.folder)
        raise
    try:
        yield
    finally:
        if context.colleague is not None:
            context.colleague.door.close()


def work(request: Request, context: Context, underway: Underway, given: Any, people: People) -> Outcome:
    """Run the graph on `given` (an input, a Command, None to go on) until its report, and put it on record.

    WaitsForPerson when it stops for somebody who isn't there; every other error leaves the run stopped, to be resumed.
    """
    started = time.monotonic()
    folder = context.folder

    def remember(status: Status, report_path: str = "", question: str = "") -> Run:
        run = Run(
            name=request.specification.name,
            path=request.path,
            status=status,
            started=underway.began,
            seconds=round(time.monotonic() - started, 1),
            report=report_path,
            question=question,
        )
        if not underway.alternative:  # one beside it changes nothing of the project
            records.save(folder, RUN, run)
        return run

    try:
        records.sweep(folder)
        records.save(folder, REQUEST, request)
        records.save(folder, WORK, underway)
        remember("running")
        values = invoke(context, given, people)
        revision, comparison = on_record(request, context, underway, values, time.monotonic() - started)
        made = ExecutionReport.model_validate_json(Path(values["report"]).read_text("utf-8"))
        run = remember(made.verdict, values["report"], made.question)
        records.finished(folder)
    except (AgentGraphError, OSError, KeyboardInterrupt) as error:
        _stopped(error, context, remember)
        if isinstance(error, Cancelled):
            name = request.specification.name
            raise Cancelled(f"{name} was asked to stop; agent-graph resume {name} goes on") from error
        raise
    return Outcome(run, made, revision.number, comparison)


def _stopped(error: BaseException, context: Context, remember: Callable[[Status], Run]) -> None:
    """A run that can go on is kept; one that was turned away at the door leaves nothing."""
    waits = isinstance(error, WaitsForPerson)
    if waits or _begun(context) or isinstance(error, KeyboardInterrupt | Cancelled):
        with suppress(OSError):  # a full disk: the status stays as it was
            remember("waiting" if waits else "stopped")
    else:
        with suppress(OSError):  # what is said is what turned it away
            records.clear(context.folder)


def _begun(context: Context) -> bool:
    """Whether agents have handed anything in: the project's folder may be away, on a disk of its own."""
    return (context.workspace.path / ".git").exists() or (context.folder / OWNED).exists()


def first_input(request: Request) -> dict[str, Any]:
    """What the graph is started with; the rest of a first run's state is intake's."""
    from agent_graph.state import GRAPH_VERSION

    return {"specification": request.specification, "graph_version": GRAPH_VERSION}


def invoke(context: Context, given: Any, people: People) -> dict[str, Any]:
    """Run the graph to its end, putting what it asks to people; its last state."""
    from langgraph.types import Command

    from agent_graph.design import approval

    with graph(context.folder) as built:
        while True:
            result = built.invoke(given, THREAD, context=context, durability="sync", version="v2")
            if not result.interrupts:
                return dict(result.value)
            payload = dict(result.interrupts[0].value)
            answer = _answered(payload, people)
            if "review" in payload:
                approval.held(payload, answer, built.get_state(THREAD).values)
            given = Command(resume=answer or NOTHING_SAID)


def _answered(payload: dict[str, Any], people: People) -> Mapping[str, Any]:
    if "questions" in payload and people.ask is not None:
        return dict(people.ask(payload["questions"]))
    if payload.get("optional"):
        return {}
    if "review" in payload and people.decide is not None:
        return dict(people.decide(payload))
    raise waits(payload)


def waits(payload: Mapping[str, Any]) -> WaitsForPerson:
    """The stop at which somebody has to say something, in words."""
    return WaitsForPerson(_awaited(payload), dict(payload))


def _awaited(payload: Mapping[str, Any]) -> str:
    if "questions" in payload:
        topics = ", ".join(question["topic"] for question in payload["questions"])
        name = payload["name"]
        return (
            f"a person has to answer ({topics}): agent-graph resume {name} at a terminal, "
            f"or resume {name} --guess for the likeliest"
        )
    what = f"the design of {payload['role']}" if payload["review"] == "plan" else "the code"
    return f"{what.replace('_', '-')} waits for approval: agent-graph resume at a terminal, or resume --approve"


def request_of(name: str) -> Request:
    """What a project was asked for. BadInput for one made before requests were kept."""
    run = records.project(name)
    request = records.load(records.runs_folder() / run.name, Request, REQUEST)
    if request is None:
        raise BadInput(f"{run.name} was made by an older version, so it can't be worked on; make it anew")
    return request
