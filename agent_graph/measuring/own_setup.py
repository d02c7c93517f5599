"""Does the project's own set-up take its lock? What runs in the cell was installed by uv, `make setup` may use pip.

The two don't agree on what a lock has to hold: uv installs what is written, pip also looks up what each package asks
for, an extra say, and refuses a lock that leaves some of it to the day's newest version. So pip itself is asked, as
the Makefile calls it, outside the cell (which has no network); it only looks (`--dry-run`), and only at wheels.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings
from agent_graph.errors import RuntimeUnavailable
from agent_graph.sandbox import packages
from agent_graph.workspace import write_atomic

NAME = "proof_own_setup"
WORDS = ("--require-hashes", "--only-binary", ":all:")  # how the Makefile calls pip
QUIET = ("--quiet", "--disable-pip-version-check")
CALL = re.compile(r"-m pip install ((?:\S+ )*?)--requirement requirements\.lock(?=[\s;]|$)")
REFUSED = re.compile(r"In --require-hashes mode|DO NOT MATCH THE HASHES|ResolutionImpossible|conflicting dependencies")
NOBODY = re.compile(
    r"Retrying \(|ConnectionError|Connection refused|name resolution|Name or service|timed out|ProxyError|SSLError"
    r"|unreachable|[45]\d\d (?:Client|Server) Error|\(from versions: none\)"
)
PATIENCE_S = 300
FRESH_S = 24 * 3600  # an answer is one of a day: what the registry holds beside the lock changes


class NotAskedError(Exception):
    """pip couldn't be asked, or got no answer; the message says why."""


def judge(bench: Bench) -> list[Check]:
    """One check: passed, failed in pip's own words, or not checked where pip or a registry is missing."""
    findings = Findings("python_pro")
    try:
        fault = refusal(bench.tree, bench.cache, bench.scratch)
    except NotAskedError as error:
        findings.not_checked(NAME, str(error))
        return findings.checks
    findings.add(NAME, fault is None, fault or f"pip of {_python()} takes requirements.lock as `make setup` calls it")
    return findings.checks


def refusal(tree: Path, cache: Path, scratch: Path) -> str | None:
    """What pip says against the lock of a checkout; None when it takes it, which is kept for a day."""
    if not as_told(tree / "Makefile"):
        raise NotAskedError(
            f"the Makefile doesn't call `pip install {' '.join(WORDS)} --requirement requirements.lock`"
        )
    lock = tree / "requirements.lock"
    try:
        text = lock.read_text("utf-8")
        packages.locked(text)  # nothing else is handed to pip: an option in it could send it anywhere
    except (OSError, UnicodeDecodeError, RuntimeUnavailable) as error:
        return str(error)
    known = cache / "accepted" / hashlib.sha256(f"{_python()}\n{text}".encode()).hexdigest()[:16]
    if known.is_file() and 0 <= time.time() - known.stat().st_mtime < FRESH_S:
        return None
    if (said := _asked(text, scratch)) is None:
        write_atomic(known, f"{_python()}\n")
    return said


def as_told(makefile: Path) -> bool:
    """Is what is asked here what the Makefile does?"""
    if not makefile.is_file() or makefile.is_symlink():
        return False
    flat = re.sub(r"\\\n\s*", "", makefile.read_text("utf-8", "replace"))
    calls = [match[1].split() for match in CALL.finditer(flat)]
    return [tuple(word for word in call if word not in QUIET) for call in calls] == [WORDS]


def _asked(text: str, scratch: Path) -> str | None:
    """pip of a fresh environment, as `python -m venv` makes it, in a folder that holds nothing but the lock."""
    with tempfile.TemporaryDirectory(prefix="setup-", dir=scratch, ignore_cleanup_errors=True) as folder:
        lock, python = Path(folder, "requirements.lock"), Path(folder, "venv", "bin", "python")
        lock.write_text(text, "utf-8")
        made = _said([sys.executable, "-I", "-m", "venv", str(python.parents[1])], folder)
        if made is not None:
            raise NotAskedError(f"{_python()} makes no environment with pip here: {made[-300:]}")
        command = [str(python), "-I", "-m", "pip", "install", "--dry-run", *WORDS, "--requirement", str(lock)]
        said = _said([*command, "--no-input", "--progress-bar", "off", "--retries", "2", *QUIET], folder)
    if said is not None and NOBODY.search(said) and not REFUSED.search(said):
        raise NotAskedError(f"no package registry answers pip: {_error(said, folder)}")
    return said and _error(said, folder)


def _said(command: list[str], folder: str) -> str | None:
    """What a program said that failed; None when it succeeded."""
    env = {**os.environ, "TMPDIR": folder}
    try:
        done = subprocess.run(  # noqa: S603 - python and our own words
            command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise NotAskedError(f"pip wasn't done after {PATIENCE_S} s") from error
    return None if done.returncode == 0 else f"{done.stdout}\n{done.stderr}"


def _error(said: str, folder: str) -> str:
    """From pip's first `ERROR:` on, on one line, without addresses: a report doesn't say whose registry was asked."""
    said = re.sub(r"(?: from)? \S+://\S+", "", said).replace(f"{folder}/", "")
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("WARNING")]
    first = next((number for number, line in enumerate(lines) if line.startswith("ERROR")), max(len(lines) - 4, 0))
    return " ".join(lines[first:])[:800]


def _python() -> str:
    return "Python {}.{}.{}".format(*sys.version_info[:3])
