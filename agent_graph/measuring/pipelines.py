"""What an option of the choice `ci` says of a project, whatever its tool: pipelines of jobs, and what starts them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent_graph import register
from agent_graph.artifacts import Stack


@dataclass(frozen=True)
class Part:
    """A step of a job, or what a job says of itself."""

    name: str
    run: str = ""  # its commands
    uses: str = ""  # what it takes from elsewhere, with its version
    may_fail: bool = False  # its failure is passed over
    never: bool = False  # it is switched off


@dataclass(frozen=True)
class Job:
    """Some steps on one machine; of another pipeline where it only starts that."""

    name: str
    parts: tuple[Part, ...]
    needs: tuple[str, ...] = ()  # jobs that have to end well before it
    starts: str = ""


@dataclass(frozen=True)
class Pipeline:
    """One file of jobs."""

    name: str
    jobs: tuple[Job, ...]
    events: frozenset[str] = frozenset()  # "push" and "pull request" are asked for


@dataclass(frozen=True)
class Pipelines:
    """What an option says of itself."""

    root: str  # its folder in the project
    read: Callable[[Path], tuple[Pipeline, ...]]  # of a project's tree; a file that can't be parsed has no jobs
    fixed: Callable[[str], bool]  # whether what a part uses is the same from one day to the next


def pipelines(stack: Stack) -> Pipelines | None:
    """How this stack tests and releases; None where the option says nothing of it."""
    return register.said(stack, "ci", Pipelines)


def roots() -> tuple[str, ...]:
    """Folders in which any option keeps its pipelines."""
    said = (option.says for option in register.options().values())
    return tuple(sorted({each.root for each in said if isinstance(each, Pipelines)}))
