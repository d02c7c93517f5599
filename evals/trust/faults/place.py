"""Where a fault is tried: a user's folder, and `agent-graph` as a process of its own in it.

The process is forked, so that what takes long to import is imported once; what would be measured in the cell is a
stand-in (`ground.customers`). Everything else is the program as it is: arguments in, one line and an exit code out.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evals.trust.ground import STATEMENT, customers
from evals.trust.ground.apart import Forked
from evals.trust.ground.edges import at_nodes
from evals.trust.ground.prints import prints

DOCUMENTED = (0, 1, 2, 3, 5, 6, 130)  # 4 is "our own fault": never right here
PATIENCE_S = 60.0
NEW = ("new", STATEMENT, "--target", "churn", "--name", customers.NAME, "--yes", "--budget", "5s")


@dataclass(frozen=True)
class Said:
    """How a process ended and what it said."""

    code: int  # minus the signal's number when it was killed by one
    out: str
    err: str
    seconds: float

    def fault(self, code: int, words: str) -> str | None:
        """What is wrong with an end that should have been one clear line with those words (a pattern)."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        if "Traceback" in self.out + self.err:
            return f"a traceback: {self.err[-300:]}"
        if self.code not in DOCUMENTED or self.code != code:
            return f"exit code {self.code} instead of {code}: {' / '.join(lines)[-300:]}"
        if code and (len(lines) != 1 or not lines[0].startswith("agent-graph: ")):
            return f"{len(lines)} lines instead of one: {' / '.join(lines)[:300]}"
        if code and not re.search(words, lines[0]):
            return f"the line doesn't say {words!r}: {lines[0][:300]}"
        return None


@dataclass
class Ways:
    """What is different for one process."""

    env: Mapping[str, str | None] = field(default_factory=dict)  # None takes a variable away
    before: Callable[[], None] = lambda: None  # called in the process, before the program
    signals: Sequence[tuple[float, int]] = ()  # (seconds since its start, signal)
    node: str = ""  # end by kill -9 before that node


class Place:
    """A folder for one fault, and what is begun or finished in it."""

    def __init__(self, root: Path, kept: Path) -> None:
        self.root, self.kept, self.home = root, kept, root / "home"
        self.seconds = 0.0  # that an undisturbed run takes
        self._mounts: list[Path] = []

    @property
    def project(self) -> Path:
        return self.home / "generated" / customers.NAME

    @property
    def run_folder(self) -> Path:
        return self.home / "generated" / ".agent-graph" / "runs" / customers.NAME

    @property
    def cache(self) -> Path:
        return self.home / "generated" / ".agent-graph" / "cache"

    @property
    def data(self) -> Path:
        return self.kept / "customers.csv"

    def lay(self, what: str) -> None:
        """The home with nothing in it ("fresh"), a run that was killed half-way, or a finished one."""
        self.clear()
        subprocess.run(["cp", "-a", str(self.kept / what), str(self.home)], check=True)

    def clear(self) -> None:
        """Take away what a fault has left, mounts first."""
        for mount in reversed(self._mounts):
            subprocess.run(["umount", "-l", str(mount)], check=False)
        self._mounts.clear()
        for path in self.root.glob("*"):
            subprocess.run(["chmod", "-R", "u+rwX", str(path)], check=False, capture_output=True)
            shutil.rmtree(path, ignore_errors=True)

    def mount(self, *words: str) -> bool:
        """Mount something, the folder last; False where that isn't allowed."""
        done = subprocess.run(["mount", *words], capture_output=True, check=False)
        if done.returncode == 0 and Path(words[-1]) not in self._mounts:
            self._mounts.append(Path(words[-1]))
        return done.returncode == 0

    def new(self, *more: str, ways: Ways | None = None) -> Said:
        """`agent-graph new` on the customers."""
        return self.cli(*NEW, "--data", str(self.data), *more, ways=ways)

    def cli(self, *words: str, ways: Ways | None = None) -> Said:
        """`agent-graph` with these words, to its end."""
        ways, began = ways or Ways(), time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = self.begin(words, ways, out.fileno(), err.fileno())
            for after, number in ways.signals:
                process.ended(began + after - time.monotonic())
                process.signal(number)
            if not (over := process.ended(PATIENCE_S)):
                process.kill()
            code = process.code()
            texts = []
            for stream in (out, err):
                stream.seek(0)
                texts.append(stream.read().decode("utf-8", "replace"))
        return Said(code if over else -999, *texts, time.monotonic() - began)

    def begin(self, words: Sequence[str], ways: Ways, out: int, err: int) -> Forked:
        """Start `agent-graph` with these words, saying what it says to these two."""

        def program() -> None:
            self._become(ways)
            sys.argv = ["agent-graph", *words]
            from agent_graph.cli import main

            main()

        return Forked(program, out, err)

    def _become(self, ways: Ways) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        customers.settle(self.home)
        customers.stand_in()
        for name, value in ways.env.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
        tempfile.tempdir = None
        if ways.node:
            at_nodes({(ways.node, "before")}, self.root / "edges")
        ways.before()


def files(folder: Path) -> dict[str, str]:
    """Every file below the folder, git's own too, but no locks, and no logs of SQLite."""
    return prints(folder, lambda path: path.name.endswith(("lock", "-wal", "-shm")))


def limit_files(size: int) -> Callable[[], None]:
    """No file of the process may grow beyond that many bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
