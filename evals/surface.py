"""Every option there is, in a project, judged by its own check: `make surface`; what was run, and what couldn't be.

The project is the good one of `evals.trust`, made once. For an option that isn't a default its files are rendered again
beside it; then the gate of the role that owns the choice measures them, with what the gates before it left. What passed
is kept by content, and isn't measured twice.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agent_graph import register
from agent_graph.artifacts import Check, Stack
from agent_graph.errors import AgentGraphError, BadInput
from agent_graph.option import Option
from agent_graph.proof import gates
from agent_graph.roles import BY_NAME
from agent_graph.settings import settings
from agent_graph.state import gate_of
from evals.stacks import stack_of
from evals.trust.projects.good import DATA, Ground, ground, rebuilt

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "evals" / "results" / "surface.md"
SOURCES = ("agent_graph", "templates", "prompts")
OPTIONS = ROOT / "agent_graph" / "options"
SHOWN = 300  # signs of what a check said
MARKS = {"passed": "[green]passed[/]", "failed": "[red]failed[/]", "not checked": "[yellow]not checked[/]"}


@dataclass(frozen=True)
class Row:
    """What became of one option."""

    option: str  # as `--set` writes it
    verdict: str  # passed, failed, not checked
    how: str  # run, validated, not here
    tool: str
    seconds: float
    seen: str  # checks and what they said, or the reason


Judge = Callable[[Option], tuple[tuple[Check, ...], float]]  # the checks of its owner's gate, and seconds


def main(words: Sequence[str]) -> int:
    """Judge all options, or those that are named (`serving=bentoml`); 1 if one failed, 2 for a word that is none."""
    known = {_written(option): option for option in register.options().values()}
    if strange := set(words) - known.keys():
        print(f"no such option: {', '.join(sorted(strange))}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    console = Console()
    rows = list(judged([known[word] for word in words or known], _measured))
    rows += [] if words else [_broken(each) for each in register.broken()]
    console.print(table(rows))
    if not words:
        RESULTS.write_text(markdown(rows), encoding="utf-8")
    return int(any(row.verdict == "failed" for row in rows))


def judged(options: Sequence[Option], judge: Judge) -> Iterator[Row]:
    """A row for each, from the cache where the same content has passed."""
    folder = settings().cache_dir / "surface"
    folder.mkdir(parents=True, exist_ok=True)
    for option in options:
        kept = folder / f"{option.choice}-{option.name}-{key(option)}.json"
        if kept.is_file():
            yield Row(**json.loads(kept.read_text("utf-8")))
            continue
        row = _judged(option, judge)
        if row.verdict == "passed":  # what failed, or couldn't be checked here, is tried again
            kept.write_text(json.dumps(asdict(row)), encoding="utf-8")
        yield row


def _judged(option: Option, judge: Judge) -> Row:
    began = time.monotonic()
    try:
        checks, seconds = judge(option)
    except AgentGraphError as error:
        return Row(
            _written(option), "not checked", "not here", option.tool, time.monotonic() - began, _short(str(error))
        )
    return verdict(option, checks, seconds)


def verdict(option: Option, checks: Sequence[Check], seconds: float) -> Row:
    """What its owner's gate says of an option: by the checks of option and choice, or by all where it brings none."""
    names = {*option.checks, *register.choices()[option.choice].checks}
    own = [check for check in checks if check.name in names] or list(checks)
    failed = [check for check in checks if check.verdict == "failed"]
    passed = [check for check in own if check.verdict == "passed"]
    if failed:
        seen = "; ".join(f"{check.name}: {check.evidence}" for check in failed)
        return Row(_written(option), "failed", option.shown_by, option.tool, seconds, _short(seen))
    if not passed:
        seen = "; ".join(f"{check.name}: {check.evidence}" for check in own) or "no check looked at it"
        return Row(_written(option), "not checked", "not here", option.tool, seconds, _short(seen))
    seen = ", ".join(check.name for check in passed[:4]) + (f" and {len(passed) - 4} more" if len(passed) > 4 else "")
    left = [check.name for check in own if check.verdict == "not_checked"]
    seen += f"; not checked: {', '.join(left)}" if left else ""
    return Row(_written(option), "passed", option.shown_by, option.tool, seconds, _short(seen))


def _measured(option: Option) -> tuple[tuple[Check, ...], float]:
    """The gate at which the choice is shown, on the good project with this option."""
    role = register.choices()[option.choice].gate
    if _default(option):  # the good project's own run measured it
        result = _good().state[gate_of(role)]
        return result.checks, result.seconds
    with _good().bench(role) as bench:
        rebuilt(_good(), bench, role, _stack(option))
        began = time.monotonic()
        return gates.judge_of(BY_NAME[role])(bench), time.monotonic() - began


@cache
def _good() -> Ground:
    return ground()


def _stack(option: Option) -> Stack:
    """The defaults with this option; where it needs what they don't give, with the first other option that gives it."""
    try:
        return stack_of(**{option.choice: option.name})
    except BadInput as reason:
        for other in register.options().values():
            if other.choice != option.choice and other.gives & option.needs:
                return stack_of(**{option.choice: option.name, other.choice: other.name})
        raise reason


def key(option: Option) -> str:
    """SHA-256 of all that its verdict depends on: data, our sources but for options, and the options of its stack."""
    total = hashlib.sha256(DATA.read_bytes() + option.origin.encode())
    try:
        chosen = register.chosen(_stack(option))
    except AgentGraphError:
        chosen = (option,)
    folders = {option.folder: None} | {each.folder: None for each in chosen}
    files = [path for source in SOURCES for path in (ROOT / source).rglob("*") if not _of_an_option(path)]
    for path in sorted({*files, *(path for folder in folders for path in folder.rglob("*"))}):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(f"{path}\0".removeprefix(str(ROOT)).encode() + path.read_bytes())
    return total.hexdigest()[:16]


def _of_an_option(path: Path) -> bool:
    """Whether it lies in one option's folder; what a choice's options share doesn't."""
    parts = path.relative_to(OPTIONS).parts if path.is_relative_to(OPTIONS) else ()
    return len(parts) > 1 and (parts[0], parts[1]) in register.options()


def _default(option: Option) -> bool:
    return register.choices()[option.choice].default == option.name


def _written(option: Option) -> str:
    return f"{option.choice}={option.name}"


def _broken(found: register.Broken) -> Row:
    return Row(f"{found.name} ({found.origin})", "failed", "not here", "", 0.0, _short(found.why))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 2]} …"


def table(rows: Sequence[Row]) -> Table:
    """For the terminal."""
    made = Table("option", "verdict", "how", "by", "s", "what was seen")
    for row in rows:
        made.add_row(row.option, MARKS[row.verdict], row.how, row.tool, f"{row.seconds:.0f}", row.seen)
    return made


def markdown(rows: Sequence[Row]) -> str:
    """For evals/results/surface.md."""
    head = (
        "# Surface\n\nEvery option of the stack in a project, judged at the gate that shows its choice.\n"
        "Made by `make surface`. `run`: its tool did the work here; `validated`: its files are what its tool takes.\n\n"
        "| option | verdict | how | by | s | what was seen |\n|---|---|---|---|---:|---|\n"
    )
    cells = [(r.option, r.verdict, r.how, r.tool, f"{r.seconds:.0f}", r.seen.replace("|", "\\|")) for r in rows]
    return head + "\n".join(f"| {' | '.join(each)} |" for each in cells) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
