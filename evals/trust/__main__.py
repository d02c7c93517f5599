"""The table: `python -m evals.trust` (all), `--sample` (what CI runs), or the names of parts."""

from __future__ import annotations

import importlib
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals.trust.lines import Line

PARTS = ("cell", "guards", "hosts", "projects", "kills", "faults", "inputs", "supply")
LONGER = {"every_project": "projects.every"}  # only when it is named
SAMPLE, HELP = "--sample", ("-h", "--help")
USAGE = f"""python -m evals.trust [{SAMPLE}] [PART…], or make trust PARTS="PART…"
parts, all of them where none is named: {", ".join(PARTS)}
only when it is named: {", ".join(LONGER)}
{SAMPLE}: a part of each, as CI runs it
All parts, whole, also write evals/results/trust.md."""
RESULTS = Path(__file__).resolve().parents[1] / "results" / "trust.md"
MARKS = {"passed": "[green]passed[/]", "failed": "[red]failed[/]", "not checked": "[yellow]not checked[/]"}


def main(words: list[str]) -> int:
    """Runs the parts, prints and writes the table; 1 if a line failed, 2 for a word that is none of the usage's."""
    if set(words) & {*HELP}:
        print(USAGE)
        return 0
    if unknown := [word for word in words if word not in (*PARTS, *LONGER, SAMPLE)]:
        there = ", ".join((*PARTS, *LONGER))
        print(f"no such part: {', '.join(unknown)}; there are {there}, and {SAMPLE}", file=sys.stderr)
        return 2
    sample = SAMPLE in words
    chosen = [word for word in words if word != SAMPLE] or list(PARTS)
    console = Console()
    began = time.monotonic()
    lines: list[Line] = []
    with nullcontext() if sample or "projects" not in chosen else _good_project_ahead():
        for part in chosen:
            console.print(f"[dim]{time.monotonic() - began:5.0f} s[/] {part}")
            measure = importlib.import_module(f"evals.trust.{LONGER.get(part, f'{part}.measure')}").run
            lines += measure(sample, lambda text: console.print(f"        {text}"))
    seconds = time.monotonic() - began
    console.print(table(lines))
    for line in lines:
        for fault in line.faults:
            console.print(f"{line.part}, {line.what}: {fault}", markup=False, highlight=False)
    console.print(f"{seconds:.0f} s")
    if not sample and tuple(chosen) == PARTS:
        RESULTS.write_text(markdown(lines, seconds), encoding="utf-8")
    return int(any(line.verdict == "failed" for line in lines))


def _good_project_ahead() -> AbstractContextManager[None]:
    from evals.trust.projects.good import ahead  # loads all of the product, which other parts don't need

    return ahead()


def table(lines: list[Line]) -> Table:
    """For the terminal."""
    made = Table("part", "what", "held", "of", "verdict", "s", "also measured")
    for line in lines:
        words = (line.part, line.what, str(line.held), str(line.of), MARKS[line.verdict], f"{line.seconds:.0f}")
        made.add_row(*words, line.reason or line.figures)
    return made


def markdown(lines: list[Line], seconds: float) -> str:
    """For evals/results/trust.md."""
    head = "# Trust\n\nMade by `make trust`.\n\n| part | what | held | of | verdict | s | also measured |\n"
    rows = [
        f"| {line.part} | {line.what} | {line.held} | {line.of} | {line.verdict} | {line.seconds:.0f} "
        f"| {line.reason or line.figures} |"
        for line in lines
    ]
    faults = [f"- {line.part}, {line.what}: {fault}" for line in lines for fault in line.faults]
    tail = "\n\nNot held:\n\n" + "\n".join(faults) if faults else ""
    return head + "|---|---|---:|---:|---|---:|---|\n" + "\n".join(rows) + f"\n\n{seconds:.0f} s in all.{tail}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
