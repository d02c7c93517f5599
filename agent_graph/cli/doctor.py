"""What this machine can do, at the terminal."""

from __future__ import annotations

import typer

from agent_graph import runner


def examine(*, as_json: bool) -> int:
    """Print what was found; 0 when a project can be made and proven here, 3 when not."""
    found = runner.machine()
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
        return 0 if found.able else 3
    here = found.chosen in found.cells
    typer.echo(f"sandbox      {found.chosen}, {found.sandbox}" if here else f"sandbox      {found.sandbox}")
    for control, way in found.holds.items():
        typer.echo(f"  {control:<14}{way}")
    for backend, answer in found.cells.items():
        if backend != found.chosen:
            typer.echo(f"  or {backend:<11}{answer}")
    for name, use in runner.TOOLS.items():
        typer.echo(f"{name:<13}{found.tool(name)}: {use}")
    typer.echo(f"reader       {found.reader}")
    typer.echo("This machine can make and prove projects." if found.able else "This machine can't prove projects yet.")
    return 0 if found.able else 3
