"""The supply chain: what a generated project is installed with, under which licences, and whose programs git runs."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agent_graph.errors import AgentGraphError
from agent_graph.proof.supply import NotAskedError, vulnerabilities
from agent_graph.resources import resource
from agent_graph.sandbox import build_runtime, packages
from agent_graph.settings import settings
from agent_graph.writing.packages import WHOLE
from evals.trust.lines import Line, Say, timed
from evals.trust.supply import locks, repositories

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / "generated" / ".agent-graph" / "cache"  # where runs of this checkout have it, too
LOCK = resource("templates") / WHOLE
PERMISSIVE = {"MIT", "MIT-0", "MIT-CMU", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Clear", "0BSD", "Apache-2.0",
              "ISC", "PSF-2.0", "Zlib", "CC0-1.0"}  # fmt: skip
WEAK_COPYLEFT = {"MPL-2.0"}  # of single files, used unchanged
HOSTS = re.compile(
    r"(?:--(?:extra-)?index-url|--find-links|index-url|find-links)\s*[= ]\s*\S+"
    r"|(?:https?://|file:/)[^\s\"'<>)`]*(?:/simple\b|pythonhosted|artifactory|/opt/pypi|/opt/wh)"
)
METADATA = """
import json, importlib.metadata as m
print(json.dumps([[d.metadata["Name"], d.version, d.metadata.get("License-Expression") or "",
                   (d.metadata.get("License") or "").strip().split("\\n")[0][:60],
                   [c.split(" :: ")[-1] for c in d.metadata.get_all("Classifier") or [] if c.startswith("License")]]
                  for d in m.distributions()]))
"""
WORDS = {"Apache-2.0": "apache", "MIT": "mit", "MIT-0": "mit", "MIT-CMU": "mit", "BSD-2-Clause": "bsd",
         "BSD-3-Clause": "bsd", "BSD-3-Clause-Clear": "bsd", "MPL-2.0": "mpl|mozilla",
         "PSF-2.0": "psf|python software|matplotlib", "ISC": "isc"}  # fmt: skip
IN_PROSE = {"huey", "skops", "cycler", "kiwisolver"}  # whose metadata gives the text of a licence and no name


def run(sample: bool, say: Say) -> list[Line]:
    """Locks, licences, known holes, and git in hostile repositories."""
    attacks = tuple(repositories.ATTACKS)[:: 3 if sample else 1]
    say(f"{len(locks.REFUSED)} bad locks, {len(attacks)} hostile repositories")
    return [locked(), refused(), hosts(), *([] if sample else [licences(say)]), holes(), git(attacks)]


def locked() -> Line:
    """Every package of the committed lock is on the list, pinned, held to hashes, and freely licensed."""
    with timed(Line("supply", "packages: on the list, pinned, hashed, freely licensed")) as line:
        versions = packages.locked(LOCK.read_text("utf-8"))
        for name in sorted({*versions, *packages.allowed()}):
            licence = packages.allowed()[name]
            words = set(re.split(r" AND | OR ", licence))
            fault = None if name in versions else "on the list, but the lock doesn't hold it"
            fault = fault or (None if words <= PERMISSIVE | WEAK_COPYLEFT else f"licence {licence}")
            line.saw(name, fault)
        kinds = Counter(packages.allowed().values()).most_common(4)
        line.figures = ", ".join(f"{count} {licence}" for licence, count in kinds)
    return line


def refused() -> Line:
    """Bad locks, and the same lock in order, which has to be installed."""
    with timed(Line("supply", "bad locks refused, nothing fetched or run")) as line:
        line.saw("the same lock in order", locks.control())
        for name, (lock, words) in locks.REFUSED.items():
            line.saw(name, locks.fault_of(lock, words))
    return line


def hosts() -> Line:
    """No committed file says where packages come from: that is the machine's to say."""
    with timed(Line("supply", "committed files without a registry's address")) as line:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
        names = [name for name in listed.stdout.split("\0") if name and not name.startswith("evals/trust/")]
        if listed.returncode or not names:
            line.reason = "not a git checkout, so nobody knows what is committed"
            return line
        for name in names:
            path = ROOT / name
            if path.is_file() and not path.is_symlink():
                found = HOSTS.search(path.read_bytes().decode("utf-8", "replace"))
                line.saw(name, f"says {found[0][:80]!r}" if found and _is_address(found[0]) else None)
    return line


def _is_address(text: str) -> bool:
    """This machine itself is nobody's registry: tests point there to have no network."""
    return "127.0.0.1" not in text and ("/" in text or "." in text)


def licences(say: Say) -> Line:
    """What the installed packages say of themselves agrees with the list."""
    with timed(Line("supply", "licences as the installed packages state them")) as line:
        say("the runtime, to read its licences (installed here if no run did it yet)")
        try:
            runtime = build_runtime(LOCK, CACHE)
        except AgentGraphError as error:
            line.reason = f"the runtime can't be installed here: {str(error)[:200]}"
            return line
        program = [str(runtime / "bin" / "python"), "-I", "-c", METADATA]
        stated = json.loads(subprocess.run(program, capture_output=True, text=True, check=True).stdout)
        for name, _version, expression, words, classes in stated:
            known = packages.allowed().get(packages.normal(name), "")
            line.saw(name, None if _agree(packages.normal(name), known, expression, f"{words} {' '.join(classes)}")
                     else f"listed as {known!r}, says {expression or words or classes}")  # fmt: skip
        line.figures = f"{sum(bool(row[2]) for row in stated)} as an SPDX expression, {len(IN_PROSE)} in prose only"
    return line


def _agree(name: str, listed: str, expression: str, words: str) -> bool:
    if expression:
        return expression == listed
    return name in IN_PROSE or all(
        re.search(WORDS.get(part, "$^"), words.lower()) for part in re.split(" AND | OR ", listed)
    )


def holes() -> Line:
    """Known vulnerabilities of the locked versions, asked of OSV in one question."""
    with timed(Line("supply", "locked versions without a known vulnerability")) as line:
        versions = packages.locked(LOCK.read_text("utf-8"))
        try:
            found = vulnerabilities(versions, settings().vulnerabilities)
        except NotAskedError as error:
            line.reason = str(error)
            return line
        for name, version in versions.items():
            known = [hole.known_as for hole in found if hole.package == name]
            line.saw(f"{name} {version}", ", ".join(known) or None)
    return line


def git(attacks: tuple[str, ...]) -> Line:
    """Hostile repositories: each program runs under plain git, and never under ours."""
    with (
        timed(Line("supply", "hostile repositories: none of their programs ran")) as line,
        ThreadPoolExecutor(2) as pool,
    ):
        for name, fault in zip(attacks, pool.map(repositories.fault_of, attacks), strict=True):
            line.saw(name, fault)
    return line
