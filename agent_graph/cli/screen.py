"""What a person sees: live progress at a terminal, plain lines elsewhere, tables at the end."""

from __future__ import annotations

import json
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agent_graph import runner
from agent_graph.artifacts import PLAYBOOK_AUTHOR, Check, Event, ExecutionReport, Offer
from agent_graph.cli.board import Board
from agent_graph.errors import one_line
from agent_graph.runner.words import (
    asked,
    built_with_words,
    comparison_words,
    decision_words,
    note_rows,
    promise_words,
    score_line,
    unheard,
)

LONGEST_WHY = 300  # signs of why a check failed
MARKS = {"passed": "[green]passed[/]", "failed": "[bold red]FAILED[/]", "not_checked": "[yellow]not checked[/]"}


@dataclass(frozen=True)
class Voice:
    """Tells a person what happens; `aside` is quiet while they are asked something."""

    hear: Callable[[Event], None]
    aside: Callable[[], AbstractContextManager[None]] = nullcontext

    def __call__(self, event: Event) -> None:
        """Tell one event."""
        self.hear(event)


@contextmanager
def progress(*, as_json: bool) -> Iterator[Voice]:
    """A voice for a run: a live board at a terminal, a line an event elsewhere, JSON lines on stderr for machines."""
    started = time.monotonic()
    if as_json:
        yield Voice(lambda event: print(json.dumps(vars(event)), file=sys.stderr, flush=True))
    elif sys.stdout.isatty():
        with Board(Console()) as board:
            yield Voice(board.hear, board.aside)
    else:
        yield Voice(lambda event: _line(event, f"{time.monotonic() - started:6.1f} s"))


def recorded(event: Event, *, as_json: bool) -> None:
    """One event of a run that another process makes, or made, with the moment."""
    if as_json:
        print(json.dumps(vars(event)), flush=True)
    else:
        _line(event, time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event.at)))


def _line(event: Event, when: str) -> None:
    if event.stage == "step":
        return
    who = event.role.replace("_", "-") or {"told": "intake"}.get(event.stage, event.stage)
    verdict = f" {event.verdict.replace('_', ' ')}" if event.stage == "check" else ""
    spent = f" ({event.seconds:.1f} s)" if event.seconds >= 0.05 else ""
    why = f": {textwrap.shorten(one_line(event.why), LONGEST_WHY, placeholder=' …')}" if event.why else ""
    print(f"{when}  {who:<15} {one_line(event.text)}{verdict}{spent}{why}", flush=True)


def somebody(*, as_json: bool) -> bool:
    """Whether a person sits at the terminal."""
    return not as_json and sys.stdin.isatty() and sys.stdout.isatty()


def outcome(made: runner.Outcome, *, as_json: bool) -> None:
    """The end of `new`: where it lies, the score, the checks, what to do next."""
    path = Path(made.run.path)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    **made.run.model_dump(),
                    "verdict": made.report.verdict,
                    "guessed": made.guessed,
                    "confidence": made.report.reading.confidence if made.report.reading else None,
                    "reason": made.report.reason,
                    "revision": made.revision,
                    "comparison": made.comparison.model_dump() if made.comparison else None,
                    "notes": [note.model_dump() for note in made.report.notes],
                    "holdout": made.report.proof.model_dump()["holdout"] if made.report.proof else None,
                    "decision": made.report.proof.model_dump().get("decision") if made.report.proof else None,
                    "checks": {v: made.report.count(v) for v in MARKS},
                },
                indent=1,
            )
        )
        return
    console = Console(highlight=False)
    report(made.report, Path(made.run.report).with_suffix(".html"), console)
    if made.revision > 1:
        revision(made, console)
        return
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    console.print(f"\n[bold]The repository:[/] {escape(str(shown))}  ({made.run.seconds:.0f} s)", soft_wrap=True)
    console.print("[bold]Next:[/]", soft_wrap=True)
    console.print(f"  cd {escape(str(shown))} && make run && make test     # its own two commands", soft_wrap=True)
    console.print(f"  git -C {escape(str(shown))} log                      # which agent wrote what", soft_wrap=True)
    console.print(f"  agent-graph report {made.run.name} --open        # the report with its pictures", soft_wrap=True)


def revision(made: runner.Outcome, console: Console) -> None:
    """The end of a rerun: what became of the note, how it compares, how to go back."""
    for agent, words, verdict, evidence in note_rows(made.report):
        console.print(f"  [bold]{escape(verdict)}[/]  {agent}: {escape(words)} ({escape(evidence)})", soft_wrap=True)
    if made.comparison is not None:
        style = {"better": "green", "same": "yellow", "worse": "bold red"}[made.comparison.verdict]
        console.print(f"[{style}]{escape(comparison_words(made.comparison))}[/]", soft_wrap=True)
    looked = made.report.proof.looked if made.report.proof else 0
    console.print(f"\n[bold]Revision {made.revision}[/] ({made.run.seconds:.0f} s); sealed rows scored {looked} times")
    for command, what in (("diff", "what changed"), ("revert", "go back to the one before")):
        console.print(f"  agent-graph {command} {made.run.name}    # {what}", soft_wrap=True)


def report(found: ExecutionReport, page: Path, console: Console | None = None) -> None:
    """A report in a few lines, with every check that did not pass."""
    console = console or Console(highlight=False)
    style = {"proven": "green", "proven for a guess": "bold yellow"}.get(found.verdict, "bold red")
    first, *others = [line for line in (found.question, found.reason) if line]
    console.print(f"\n[{style}]{found.verdict.upper()}[/]  {escape(one_line(first))}", soft_wrap=True)
    for line in [*others, *unheard(found)]:
        console.print(escape(one_line(line)), soft_wrap=True)
    if found.stack:
        console.print(f"[bold]Built with:[/] {escape(built_with_words(found.stack))}", soft_wrap=True)
    if found.proof and found.proof.holdout:
        console.print(f"[bold]Score:[/] {escape(score_line(found.proof.holdout))}", soft_wrap=True)
    for line in decision_words(found.proof.decision if found.proof else None):
        console.print(f"[bold]Decision:[/] {escape(line)}", soft_wrap=True)
    if words := promise_words(found.proof, found.problem):
        console.print(f"[bold]{words[0]}[/] {escape(words[1])}", soft_wrap=True)
    for account in asked(found):
        standing = "its design stands" if account.author != PLAYBOOK_AUTHOR else f"playbook: {account.authorship.why}"  # type: ignore[union-attr]
        console.print(f"  {account.role.replace('_', '-')}: {escape(standing)}", soft_wrap=True)
    counts = ", ".join(f"{found.count(v)} {v.replace('_', ' ')}" for v in MARKS if found.count(v))
    console.print(f"[bold]Checks:[/] {counts}", soft_wrap=True)
    for check in found.checks:
        if check.verdict != "passed":
            console.print(
                f"  {MARKS[check.verdict]}  {check.owner.replace('_', '-')}  {check.name}: "
                f"{escape(check.evidence[:300])}",
                soft_wrap=True,
            )
    for one in found.proof.delivered if found.proof else ():
        told = f"{one.file} (in the repository), {one.rows:,} rows of {one.table}"
        console.print(f"[bold]Predictions:[/] {escape(told)}", soft_wrap=True)
    console.print(f"[bold]Report:[/] {escape(str(page))}", soft_wrap=True)


def runs(found: Sequence[runner.Run]) -> None:
    """All projects, a row each."""
    if not found:
        typer.echo('no projects yet; make one: agent-graph new "…" --data FILE')
        return
    table = Table("name", "status", "question", "started", "seconds", "path", box=None, header_style="bold")
    for run in found:
        asked = escape(one_line(run.question))
        table.add_row(run.name, run.status, asked, run.started, f"{run.seconds:.0f}", escape(run.path))
    Console().print(table)


def offers(found: Sequence[Offer]) -> None:
    """What a project can be built with, a row each; what can't be loaded, with the reason, below."""
    table = Table("choice", "option", "what it is", "needs", "shown by", box=None, header_style="bold")
    for offer in found:
        if not offer.lost:
            name = f"{offer.option} (default)" if offer.default else offer.option
            line = f"{offer.line}, from {offer.origin}" if offer.origin else offer.line
            how = f"{offer.tool}, {offer.shown_by}"
            table.add_row(offer.choice, escape(name), escape(one_line(line)), ", ".join(offer.needs), escape(how))
    Console().print(table)
    for offer in found:
        if offer.lost:
            typer.echo(f"not loaded: {offer.option} of {offer.origin} ({one_line(offer.lost)})", err=True)


def checks(name: str, *, as_json: bool) -> None:
    """Every check of a project with its evidence."""
    found = runner.report(name).checks
    if as_json:
        typer.echo(json.dumps([check.model_dump() for check in found], indent=1))
        return
    table = Table("agent", "check", "verdict", "evidence", box=None, header_style="bold")
    for check in found:
        table.add_row(check.owner.replace("_", "-"), check.name, MARKS[check.verdict], escape(_evidence(check)))
    Console().print(table)


def designs(name: str, *, as_json: bool) -> None:
    """What each agent decided, and why."""
    if as_json:
        values = runner.state(name)
        typer.echo(
            json.dumps(
                {key: value.model_dump(mode="json") for key, value in values.items() if hasattr(value, "decisions")},
                indent=1,
            )
        )
        return
    table = Table("agent", "what", "choice", "why", box=None, header_style="bold")
    for account in runner.report(name).roles:
        for decision in account.decisions:
            table.add_row(
                account.role.replace("_", "-"), escape(decision.what), escape(decision.choice), escape(decision.why)
            )
    Console().print(table)


def files(name: str, *, as_json: bool) -> None:
    """Who owns which file."""
    found = runner.tree(name)
    if as_json:
        typer.echo(json.dumps({file.path: file.owner for file in found if file.owner}, indent=1))
        return
    table = Table("file", "agent", "bytes", box=None, header_style="bold")
    for file in found:
        table.add_row(escape(file.path), file.owner.replace("_", "-") or "you", f"{file.size:,}")
    Console().print(table)


def _evidence(check: Check) -> str:
    return check.evidence if len(check.evidence) <= 200 else check.evidence[:199] + "…"
