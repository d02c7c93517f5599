"""One piece of work in a child, forked from a warm server: bounded in time and memory, and seen from outside."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait as ended_within
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

MEMORY = 6 << 30  # bytes of address space; Polars and DuckDB reserve much more than they use
WARM = ("agent_graph.cli.entry", "agent_graph.cli.screen", "agent_graph.cli.wishes", "agent_graph.graph",
        "agent_graph.design.asking", "langgraph.checkpoint.sqlite", "duckdb")  # fmt: skip
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(list(WARM))
STATUS = threading.Lock()  # `start` reads the status of every child; of two who read one at once, one gets 255


@dataclass(frozen=True)
class Ended:
    """How a child ended. `code` is its exit code, minus the signal's number, or None when it hung."""

    code: int | None
    out: str
    err: str
    seconds: float


def run(work: Callable[..., Any], words: Sequence[Any], folder: Path, wait: float, **environment: str) -> Ended:
    """`work(*words)` in a child whose working directory is `folder`."""
    with tempfile.TemporaryDirectory(prefix="trust-child-") as scratch:
        target = Path(scratch)
        process = SERVER.Process(target=_begin, args=(work, tuple(words), folder, target, environment))
        started = time.monotonic()
        with STATUS:
            process.start()
        ended_within([process.sentinel], wait)
        return _ended(process, target, time.monotonic() - started)


def _ended(process: ForkServerProcess, scratch: Path, seconds: float) -> Ended:
    with STATUS:
        code = process.exitcode
        if code is None:
            os.killpg(process.pid or 0, signal.SIGKILL)  # with all that it started
            process.join()
    texts = [(scratch / name).read_text("utf-8", "replace") if (scratch / name).exists() else "" for name in ("o", "e")]
    process.close()
    return Ended(code, *texts, seconds)


def _begin(
    work: Callable[..., Any], words: tuple[Any, ...], folder: Path, scratch: Path, environment: Mapping[str, str]
) -> None:
    os.setsid()
    for number, name in ((1, "o"), (2, "e")):
        os.dup2(os.open(scratch / name, os.O_WRONLY | os.O_CREAT), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in [name for name in os.environ if name.startswith(("AGENT_GRAPH_", "OPENAI_", "GIT_"))]:
        del os.environ[name]
    os.environ.update({"POLARS_MAX_THREADS": "2", "TMPDIR": str(scratch), "HOME": str(scratch), **environment})
    tempfile.tempdir = None
    os.chdir(folder)
    try:
        work(*words)
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()


def command(*words: str) -> None:
    """The program, as the console script runs it."""
    from agent_graph.cli import main

    sys.argv = ["agent-graph", *words]
    main()
