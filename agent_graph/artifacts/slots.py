"""Code that a role writes itself: functions of columns, test modules, whole files. Text here, never run by the host."""

from __future__ import annotations

from typing import Literal

from agent_graph.artifacts.value import Artifact


class Slot(Artifact):
    """One function of columns: `def name(column, …)`, a parameter for each of `inputs`, in their order.

    Each parameter is the (n,) array of that column: float64 with NaN for numbers and truth values, object with None for
    text, datetime64[us] with NaT for moments. `source` holds imports and that one function, nothing else.
    """

    name: str  # snake_case, the function's name
    inputs: tuple[str, ...]  # names of columns after the joins
    source: str
    why: str


class CustomRule(Slot):
    """A quality rule: the function gives (n,) truth values, True where a row offends."""

    most: float  # share of a batch that may offend, chance set aside
    severity: Literal["error", "warning"]


class ExtraTests(Artifact):
    """A further module of unit tests, tests/unit/test_extra_<name>.py."""

    name: str  # snake_case
    source: str
    why: str


class Edit(Artifact):
    """A Python file that the project has already, written anew as a whole."""

    path: str  # as in the repository, with forward slashes
    source: str
    why: str
