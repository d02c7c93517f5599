"""Bad and hostile input: each ends in one clear line and a documented exit code, with no file left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from evals.trust.ground import child
from evals.trust.ground.child import Ended
from evals.trust.ground.prints import difference, prints
from evals.trust.inputs import data, fuzz, words
from evals.trust.inputs.case import Case, wrong
from evals.trust.lines import Line, Say, timed

WAIT = 40.0  # seconds one input may take; most take half a second
BAD = (*data.FILES, *data.TABLES, *words.CASES)
STRANGE = data.ACCEPTED
COLD = 120.0  # the same for a process that has yet to load everything
MUTANTS, FEW_MUTANTS = 2_000, 300
EVERY = 5  # in a sample, every fifth case
PROGRAM = "from agent_graph.cli import main; main()"


def run(sample: bool, say: Say) -> list[Line]:
    """Every bad input, some again as processes of their own, and mutants of valid files."""
    bad = BAD[::EVERY] if sample else BAD
    return [
        attempted("bad inputs: one clear line, nothing left", bad, say),
        attempted("strange tables that are read all the same", STRANGE[::EVERY] if sample else STRANGE, say),
        alike(bad[3 :: len(bad) // (2 if sample else 5)]),
        *fuzz.both(FEW_MUTANTS if sample else MUTANTS, say),
    ]


def attempted(what: str, cases: tuple[Case, ...], say: Say) -> Line:
    """The line of some cases, two at a time."""
    with timed(Line("inputs", what)) as line, ThreadPoolExecutor(2) as pool:
        for case, fault in zip(cases, pool.map(fault_of, cases), strict=True):
            line.saw(case.name, fault)
            if line.of % 40 == 0:
                say(f"{line.of} of {len(cases)} inputs, {len(line.faults)} faults")
    return line


def fault_of(case: Case) -> str | None:
    """Give one input to the program in a child; None when it ended as it has to."""
    with tempfile.TemporaryDirectory(prefix="trust-input-") as name, tempfile.TemporaryDirectory() as cache:
        folder = Path(name)
        words = case.make(folder)
        before = prints(folder)
        ended = child.run(child.command, words, folder, WAIT, **_environment(case, cache))
        after = prints(folder)
    if fault := wrong(case, ended.code, ended.out, ended.err):
        return fault
    changed = difference(before, after)
    return f"left or changed: {changed}" if changed else None


def alike(cases: tuple[Case, ...]) -> Line:
    """A handful as real processes: what a child of the warm server said must be what the program says."""
    with timed(Line("inputs", "the same as processes of their own")) as line, ThreadPoolExecutor(2) as pool:
        processes = pool.map(lambda case: _ended(case, real=True), cases)
        for case, process in zip(cases, processes, strict=True):
            forked = _ended(case, real=False)
            same = (forked.code, forked.err) == (process.code, process.err)
            line.saw(case.name, None if same else f"{forked.code} {forked.err!r}, but {process.code} {process.err!r}")
    return line


def _ended(case: Case, *, real: bool) -> Ended:
    with tempfile.TemporaryDirectory(prefix="trust-input-") as name, tempfile.TemporaryDirectory() as cache:
        folder, environment = Path(name) / "at", _environment(case, cache)
        folder.mkdir()
        words = case.make(folder)
        if not real:
            ended = child.run(child.command, words, folder, WAIT, **environment)
        else:
            line = [sys.executable, "-c", PROGRAM, *words]
            known = {"PATH": os.environ["PATH"], "HOME": cache, **environment}
            try:
                done = subprocess.run(line, cwd=folder, env=known, capture_output=True, text=True, timeout=COLD)
                ended = Ended(done.returncode, done.stdout, done.stderr, 0.0)
            except subprocess.TimeoutExpired:
                ended = Ended(None, "", "", COLD)
        return Ended(ended.code, "", ended.err.replace(str(folder), "<folder>"), 0.0)


def _environment(case: Case, cache: str) -> dict[str, str]:
    """No case comes to the sandbox, so that it is the same where there is none; caches lie outside the folder."""
    return {"AGENT_GRAPH_SANDBOX": "none", "AGENT_GRAPH_CACHE": cache, **case.environment}
