"""What every role is: data. Only `agent` asks, only `rendering` writes, only gates judge."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from agent_graph.artifacts import (
    Artifact,
    Check,
    Manifest,
    Note,
    Problem,
    Profile,
    RoleName,
    Setback,
    Specification,
    Stack,
    UserEdit,
    Wish,
    WishVerdict,
)
from agent_graph.bench import Bench


class Inputs(Artifact):
    """What every role knows; a role's own inputs add the designs before it."""

    specification: Specification
    profile: Profile
    problem: Problem
    manifest: Manifest
    stack: Stack = Stack()  # the options that its files depend on
    notes: tuple[Note, ...] = ()  # what people said to this role, oldest first
    edits: tuple[UserEdit, ...] = ()  # what people changed by hand in this role's files
    setback: Setback | None = None

    @property
    def attempt(self) -> int:
        """Number of this design: 1 for the first."""
        return 1 if self.setback is None else self.setback.attempt + 1

    def failed(self, check: str) -> bool:
        """Whether the role is asked again because that check failed."""
        return self.setback is not None and self.setback.failed(check)


Finding = tuple[WishVerdict, str]  # and the evidence
FOLDERS = Path(__file__).resolve().parent / "roles"
ProjectFiles = Mapping[str, str]  # sources by their path in the project


@dataclass(frozen=True)
class CheckLine:
    """What a check shows, in one line, and the rows of the mission (docs/mission.toml) that it covers."""

    line: str
    covers: tuple[str, ...] = ()


@lru_cache(maxsize=16)
def check_lines(path: Path) -> Mapping[str, CheckLine]:
    """The checks that a file `checks.toml` tells of, by name."""
    rows = tomllib.loads(path.read_text("utf-8"))
    return {name: CheckLine(row["line"], tuple(row.get("covers", ()))) for name, row in rows.items()}


@dataclass(frozen=True)
class WishKind:
    """One line of a role's table of wishes: how one is read from a clause, carried out and looked up in a design.

    `read` gets a `feedback.Clause` and gives a `feedback.Reading`, None when the clause is about something else.
    """

    name: str
    read: Callable[[Any], Any]
    carry: Callable[[Any, Wish, Any], Any]
    judge: Callable[[Any, Wish, Any], Finding]


def nothing_of(design: Any) -> ProjectFiles:
    """Of a role whose files are all rendered from its templates."""
    return {}


def nothing_to_edit(design: Any, inputs: Any) -> ProjectFiles:
    """Of a role that edits no files of others."""
    return {}


@dataclass(frozen=True)
class Role:
    """A trade: what it reads and returns, where that is written, and who answers, refuses and judges.

    `rule` raises `DesignRejected` in words that the role can use. `playbook` is the deterministic expert answer; with a
    `setback` in its inputs it takes an alternative that answers the failed checks. `gate` measures what was made of the
    design, on a bench. `wishes` is the table of what a person may ask of the design, the surer pattern first.
    """

    name: RoleName
    title: str
    reads: type[Inputs]
    returns: type[Artifact]
    writes: str
    playbook: Callable[[Any], Artifact]
    rule: Callable[[Any, Any], None]
    gate: Callable[[Bench], tuple[Check, ...]]
    wishes: tuple[WishKind, ...]
    shipped: bool = False  # whether its gate runs with what is shipped alone, without what tests and checks need
    scored: Literal["trained", "searched"] | None = None  # how the score of its work is measured beside the playbook's
    more_files: Callable[[Any], ProjectFiles] = nothing_of  # sources that stand in the design itself, by path
    edits: Callable[[Any], ProjectFiles] = nothing_of  # files of others, written anew
    editable: Callable[[Any, Any], ProjectFiles] = nothing_to_edit  # what `edits` may touch, when its turn has come

    @property
    def author(self) -> str:
        """Git identity under which the role's files are committed."""
        return f"{self.name.replace('_', '-')} <{self.name.replace('_', '-')}@agent-graph.invalid>"

    @property
    def words(self) -> str:
        """The name in prose: "data engineer"."""
        return self.name.replace("_", " ")

    @property
    def checks(self) -> Mapping[str, CheckLine]:
        """What the role is held to by its gate and by the proof, by the names of the checks."""
        return check_lines(FOLDERS / self.name / "checks" / "checks.toml")

    def wish_kind(self, name: str) -> WishKind:
        """The first line of the table of wishes that has this name; KeyError when there is none."""
        return {kind.name: kind for kind in reversed(self.wishes)}[name]
