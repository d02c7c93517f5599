"""Revisions at the terminal: the history, and two of them side by side."""

from __future__ import annotations

from collections.abc import Sequence

import typer
from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from agent_graph.runner import Difference, Revision
from agent_graph.runner.words import comparison_words, number

LONGEST = 300  # characters of one side of a decision


def history(found: Sequence[Revision]) -> None:
    """A row a revision."""
    if not found:
        typer.echo("no revision yet; agent-graph resume finishes the run")
        return
    table = Table("rev", "agent", "why", "by", "verdict", "score", "checks", "tokens", "seconds", "made", box=None)
    for each in found:
        table.add_row(
            str(each.number),
            each.role.replace("_", "-") or "all",
            escape(why(each)),
            escape(each.author),
            each.verdict,
            score(each),
            f"{each.checks_passed} passed, {each.checks_failed} failed",
            f"{each.usage.tokens:,}",
            f"{each.seconds:.0f}",
            each.created,
        )
    Console().print(table)
    typer.echo(f"the sealed rows were scored {found[-1].looked} times")


def why(revision: Revision) -> str:
    """What a revision was made for."""
    if revision.reverted_to is not None:
        return f"as revision {revision.reverted_to}"
    beside = f" (beside revision {revision.alternative_to})" if revision.alternative_to is not None else ""
    return (revision.note or ("first run" if revision.number == 1 else "")) + beside


def score(revision: Revision) -> str:
    """The score of the sealed rows with its standard error."""
    if revision.score is None:
        return "none"
    noise = f" ± {number(revision.score_noise)}" if revision.score_noise is not None else ""
    return f"{revision.metric} {number(revision.score)}{noise}"


def difference(found: Difference, *, code: bool) -> None:
    """Score, decisions, checks and files of two revisions, side by side."""
    console = Console(highlight=False)
    before, after = found.before, found.after
    head = Table("", f"revision {before.number}", f"revision {after.number}", box=None, header_style="bold")
    for what, show in (("made for", why), ("score", score), ("verdict", lambda each: each.verdict)):
        head.add_row(what, escape(show(before)), escape(show(after)))
    console.print(head)
    if found.comparison is not None:
        console.print(escape(comparison_words(found.comparison)), soft_wrap=True)
    for title, rows in (("decisions", found.decisions), ("checks", found.checks)):
        if rows:
            table = Table("agent", title, f"revision {before.number}", f"revision {after.number}", header_style="bold")
            for row in rows:
                sides = (_short(side) for side in (row.before, row.after))
                table.add_row(row.role.replace("_", "-"), escape(row.what), *map(escape, sides))
            console.print(table)
    files = Table("agent", "file", "", "lines", box=None, header_style="bold")
    for file in found.files:
        lines = "binary" if file.added is None else f"+{file.added} -{file.removed}"
        files.add_row(file.owner.replace("_", "-") or "you", escape(file.path), file.kind, lines)
    console.print(files if found.files else "no file differs")
    if code:
        for file in found.files:
            console.print(Syntax(file.text, "diff", word_wrap=True))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
