"""The commands that look at projects: the list, a report, designs, checks, files, prompts, what a run tells."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from agent_graph.cli.options import Json, Name


def list_projects(as_json: Json = False) -> None:
    """The projects of this folder, newest first."""
    from agent_graph.cli import screen
    from agent_graph.runner import projects

    runs = projects()
    if as_json:
        typer.echo(json.dumps([run.model_dump() for run in runs], indent=1))
    else:
        screen.runs(runs)


def list_options(as_json: Json = False) -> None:
    """What a project can be built with, and how each option is shown to work."""
    from agent_graph.cli import screen
    from agent_graph.runner import offers

    found = offers()
    if as_json:
        typer.echo(json.dumps([offer.model_dump() for offer in found], indent=1))
    else:
        screen.offers(found)


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


def prompts(
    name: Name,
    role: Annotated[str | None, typer.Argument(help="one role, or intake; else all")] = None,
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


def logs(
    name: Name,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on while the run does")] = False,
    as_json: Json = False,
) -> None:
    """What a project's runs have told, from whatever process they ran in."""
    from agent_graph import runner
    from agent_graph.cli import screen

    for event in runner.events(name, follow=follow):
        screen.recorded(event, as_json=as_json)


def cancel(name: Name) -> None:
    """Stop the run of a project, from another terminal; resume goes on with it."""
    from agent_graph import runner
    from agent_graph.errors import BadInput

    if not runner.cancel(name):
        raise BadInput(f"nobody works on {name} now (status: {runner.project(name).status})")
    while runner.running(name):
        time.sleep(0.1)
    typer.echo(f"{name} has stopped; agent-graph resume {name} goes on")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(name="list")(list_projects)
    app.command(name="options")(list_options)
    for command in (report, show, prompts, logs, cancel):
        app.command()(command)
