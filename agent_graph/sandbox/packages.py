"""What a generated project may be installed with: a closed list of packages, each pinned and held to its hashes."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from agent_graph.errors import RuntimeUnavailable

WHOLE, RUN = LOCKS = ("requirements.lock", "requirements-run.lock")  # of a project: all, and what its commands need
LIST = Path(__file__).with_name("packages.toml")
NOTHING_MORE: Mapping[str, str] = {}
_PIN = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[A-Za-z0-9._,-]+\])?==([A-Za-z0-9.!+]+)(?:\s*;[^#]*?)?"
    r"((?:\s+--hash=sha256:[0-9a-f]{64})+)"
)


@lru_cache(maxsize=1)
def allowed() -> Mapping[str, str]:
    """SPDX licence of every package on the list, by its normalised name."""
    return dict(tomllib.loads(LIST.read_text(encoding="utf-8")))


def locked(lock: str, more: Mapping[str, str] = NOTHING_MORE) -> dict[str, str]:
    """Version of every package in a lock, by normalised name; `more` are allowed beside the list, with their licences.

    RuntimeUnavailable for a line that isn't a pinned package of the list with its hashes: an option (an index, say), an
    address or a path would bring in code that nobody chose.
    """
    versions: dict[str, str] = {}
    for line in _lines(lock):
        match = _PIN.fullmatch(line)
        if not match:
            raise RuntimeUnavailable(
                f"requirements.lock: {line[:80]!r} is no package with its version and hash. Remedy: make the lock "
                "again, with hashes and from package names alone"
            )
        name = normal(match[1])
        if name not in allowed() and name not in more:
            raise RuntimeUnavailable(
                f"requirements.lock: {name} isn't on the list of packages that may be installed. Remedy: take it "
                f"out, or add it with its licence to {LIST}"
            )
        versions[name] = match[2]
    return versions


def normal(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _lines(lock: str) -> Iterator[str]:
    """The lock's entries, each on one line, without comments."""
    for line in lock.replace("\\\n", " ").splitlines():
        text = re.sub(r"(^|\s)#.*$", "", line).strip()
        if text:
            yield text
