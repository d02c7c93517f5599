"""What every role is: data. Only `agent` asks, only `rendering` writes, only `checks` judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent_graph.artifacts import (
    Artifact,
    Manifest,
    Note,
    Problem,
    Profile,
    RoleName,
    Setback,
    Specification,
    UserEdit,
)


class Inputs(Artifact):
    """What every role knows; a role's own inputs add the designs before it."""

    specification: Specification
    profile: Profile
    problem: Problem
    manifest: Manifest
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


def no_files(design: Any, inputs: Any) -> Mapping[str, str]:
    """Of a role that edits no files of others."""
    return {}


@dataclass(frozen=True)
class Role:
    """A trade: what it reads, what it returns, where that is written, its playbook and its rule.

    `rule` raises `DesignRejected` in words that the role can use. `playbook` is the deterministic expert answer; with a
    `setback` in its inputs it takes an alternative that answers the failed checks. `files` are those that the role may
    edit, by path, as they are when its turn has come.
    """

    name: RoleName
    title: str
    reads: type[Inputs]
    returns: type[Artifact]
    writes: str
    playbook: Callable[[Any], Artifact]
    rule: Callable[[Any, Any], None]
    files: Callable[[Any, Any], Mapping[str, str]] = no_files

    @property
    def author(self) -> str:
        """Git identity under which the role's files are committed."""
        return f"{self.name.replace('_', '-')} <{self.name.replace('_', '-')}@agent-graph.invalid>"
