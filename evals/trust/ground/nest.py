"""A process from which victims are forked, everything imported, and the one that asks it.

Asked on standard input, one line each, it writes a JSON line for what became of each; no thread is started before a
fork.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from evals.trust.ground.apart import live

ROOT = Path(__file__).resolve().parents[3]
LANES = 2  # of victims, side by side


def heard(module: str, lines: Sequence[str], *words: str) -> Iterator[dict[str, Any]]:
    """What the nest `module` tells of these lines, as it happens; its stderr is ours to see."""
    single = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", module, *words]
    with tempfile.TemporaryFile("w+") as given:
        given.write("\n".join(lines))
        given.seek(0)
        with subprocess.Popen(
            command, cwd=ROOT, env=os.environ | single, stdin=given, stdout=subprocess.PIPE
        ) as process:
            try:
                for line in process.stdout or ():
                    yield json.loads(line)
            finally:
                process.terminate()


def asked() -> list[str]:
    """In the nest: the lines that it was asked."""
    return [line.strip() for line in sys.stdin if line.strip()]


def lanes(work: Callable[[int], object]) -> NoReturn:
    """In the nest: each lane's work in a fork of its own; ends the nest, with 1 when a lane failed."""
    children = [os.fork() or live(partial(work, number)) for number in range(LANES)]
    codes = [os.waitpid(pid, 0)[1] for pid in children]
    sys.exit(int(any(codes)))


def tell(facts: Mapping[str, Any]) -> None:
    """In a lane: one line to whoever asked."""
    os.write(1, (json.dumps(facts) + "\n").encode())  # one write: lanes share the pipe


@contextmanager
def in_memory(prefix: str) -> Iterator[Path]:
    """A folder in memory where there is room, for 300 syncs a run are slow on a disk and nothing to a kill."""
    memory = Path("/dev/shm")  # noqa: S108 - ours alone, by mkdtemp
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**31
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=memory if roomy else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
