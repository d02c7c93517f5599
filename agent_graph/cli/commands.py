"""The commands.

Exit codes: 0 proven, 1 made but a check failed, 2 bad input, 3 this machine can't, 4 our own fault, 5 your edits and
the agents' work are in conflict, 6 a person has to answer or approve.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent_graph.cli import revise
from agent_graph.cli.cell import choose_cell
from agent_graph.cli.options import (
    BaseUrl,
    Json,
    MaxOutput,
    MaxTokens,
    MaxUsd,
    Model,
    Name,
    NoCache,
    NoRatchet,
    Record,
    Replay,
    Review,
    ShareSamples,
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


@app.command()
def new(
    statement: Annotated[str | None, typer.Argument(help="the problem in plain words")] = None,
    data: Annotated[list[str] | None, typer.Option(help="file, folder or glob; the first is the main table")] = None,
    target: Annotated[str | None, typer.Option(help="column to predict, where the words leave it open")] = None,
    task: Annotated[str | None, typer.Option(help="binary | multiclass | regression | count")] = None,
    metric: Annotated[str | None, typer.Option(help="roc_auc | log_loss | rmse | …")] = None,
    time_column: Annotated[str | None, typer.Option(help="hold out and validate by this time")] = None,
    group_column: Annotated[str | None, typer.Option(help="rows of one group stay together")] = None,
    name: Annotated[str | None, typer.Option(help="folder name of the project")] = None,
    budget: Annotated[str | None, typer.Option(help="time for the search: 20s, 5m")] = None,
    options: Annotated[list[str] | None, typer.Option("--set", help="key=value, an option of the stack")] = None,
    spec: Annotated[Path | None, typer.Option(help="YAML file with any of the above; the command line wins")] = None,
    out: Annotated[Path | None, typer.Option(help="folder for the project, instead of generated/")] = None,
    seed: Annotated[int, typer.Option(help="seed of the split and of every estimator")] = 0,
    yes: Annotated[bool, typer.Option("--yes", help="never ask; take the likeliest and list it")] = False,
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
    made = {**wishes, "seed": seed, "asking": asking, "trace": trace, "review": stops(review)}
    _make(made, out, yes=yes, as_json=as_json)


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
    wishes = {"statement": DEMO_STATEMENT, "data": [str(data)], "name": name, "budget_s": 20.0, "trace": trace}
    _make(wishes, None, yes=True, as_json=as_json)


@app.command(name="list")
def list_projects(as_json: Json = False) -> None:
    """The projects of this folder, newest first."""
    from agent_graph.cli import screen
    from agent_graph.runner import projects

    runs = projects()
    if as_json:
        typer.echo(json.dumps([run.model_dump() for run in runs], indent=1))
    else:
        screen.runs(runs)


@app.command()
def report(
    name: Name,
    open_page: Annotated[bool, typer.Option("--open", help="open the HTML page in a browser")] = False,
    as_json: Json = False,
) -> None:
    """The execution report of a project."""
    from agent_graph import runner
    from agent_graph.cli import screen

    found = runner.report(name)
    page = Path(runner.project(name).report).with_suffix(".html")
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    elif open_page:
        typer.launch(page.as_uri())
    else:
        screen.report(found, page)


@app.command()
def show(
    name: Name,
    what: Annotated[str, typer.Argument(help="design | checks | files")] = "checks",
    as_json: Json = False,
) -> None:
    """A project's designs, checks or files."""
    from agent_graph.cli import screen
    from agent_graph.errors import BadInput

    views = {"design": screen.designs, "checks": screen.checks, "files": screen.files}
    if what not in views:
        raise BadInput(f"show {what!r} isn't known; choose one of {', '.join(views)}")
    views[what](name, as_json=as_json)


@app.command()
def prompts(
    name: Name,
    role: Annotated[str | None, typer.Argument(help="one role; else all")] = None,
    as_json: Json = False,
) -> None:
    """Exactly what was sent to models, what was kept from them and why, and what would be sent."""
    from agent_graph import runner
    from agent_graph.cli.letters import letter

    found = runner.prompts(name, role)
    if as_json:
        typer.echo(json.dumps([dict(prompt) for prompt in found], indent=1, ensure_ascii=False))
        return
    for prompt in found:
        typer.echo("\n".join(letter(prompt)))


revise.add_to(app)


@app.command()
def doctor(as_json: Json = False) -> None:
    """What this machine can do: sandbox, package installer, validators."""
    from agent_graph.cli.doctor import examine

    raise typer.Exit(examine(as_json=as_json))


def _make(wishes: dict[str, object], out: Path | None, *, yes: bool, as_json: bool) -> None:
    from agent_graph import runner
    from agent_graph.cli import screen

    ask, decide = None if yes else screen.asker(as_json=as_json), screen.decider(as_json=as_json)
    with screen.progress(as_json=as_json) as emit:
        outcome: Outcome = runner.new(**wishes, out=out, ask=ask, decide=decide, emit=emit)  # type: ignore[arg-type]
    screen.outcome(outcome, as_json=as_json)
    raise typer.Exit(0 if outcome.proven else 1)


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}-{number}"
