"""One real run, real cell and all, killed several times and resumed to its end: `python -m evals.trust.kills --real`.

It takes minutes, so it stands beside the table. The search for an estimator ends by the clock, so what was tuned, and
every number that follows from it, may differ from an undisturbed run; designs and rendered files may not.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from random import Random

from evals.trust.ground import STATEMENT
from evals.trust.ground.nest import ROOT
from evals.trust.kills.measure import SEED
from evals.trust.lines import Line, timed

DATA = ROOT / "evals" / "data" / "telco_churn.csv"
KILLS, BETWEEN_S = 5, (3.0, 25.0)
MEASURED = ("config/tuned.json", "model_card.md", "README.md")  # hold measured numbers, as reports/ does


def main(words: list[str]) -> int:
    """Run it and say what came of it; 1 when it isn't as it has to be."""
    if words != ["--real"]:
        print(
            "python -m evals.trust.kills --real; everything else is python -m evals.trust kills",
            file=sys.stderr,
        )
        return 2
    line = real()
    print(f"{line.what}: {line.verdict}, {line.seconds:.0f} s, {line.figures}", *line.faults, sep="\n")
    return int(line.verdict != "passed")


def real() -> Line:
    """The line: a run killed at random moments ends proven, with the files of an undisturbed one."""
    line = Line("kills", f"a real run, killed {KILLS} times at random and resumed, ends proven")
    with tempfile.TemporaryDirectory(prefix="agent-graph-kills-real-") as folder, timed(line):
        disturbed, alone = Path(folder) / "killed", Path(folder) / "alone"
        killed = _killed(disturbed)
        undisturbed = _begin(alone, NEW).wait()
        verdict, expected = _verdict(disturbed), _verdict(alone)
        line.saw("verdict", None if (verdict, expected) == ("proven", "proven") else f"{verdict}, alone {expected}")
        for what, of in (("files", _files), ("designs", _designs)):
            theirs, ours = of(disturbed), of(alone)
            other = sorted(name for name in {*theirs, *ours} if theirs.get(name) != ours.get(name))
            line.saw(what, f"{len(other)} differ: {', '.join(other[:5])}" if other or not ours else None)
        line.figures = (
            f"killed {killed} times, undisturbed run ended with {undisturbed}; not compared: {MEASURED}, reports/"
        )
    return line


NEW = ("new", STATEMENT, "--data", str(DATA), "--name", "telco", "--target", "churn", "--budget", "3s", "--yes")


def _begin(home: Path, words: tuple[str, ...]) -> subprocess.Popen[bytes]:
    home.mkdir(parents=True, exist_ok=True)
    cache = str(ROOT / "generated" / ".agent-graph" / "cache")  # the runtime; baselines are keyed by content
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AGENT_GRAPH_CACHE": cache}
    line = [sys.executable, "-c", "from agent_graph.cli import main; main()", *words]
    said = (home / "said").open("ab")
    return subprocess.Popen(line, cwd=home, env=environment, stdout=said, stderr=said, start_new_session=True)


def _killed(home: Path) -> int:
    """Start, kill, resume … and let the last one end; how often it was killed."""
    chance, killed, words = Random(SEED), 0, NEW  # noqa: S311 - of moments
    while True:
        process = _begin(home, words)
        if killed == KILLS:
            process.wait()
            return killed
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(*BETWEEN_S))
            return killed  # it ended before
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        killed += 1
        words = ("resume", "telco") if (home / "generated/.agent-graph/runs/telco/run.json").is_file() else NEW
        time.sleep(1)  # a killed supervisor leaves no process after that


def _verdict(home: Path) -> str:
    path = home / "generated/telco/reports/execution_report.json"
    return str(json.loads(path.read_text("utf-8"))["verdict"]) if path.is_file() else "no report"


def _files(home: Path) -> dict[str, str]:
    """Blobs of the project's last commit, but what holds measured numbers."""
    line = ["git", "-C", str(home / "generated/telco"), "ls-tree", "-r", "HEAD"]
    entries = subprocess.run(line, capture_output=True, text=True, check=False).stdout.splitlines()
    found = {entry.partition("\t")[2]: entry.split()[2] for entry in entries}
    return {name: blob for name, blob in found.items() if name not in MEASURED and not name.startswith("reports/")}


def _designs(home: Path) -> dict[str, str]:
    path = home / "generated/.agent-graph/runs/telco/revisions/0001/designs.json"
    known = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return {name: json.dumps(design, sort_keys=True) for name, design in known.items()}
