"""The guards of the cell, from guards.toml.

A guard is taken away by an edit of the source of a *copy* of the package: the product has no switch for it. Where two
guards cover each other both go, and the name says so. What an attack does then is real, so each attack bounds itself
and touches canaries only.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

KILLED = "killed supervisor"  # no program: cell.soak kills a supervisor

UNTRIED = {
    "the filter's refusal of calls newer than itself": "this kernel has none of them either",
}
"""Guards that no attack can tell from their absence here, and why."""

QUIET = ("share of the processor",)
"""Guards that only a machine with processors to spare can tell from their absence."""

SAMPLE = (
    "only what Python needs is bound", "--clearenv and an empty environment", "network namespace",
    "a session of its own", "the uid is dropped", "/ is read-only (with Landlock)", "Landlock round the driver",
    "the filter's other families of sockets", "size of /tmp", "links in the way to a result", "hard links as results",
)  # fmt: skip
"""Quick ones, of every kind."""


@dataclass(frozen=True)
class Edit:
    """In a file of agent_graph/sandbox: `old`, which must be there exactly once, becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Guard:
    """`attacks` are tried in order; `sign` must be part of a fault: of what this guard prevents.

    `user` is whom it protects, "root" or "unprivileged"; "" for both, and then it is tried as the present user.
    """

    name: str
    edits: tuple[Edit, ...]
    attacks: tuple[str, ...]
    sign: str
    user: str = ""


def _read() -> tuple[Guard, ...]:
    entries = tomllib.loads(Path(__file__).with_name("guards.toml").read_text(encoding="utf-8"))["guard"]
    return tuple(
        Guard(**(entry | {"edits": tuple(Edit(*edit) for edit in entry["edits"]), "attacks": tuple(entry["attacks"])}))
        for entry in entries
    )


GUARDS = _read()
