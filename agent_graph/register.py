"""What there is to choose from: options and kinds of problem, which nobody names.

They are found by walking folders, strangers' by entry points: the one dynamic import of the house. What a stranger
brings and can't be loaded stops only who chooses it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TypeVar

from agent_graph.artifacts import Problem, RoleName, Stack
from agent_graph.errors import BadInput
from agent_graph.kind import Kind, Metric
from agent_graph.option import Choice, Option

OPTIONS, SHARED = "agent_graph.options", "conformance"  # the second may be a folder beside options, and is none
KINDS, SHAPES = "agent_graph.kinds", "shapes"  # the second lies beside the kinds: what their answers are
GROUP = "agent_graph.options"  # of entry points; the value names the package that holds OPTION
KIND_GROUP = "agent_graph.kinds"  # the same, of packages that hold KIND
EVERYTHING = "python_pro"  # whose files (pyproject, README, lock) name what every option brings

S = TypeVar("S")


@dataclass(frozen=True)
class Broken:
    """A stranger's option or kind of problem that can't be used, and why."""

    name: str
    origin: str
    why: str


@lru_cache(maxsize=1)
def choices() -> Mapping[str, Choice]:
    """All questions of the stack by name."""
    return {name: import_module(f"{OPTIONS}.{name}").CHOICE for name in _folders(OPTIONS)}


@lru_cache(maxsize=1)
def options() -> Mapping[tuple[str, str], Option]:
    """All options by choice and name, ours before strangers'."""
    folders = [f"{OPTIONS}.{choice}.{name}" for choice in choices() for name in _options(choice)]
    found: list[Option] = [import_module(folder).OPTION for folder in folders]
    found += (option for option in map(_loaded, _entries(GROUP)) if isinstance(option, Option))
    return {(option.choice, option.name): option for option in found}


def broken() -> tuple[Broken, ...]:
    """What strangers bring and can't be used."""
    entries = (*_entries(GROUP), *_entries(KIND_GROUP))
    return tuple(each for each in map(_loaded, entries) if isinstance(each, Broken))


def named(choice: str) -> tuple[str, ...]:
    """Names of a choice's options, the default first."""
    first = choices()[choice].default
    return (first, *(name for of, name in options() if of == choice and name != first))


def option_of(stack: Stack, choice: str) -> Option:
    """The option of a choice: the stack's, else the default. BadInput where the stack names one that isn't here."""
    name = stack.option(choice) or choices()[choice].default
    if (found := options().get((choice, name))) is None:
        here = ", ".join(f"{choice}={each}" for each in named(choice))
        raise BadInput(f"{choice}={name} isn't installed here: install the package that brings it, or choose {here}")
    return found


def said(stack: Stack, choice: str, kind: type[S]) -> S | None:
    """What the option of a choice says of itself; None where it isn't of that kind. BadInput as `option_of` says."""
    says = option_of(stack, choice).says
    return says if isinstance(says, kind) else None


def chosen(stack: Stack) -> tuple[Option, ...]:
    """The option of every choice. BadInput as `option_of` says."""
    return tuple(option_of(stack, choice) for choice in choices())


def checked_at(role: RoleName, stack: Stack) -> tuple[Option, ...]:
    """The options that are checked at a role's gate: those of the choices that it owns and no later gate shows."""
    asked = (name for name, choice in choices().items() if choice.gate == role)
    return tuple(option_of(stack, name) for name in asked)


def held_to(role: RoleName, stack: Stack) -> tuple[Choice | Option, ...]:
    """Whose checks are made at a role's gate beside its own: the choices that it owns, each before its option."""
    return tuple(each for option in checked_at(role, stack) for each in (choices()[option.choice], option))


@lru_cache(maxsize=8)
def seen_by(role: RoleName) -> frozenset[str]:
    """The choices that a role's work depends on: its own, those that bring files for it or that its gate shows.

    Who owns the lock sees all.
    """
    everything = frozenset(choices())
    if role == EVERYTHING:
        return everything
    brings = {option.choice for option in options().values() if (option.folder / "files" / role).is_dir()}
    return everything & {*brings, *(name for name, c in choices().items() if role in (c.owner, c.gate))}


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, Kind]:
    """All kinds of problem by their names, those that are built first, ours before strangers'."""
    strangers = (kind for kind in map(_loaded, _entries(KIND_GROUP)) if isinstance(kind, Kind))
    found = [*_own_kinds(), *strangers]
    return {kind.name: kind for kind in sorted(found, key=lambda kind: not kind.built)}


def _own_kinds() -> list[Kind]:
    return [import_module(f"{KINDS}.{name}").KIND for name in _folders(KINDS) if name != SHAPES]


def kind(name: str) -> Kind:
    """The kind of that name; KeyError where there is none."""
    return kinds()[name]


def kind_of(problem: Problem) -> Kind:
    """What is true of the answers to that problem. BadInput where its kind isn't here."""
    if (found := kinds().get(problem.task)) is None:
        here = ", ".join(name for name, kind in kinds().items() if kind.built)
        raise BadInput(
            f"{problem.task} problems need the package that brings them, which isn't installed; here are {here}"
        )
    return found


def metrics() -> Mapping[str, Metric]:
    """Every metric of any kind by its name; which way one points is the same wherever it judges."""
    return {metric.name: metric for kind in kinds().values() for metric in kind.measured}


def _options(choice: str) -> list[str]:
    return [name for name in _folders(f"{OPTIONS}.{choice}") if name != SHARED]


def _folders(package: str) -> list[str]:
    return sorted(found.name for found in pkgutil.iter_modules(import_module(package).__path__) if found.ispkg)


def _entries(group: str) -> Iterator[EntryPoint]:
    yield from sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value))


@lru_cache(maxsize=64)
def _loaded(entry: EntryPoint) -> Option | Kind | Broken:
    """What a stranger brings, with where it came from; what is wrong with it is data here, not an exception."""
    origin = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
    try:
        module = import_module(entry.value)
        found: Option | Kind = module.OPTION if entry.group == GROUP else module.KIND
        why = _no_option(found) if entry.group == GROUP else _no_kind(found)
    except Exception as error:  # a stranger's package may raise anything
        why = f"{type(error).__name__}: {error}"[:300]
    return Broken(entry.name, origin, why) if why else replace(found, origin=origin)


def _no_option(found: object) -> str:
    """Why it can't be an option; "" where it can."""
    if not isinstance(found, Option) or found.choice not in choices():
        return f"OPTION is no option of {', '.join(choices())}"
    taken = (Path(__file__).parent / "options" / found.choice / found.name).is_dir()
    return f"{found.choice}={found.name} is built in" if taken else ""


def _no_kind(found: object) -> str:
    """Why it can't be a kind of problem; "" where it can. What would be read as another kind's isn't taken from it."""
    if not isinstance(found, Kind):
        return "KIND is no kind of problem"
    for own in _own_kinds():
        if own.name == found.name:
            return f"the kind {own.name} is built in"
        if claimed := set(own.column.takes) & set(found.column.takes):
            return f"columns of {', '.join(sorted(claimed))} are {own.name}'s already, whatever is said"
    return ""
