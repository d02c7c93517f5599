"""The commands.

Exit codes: 0 proven (`read`: it would go on), 1 made but a check failed, 2 bad input, 3 this machine can't, 4 our own
fault, 5 your edits and the agents' work are in conflict, 6 a person has to answer or approve, 7 proven, but for a
guessed question.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent_graph.cli import look, revise
from agent_graph.cli.cell import choose_cell
from agent_graph.cli.options import (
    CODES,
    BaseUrl,
    Data,
    GroupColumn,
    Guess,
    Json,
    MaxOutput,
    MaxTokens,
    MaxUsd,
    Metric,
    Model,
    NoCache,
    NoRatchet,
    Options,
    Record,
    Replay,
    Review,
    ShareSamples,
    Spec,
    Statement,
    Target,
    Task,
    TimeColumn,
    Trace,
    Tries,
    asking_of,
    stops,
)

if TYPE_CHECKING:
    from agent_graph.runner import Outcome

app = typer.Typer(
    name="agent-graph",
    help="Describe a machine-learning problem, point at the data, get a proven repository.",
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.callback()(choose_cell)

DEMO_STATEMENT = (
    "We run a phone and internet company. Attached is one row per customer with their contract, the services they "
    "take, how they pay and what we bill them, and whether they left us last month. We want to know each month which "
    "customers are likely to leave next so the retention team can call the 500 most at risk, and we would like to see "
    "what drives it."
)
DEMO_TARGET = "churn"  # said beside the words, which alone are asked about


@app.command()
def new(
    statement: Statement = None,
    data: Data = None,
    target: Target = None,
    task: Task = None,
    metric: Metric = None,
    time_column: TimeColumn = None,
    group_column: GroupColumn = None,
    name: Annotated[str | None, typer.Option(help="folder name of the project")] = None,
    budget: Annotated[str | None, typer.Option(help="time for the search: 20s, 5m")] = None,
    options: Options = None,
    spec: Spec = None,
    out: Annotated[Path | None, typer.Option(help="folder for the project, instead of generated/")] = None,
    seed: Annotated[int, typer.Option(help="seed of the split and of every estimator")] = 0,
    yes: Annotated[bool, typer.Option("--yes", help="never ask; where the question is open, end with a list")] = False,
    guess: Guess = False,
    model: Model = None,
    base_url: BaseUrl = None,
    max_usd: MaxUsd = None,
    max_tokens: MaxTokens = None,
    max_output: MaxOutput = 8_192,
    tries: Tries = 3,
    no_cache: NoCache = False,
    record: Record = None,
    replay: Replay = None,
    share_samples: ShareSamples = 0,
    no_ratchet: NoRatchet = False,
    review: Review = "",
    trace: Trace = False,
    as_json: Json = False,
) -> None:
    """Make a repository for the problem, and prove it."""
    from agent_graph.cli.wishes import gather

    asking = asking_of(
        model,
        base_url=base_url,
        max_usd=max_usd,
        max_tokens=max_tokens,
        max_output=max_output,
        tries=tries,
        cache=not no_cache,
        record=record,
        replay=replay,
        sample_rows=share_samples,
        ratchet=not no_ratchet,
    )
    wishes = gather(
        spec,
        statement=statement,
        data=data,
        target=target,
        task=task,
        metric=metric,
        time_column=time_column,
        group_column=group_column,
        name=name,
        budget=budget,
        options=options,
    )
    made = {**wishes, "seed": seed, "guess": guess, "asking": asking, "trace": trace, "review": stops(review)}
    _make(made, out, yes=yes or guess, as_json=as_json)


@app.command()
def read(
    statement: Statement = None,
    data: Data = None,
    target: Target = None,
    task: Task = None,
    metric: Metric = None,
    time_column: TimeColumn = None,
    group_column: GroupColumn = None,
    options: Options = None,
    spec: Spec = None,
    model: Model = None,
    base_url: BaseUrl = None,
    max_usd: MaxUsd = None,
    max_tokens: MaxTokens = None,
    max_output: MaxOutput = 8_192,
    tries: Tries = 3,
    no_cache: NoCache = False,
    record: Record = None,
    replay: Replay = None,
    share_samples: ShareSamples = 0,
    as_json: Json = False,
) -> None:
    """What a statement asks of its data, and how sure that is: no project is made."""
    from agent_graph.cli.reading import show
    from agent_graph.cli.wishes import gather

    wishes = gather(
        spec,
        statement=statement,
        data=data,
        target=target,
        task=task,
        metric=metric,
        time_column=time_column,
        group_column=group_column,
        options=options,
    )
    asking = asking_of(
        model,
        tries=tries,
        base_url=base_url,
        max_usd=max_usd,
        max_tokens=max_tokens,
        max_output=max_output,
        cache=not no_cache,
        record=record,
        replay=replay,
        sample_rows=share_samples,
    )
    raise typer.Exit(show(wishes, asking, as_json=as_json))


@app.command()
def demo(trace: Trace = False, as_json: Json = False) -> None:
    """The main job on the data set of this checkout: who will leave a phone company next month?"""
    from agent_graph.errors import BadInput
    from agent_graph.runner import projects
    from agent_graph.settings import settings

    data = Path(__file__).resolve().parents[2] / "evals" / "data" / "telco_churn.csv"
    if not data.is_file():
        raise BadInput(f"{data} is missing; the demo runs from a checkout, elsewhere use `agent-graph new`")
    taken = {run.name for run in projects()}
    name = next(
        name
        for number in range(1, 10_000)
        if (name := _numbered("demo", number)) not in taken and not (settings().projects / name).exists()
    )
    wishes = {
        "statement": DEMO_STATEMENT,
        "target": DEMO_TARGET,
        "data": [str(data)],
        "name": name,
        "budget_s": 20.0,
        "trace": trace,
    }
    _make(wishes, None, yes=True, as_json=as_json)


look.add_to(app)
revise.add_to(app)


@app.command()
def fetch(
    what: Annotated[str, typer.Argument(help="reader: a small model that reads statements on this machine")],
    yes: Annotated[bool, typer.Option("--yes", help="don't ask")] = False,
) -> None:
    """Fetch what isn't part of an installation; begun again, it goes on where it was."""
    from agent_graph.cli.fetch import fetch_reader
    from agent_graph.errors import BadInput

    if what != "reader":
        raise BadInput(f"{what!r} can't be fetched: there is only the reader")
    fetch_reader(yes=yes)


@app.command()
def doctor(as_json: Json = False) -> None:
    """What this machine can do: sandbox, package installer, validators."""
    from agent_graph.cli.doctor import examine

    raise typer.Exit(examine(as_json=as_json))


def _make(wishes: dict[str, object], out: Path | None, *, yes: bool, as_json: bool) -> None:
    from agent_graph import runner
    from agent_graph.cli import reading, screen
    from agent_graph.cli.approving import decider

    with reading.unanswered(as_json=as_json), screen.progress(as_json=as_json) as voice:
        ask = None if yes else reading.asker(voice, as_json=as_json)
        decide = decider(voice, as_json=as_json)
        outcome: Outcome = runner.new(**wishes, out=out, ask=ask, decide=decide, emit=voice)  # type: ignore[arg-type]
    screen.outcome(outcome, as_json=as_json)
    raise typer.Exit(CODES[outcome.report.verdict])


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}-{number}"
