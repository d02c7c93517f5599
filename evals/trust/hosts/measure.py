"""Hosts that can't hold a sandbox, made from this one: the error names the remedy, and nothing was run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from evals.trust.cell.places import CHECKOUT
from evals.trust.lines import Line, Say, timed

CANNOT = 3  # the exit code of MachineCannot
AGENT_GRAPH = str(Path(sys.executable).with_name("agent-graph"))
_LATE_S = 120.0
_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000")  # nobody special, without capabilities
_ROOT = ("unshare", "--user", "--map-root-user")
_AS_USER = 'exec unshare --user --map-user=1000 --map-group=1000 "$@"'
_MASK = "for name in kcore keys timer_list; do [ -e /proc/$name ] && mount --bind /dev/null /proc/$name || true; done; "
_PAYLOAD = """
import json, sys; from pathlib import Path; from agent_graph.sandbox import Sandbox
runtime, run, marker, backend = sys.argv[1:]
try: Sandbox(Path(runtime), run_dir=Path(run), backend=backend).run(["touch", marker]); said = ["it ran", ""]
except Exception as problem: said = [type(problem).__name__, str(problem)]
print(json.dumps(said))
"""


@dataclass(frozen=True)
class Host:
    """`become` goes before a command; `cause` is what bubblewrap says there, `remedy` what we have to say."""

    name: str
    become: tuple[str, ...]
    cause: str
    remedy: str


def hosts() -> tuple[Host, ...]:
    """The four, as this user can make them."""
    weak = (
        ("setpriv", "--bounding-set=-sys_admin")
        if os.geteuid() == 0
        else (*_ROOT, "setpriv", "--bounding-set=-sys_admin")
    )
    none_left = f"echo 1 > /proc/sys/user/max_user_namespaces && {_AS_USER}"  # that one, and none below it
    filtered = (*_USER, sys.executable, "-m", "evals.trust.hosts.filter")
    return (
        Host(
            "no user namespaces", (*_ROOT, "sh", "-c", none_left, "sh"), "namespace", "user.max_user_namespaces=15000"
        ),
        Host("a container's system call filter", filtered, "No permissions", "seccomp=unconfined"),
        Host(
            "a masked /proc",
            (*_ROOT, "--mount", "sh", "-c", _MASK + _AS_USER, "sh"),
            "mount proc",
            "systempaths=unconfined",
        ),
        Host("root without CAP_SYS_ADMIN", weak, "Operation not permitted", "CAP_SYS_ADMIN"),
    )


def run(sample: bool, say: Say) -> list[Line]:
    """One line for each host."""
    with ThreadPoolExecutor(2) as pool:
        lines = list(pool.map(lambda host: _line(host, sample), hosts()))
    say(f"hosts that refused: {sum(line.verdict == 'passed' for line in lines)} of {len(lines)}")
    return lines


def _line(host: Host, sample: bool) -> Line:
    line = Line("hosts", f"{host.name}: nothing runs, the remedy is named")
    with timed(line), tempfile.TemporaryDirectory(prefix="agent-graph-host-") as folder:
        if (made := _ask(host, ["true"], Path(folder))).returncode:
            line.reason = f"this machine can't act as one: {made.stderr.strip()[-150:]}"
            return line
        _library(host, Path(folder), line, sample)
        _doctor(host, Path(folder), line)
        if not sample:
            _new(host, Path(folder), line)
    return line


def _ask(host: Host, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "1000"}
    words = [*host.become, *command]
    try:
        return subprocess.run(words, capture_output=True, text=True, cwd=folder, env=env, timeout=_LATE_S, check=False)
    except OSError as problem:  # no such tool here
        return subprocess.CompletedProcess(words, 127, "", str(problem))


def _library(host: Host, folder: Path, line: Line, sample: bool) -> None:
    """The payload's marker never appears; it does where no sandbox is asked for, so it would be seen."""
    marker, control = folder / "marker", folder / "control"
    for path, backend in ((marker, "bwrap"), (control, "none"))[: 1 if sample else 2]:
        words = [sys.executable, "-c", _PAYLOAD, sys.prefix, str(folder / "run"), str(path), backend]
        ended = _ask(host, words, folder)
        if ended.returncode:
            line.saw(f"library, {backend}", ended.stderr[-300:])
            continue
        kind, text = json.loads(ended.stdout)
        if backend == "bwrap":
            told = kind == "SandboxUnavailable" and "\n" not in text and _explains(host, text)
            line.saw("library", None if told else f"{kind}: {text}")
            line.saw("payload", "it ran: its marker is there" if marker.exists() else None)
        else:
            line.saw("control without a sandbox", None if control.exists() else f"no marker: {kind} {text}")


def _doctor(host: Host, folder: Path, line: Line) -> None:
    ended = _ask(host, [AGENT_GRAPH, "doctor"], folder)
    fault = None if ended.returncode == CANNOT and _explains(host, ended.stdout) else ended.stdout + ended.stderr
    line.saw("doctor", fault and f"exit code {ended.returncode}: {fault[-400:]}")


def _new(host: Host, folder: Path, line: Line) -> None:
    """A project is refused before it is begun."""
    rows = "\n".join(f"{number % 7},{'xyz'[number % 3]},{number % 2}" for number in range(300))
    (folder / "table.csv").write_text(f"a,b,y\n{rows}\n")
    words = ["new", "Predict y from a and b", "--data", "table.csv", "--target", "y", "--out", "project", "--yes"]
    ended = _ask(host, [AGENT_GRAPH, *words], folder)
    said = ended.stdout + ended.stderr
    good = ended.returncode == CANNOT and "NOT run" in said and _explains(host, said)
    line.saw("new", None if good else f"exit code {ended.returncode}: {said[-400:]}")
    line.saw("project", f"{sorted(os.listdir(folder / 'project'))} is there" if (folder / "project").exists() else None)


def _explains(host: Host, text: str) -> bool:
    return host.cause in text and host.remedy in text.partition("Remedy: ")[2]
