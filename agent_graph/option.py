"""What an option of the stack is: data, files, and the check by its own tool; a choice is the question it answers.

Each is one folder, ours in `options/<choice>/<option>/`, a stranger's in a package of its own with an entry point:

    files/<role>/…      laid over the project; the first folder says who signs the commit; templates end in .jinja
    joints/NAME.jinja   its piece of a file that several options share (`writing/joints.toml` names the places)
    checks.toml         what its check shows, one line each, and the rows of the mission that it covers
    requirements.lock   only if it needs an environment of its own: what `packages` name, resolved by `make own-locks`
    licences.toml       beside such a lock: the licences of what no project is installed with otherwise

What all options of a choice share lies in `options/<choice>/files/`; what each of them is held to is the check of the
choice: `conformance.py` or a folder of that name, its lines in `checks.toml` beside it. `says` tells what differs from
option to option.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agent_graph.artifacts import Check, RoleName, Setting
from agent_graph.bench import Bench
from agent_graph.role import CheckLine, check_lines


def nothing_more(bench: Bench) -> tuple[Check, ...]:
    """Of an option that the gates of its files show already."""
    return ()


@dataclass(frozen=True)
class Choice:
    """A question of the stack: what the project is served, tracked, packaged … with."""

    name: str  # the word of `--set`
    line: str
    owner: RoleName  # whose choice it is
    default: str
    folder: Path
    check: Callable[[Bench], tuple[Check, ...]] = nothing_more  # what each of its options has to show
    says: type = object  # what each of its options says of itself, for that check and for templates
    beside: bool = (
        False  # its checks take nothing that the gate makes, nor disturb its clock: both are measured at once
    )
    shown_at: RoleName | None = None  # another gate than the owner's, where parts that it needs are written later

    @property
    def gate(self) -> RoleName:
        """At whose gate the chosen option is checked."""
        return self.shown_at or self.owner

    @property
    def checks(self) -> Mapping[str, CheckLine]:
        """What its check shows, by the names of the checks."""
        return _lines(self.folder)


@dataclass(frozen=True)
class Option:
    """One answer to a choice."""

    choice: str
    name: str  # the folder's name
    line: str
    folder: Path
    shown_by: Literal["run", "validated"]  # whether its check runs the tool or holds its files to what the tool takes
    tool: str  # the program, library or check that shows it
    words: tuple[str, ...] = ()  # names by which people ask for it
    gives: frozenset[str] = frozenset()  # facets that others may ask for: "http", "cluster" …
    needs: frozenset[str] = frozenset()  # facets that another chosen option must give
    # what a project with it imports or starts (with a lock of its own: what that one holds), each with the oldest
    # version that works
    packages: tuple[Setting, ...] = ()
    dev_packages: tuple[Setting, ...] = ()  # what only its tests and type checks need
    traces: tuple[str, ...] = ()  # words that only it brings into a repository
    says: Any = None  # what the checks of its choice must know of it: `Packaging`, `Tracking` of `measuring` …
    check: Callable[[Bench], tuple[Check, ...]] = nothing_more
    origin: str = ""  # distribution and version that a stranger's came with; "" for ours

    @property
    def checks(self) -> Mapping[str, CheckLine]:
        """What its own check shows, by the names of the checks."""
        return _lines(self.folder)

    @property
    def lock(self) -> Path | None:
        """The lock of an environment of its own, where it can't live in the project's."""
        path = self.folder / "requirements.lock"
        return path if path.is_file() else None

    @property
    def licences(self) -> Mapping[str, str]:
        """Of the packages that only its own lock names, by normalised name (SPDX)."""
        path = self.folder / "licences.toml"
        return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}


def _lines(folder: Path) -> Mapping[str, CheckLine]:
    path = folder / "checks.toml"
    return check_lines(path) if path.is_file() else {}
