"""A bad input as a user would give it, and what has to come of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evals.trust.ground import STATEMENT

LONGEST_LINE = 1_000  # signs of a line that a person still reads


@dataclass(frozen=True)
class Case:
    """`make` lays out files in an empty folder and gives the words of the command line.

    The one line has to name the thing and the remedy: both are patterns. Of an input that is none too bad (`code` 0)
    what is printed has to hold them.
    """

    name: str
    make: Callable[[Path], Sequence[str]]
    thing: str
    remedy: str
    code: int = 2
    environment: Mapping[str, str] = field(default_factory=dict)


def table(rows: int = 120, **columns: Callable[[int], object]) -> str:
    """CSV of customers of whom some left; `columns` adds to these or replaces them, a value a row."""
    known: dict[str, Callable[[int], object]] = {
        "tenure": lambda k: k * 37 % 61,
        "plan": lambda k: "abc"[k * 7 % 3],
        "bill": lambda k: (k * 53 % 97) / 2,
        "churn": lambda k: "yes" if k * 37 % 61 < 25 else "no",
    }
    known |= columns
    lines = [",".join(known), *(",".join(str(value(k)) for value in known.values()) for k in range(rows))]
    return "\n".join(lines) + "\n"


def new(*more: str, data: str | None = "customers.csv", statement: str = STATEMENT) -> list[str]:
    """The command line of a new project; what comes later wins."""
    return ["new", statement, "--yes", "--budget", "5s", *(["--data", data] if data else []), *more]


def given(content: str | bytes, *more: str, name: str = "customers.csv") -> Callable[[Path], Sequence[str]]:
    """A case of one data file."""

    def make(folder: Path) -> Sequence[str]:
        write(folder / name, content)
        return new(*more, data=name)

    return make


def only_read(content: str, *more: str) -> Callable[[Path], Sequence[str]]:
    """A case of one data file of which no project is made."""

    def make(folder: Path) -> Sequence[str]:
        write(folder / "customers.csv", content)
        return ["read", STATEMENT, "--data", "customers.csv", *more]

    return make


def asked(*more: str, statement: str = STATEMENT) -> Callable[[Path], Sequence[str]]:
    """A case whose data are fine and whose words are not."""

    def make(folder: Path) -> Sequence[str]:
        write(folder / "customers.csv", table())
        return new(*more, statement=statement)

    return make


def write(path: Path, content: str | bytes) -> None:
    """Text or bytes as a file."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))


def wrong(case: Case, code: int | None, out: str, err: str) -> str | None:
    """What isn't as it has to be, in words; None when all is."""
    if code is None:
        return "hangs"
    if code < 0:
        return f"killed by signal {-code}"
    lines = [line for line in err.splitlines() if line.strip()]
    if "Traceback" in out + err:
        return f"a traceback: {lines[-1][:200]}"
    if code != case.code:
        return f"exit code {code}, not {case.code}: {err.strip()[:300]}"
    if code == 0:
        return _unsaid(case, out)
    if len(lines) != 1 or not lines[0].startswith("agent-graph: "):
        return f"{len(lines)} lines on stderr: {err.strip()[:300]}"
    line = lines[0]
    if len(line) > LONGEST_LINE or not line.isprintable():
        return f"a line of {len(line)} signs, or with signs that steer a terminal: {line[:300]!r}"
    return _unsaid(case, line)


def _unsaid(case: Case, text: str) -> str | None:
    for what, pattern in (("thing", case.thing), ("remedy", case.remedy)):
        if not re.search(pattern, text):
            return f"no {what} ({pattern}) in {text[:300]!r}"
    return None
