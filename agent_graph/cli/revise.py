"""The commands of a project that is there: send an agent back, go on, look back, go back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from agent_graph.cli.options import (
    CODES,
    BaseUrl,
    Guess,
    Json,
    MaxTokens,
    MaxUsd,
    Model,
    Name,
    NoCache,
    Review,
    Trace,
    Tries,
    asking_of,
    stops,
)

Agent = Annotated[str, typer.Option(help="data-engineer | data-scientist | ml-engineer | python-pro | mlops | …")]
Number = Annotated[int | None, typer.Argument(help="number of the revision, as `agent-graph history` shows it")]


def rerun(
    name: Name,
    agent: Agent,
    feedback: Annotated[str, typer.Option(help="what to do otherwise, in plain words")] = "",
    forget: Annotated[bool, typer.Option("--forget", help="withdraw what this agent was told before")] = False,
    alternative: Annotated[bool, typer.Option("--alternative", help="keep both answers, side by side")] = False,
    review: Review = "",
    model: Model = None,
    base_url: BaseUrl = None,
    max_usd: MaxUsd = None,
    max_tokens: MaxTokens = None,
    tries: Tries = 3,
    no_cache: NoCache = False,
    trace: Trace = False,
    as_json: Json = False,
) -> None:
    """Send one agent back with a note; only what depends on its work follows."""
    from agent_graph import runner
    from agent_graph.cli import screen
    from agent_graph.cli.approving import decider

    caps = {"max_usd": max_usd, "max_tokens": max_tokens}
    asking = asking_of(model, base_url=base_url, tries=tries, cache=not no_cache, **caps)
    with screen.progress(as_json=as_json) as voice:
        outcome = runner.rerun(
            name,
            agent,
            feedback,
            forget=forget,
            alternative=alternative,
            asking=asking,
            review=stops(review),
            decide=decider(voice, as_json=as_json),
            trace=trace,
            emit=voice,
        )
    _end(outcome, as_json=as_json)


def resume(
    name: Name,
    approve: Annotated[bool, typer.Option("--approve", help="approve what waits, and go on")] = False,
    note: Annotated[str, typer.Option(help="send back what waits, with this note")] = "",
    agent: Annotated[str, typer.Option(help="whom a note on the code is for")] = "",
    design: Annotated[Path | None, typer.Option(help="JSON file with the design as it shall be")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="never ask")] = False,
    guess: Guess = False,
    model: Model = None,
    base_url: BaseUrl = None,
    max_usd: MaxUsd = None,
    max_tokens: MaxTokens = None,
    tries: Tries = 3,
    trace: Trace = False,
    as_json: Json = False,
) -> None:
    """Go on where a run stopped: a crash, Ctrl-C, a cap, a question, an approval, a conflict."""
    from agent_graph import runner
    from agent_graph.cli import reading, screen
    from agent_graph.cli.approving import decider

    asking = asking_of(model, base_url=base_url, tries=tries, max_usd=max_usd, max_tokens=max_tokens)
    answer = _answer(approve=approve, note=note, agent=agent, design=design)
    with reading.unanswered(as_json=as_json), screen.progress(as_json=as_json) as voice:
        outcome = runner.resume(
            name,
            asking=asking,
            guess=guess,
            answer=answer,
            ask=None if yes else reading.asker(voice, as_json=as_json),
            decide=decider(voice, as_json=as_json),
            trace=trace,
            emit=voice,
        )
    _end(outcome, as_json=as_json)


def history(name: Name, as_json: Json = False) -> None:
    """The revisions of a project: who worked, why, what it scored and cost."""
    from agent_graph import runner
    from agent_graph.cli import revisions_screen

    found = runner.history(name)
    if as_json:
        typer.echo(json.dumps([revision.model_dump() for revision in found], indent=1))
    else:
        revisions_screen.history(found)


def diff(
    name: Name,
    span: Annotated[str, typer.Argument(help="1..3, or 3 for what changed with it; the last one by default")] = "",
    agent: Annotated[str | None, typer.Option(help="what is one agent's")] = None,
    code: Annotated[bool, typer.Option("--code", help="the lines of every file, too")] = False,
    as_json: Json = False,
) -> None:
    """Two revisions side by side: score, decisions, checks, files."""
    from agent_graph import runner
    from agent_graph.cli import revisions_screen

    found = runner.diff(name, span, agent)
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        revisions_screen.difference(found, code=code)


def accept(name: Name, number: Number = None) -> None:
    """Take over an alternative; without a number, approve what waits."""
    from agent_graph import runner
    from agent_graph.cli import screen
    from agent_graph.cli.approving import decider

    if number is not None:
        made = runner.accept(name, number)
        typer.echo(f"revision {made.number}: the project is now as in alternative {number}")
    else:
        with screen.progress(as_json=False) as voice:
            outcome = runner.resume(
                name, answer={"decision": "approve"}, decide=decider(voice, as_json=False), emit=voice
            )
        _end(outcome, as_json=False)


def revert(name: Name, number: Number = None) -> None:
    """Go back to a revision, by default the one before; your own edits stay."""
    from agent_graph import runner

    made = runner.revert(name, number)
    typer.echo(f"revision {made.number}: the project is now as in revision {made.reverted_to}")


def _answer(*, approve: bool, note: str, agent: str, design: Path | None) -> dict[str, Any] | None:
    from agent_graph.errors import BadInput

    if approve + bool(note) + (design is not None) > 1:
        raise BadInput("choose one of --approve, --note and --design")
    if approve:
        return {"decision": "approve"}
    if note:
        return {"decision": "back", "note": note, "role": agent}
    if design is None:
        return None
    try:
        return {"decision": "edit", "design": design.read_text("utf-8")}
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--design {design} can't be read: {error}") from error


def _end(outcome: Any, *, as_json: bool) -> None:
    from agent_graph.cli import screen

    screen.outcome(outcome, as_json=as_json)
    raise typer.Exit(CODES[outcome.report.verdict])


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (rerun, resume, history, diff, accept, revert):
        app.command()(command)
    app.command(name="log", help="The same as history.")(history)
