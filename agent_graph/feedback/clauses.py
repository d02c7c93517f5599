"""A piece of a note that may hold a wish, and what was read from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from agent_graph.artifacts import Wish
from agent_graph.feedback.columns import Columns
from agent_graph.role import Inputs


class Refused(Exception):
    """A wish that the playbook can't carry out, in words for the person who wished it."""


@dataclass(frozen=True)
class Clause:
    """A piece of a note that may hold one wish."""

    text: str
    columns: Columns
    plain: Callable[[], Any] | None = None  # the playbook's design, which "twice as many" refers to

    @property
    def inputs(self) -> Inputs:
        """What the role knows."""
        return self.columns.inputs

    @cached_property
    def words(self) -> str:
        """The piece as the person wrote it."""
        return self.columns.script.spelled(self.text)

    def wish(self, kind: str, subjects: tuple[str, ...] = (), value: str | None = None) -> Wish:
        """A wish that this piece holds."""
        return Wish(kind=kind, subjects=subjects, value=value, words=self.words)


@dataclass(frozen=True)
class Reading:
    """The wishes of a clause, or why they can't be settled."""

    wishes: tuple[Wish, ...] = ()
    unclear: str = ""
