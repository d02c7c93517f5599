"""A design told as what is different from another one: what a model answers, and what a review shows.

A whole design of a wide table is 30,000 tokens, of which a model changes a dozen; so an answer names only those. Every
field of the design stands in it once: null leaves it as it is, a list of named things is changed thing by thing.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

from pydantic import create_model

from agent_graph.artifacts.checks import ROLE_NAMES
from agent_graph.artifacts.value import Artifact
from agent_graph.errors import DesignRejected

T = TypeVar("T")
D = TypeVar("D", bound=Artifact)
NAMING = ("name", "path", "what", "key", "column", "table", "label")  # tells things apart: the first that they have
SUFFIX = "Changes"


class Put(Artifact, Generic[T]):
    """Changes of a list of named things; what isn't named stays."""

    remove: tuple[str, ...]  # their names
    put: tuple[T, ...]  # whole things: in place of the one of that name, or a new one at the end


class Value(Artifact, Generic[T]):
    """Another value for a field whose value may be null."""

    value: T


class Changes(Artifact):
    """What is different from a design; made for each type of design by `changes_of`."""

    def applied_to(self, base: D) -> D:
        """The design that `base` becomes. DesignRejected when a thing to remove isn't there, or one is put twice."""
        changed = {name: _applied(name, getattr(base, name), getattr(self, name)) for name in type(self).model_fields}
        return type(base).model_validate({**_shallow(base), **changed})


def _shallow(value: Artifact) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).model_fields}


def _applied(field: str, former: Any, change: Any) -> Any:
    if change is None:
        return former
    if isinstance(change, Value):
        return change.value
    if not isinstance(change, Put):
        return change
    left = {identity(thing): thing for thing in former}
    for name in change.remove:
        if left.pop(name, None) is None:
            known = ", ".join(map(repr, list(left)[:20])) or "none"
            raise DesignRejected(f"{field} has no {name!r} to remove; there are: {known}")
    names = [identity(thing) for thing in change.put]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DesignRejected(f"{field}: {twice[0]!r} is put more than once")
    return (*{**left, **dict(zip(names, change.put, strict=True))}.values(),)


def identity(thing: Artifact) -> str:
    """The name of one thing in a list of a design: its name, path, column …; a rule's is "kind column"."""
    return " ".join(str(value) for field in _naming(type(thing)) if (value := getattr(thing, field)) is not None)


def _naming(kind: type[Artifact]) -> tuple[str, ...]:
    found = kind.NAMED_BY or tuple(field for field in NAMING if field in kind.model_fields)[:1]
    if not found:
        raise TypeError(f"{kind.__name__} has none of {NAMING}: say in NAMED_BY what tells one from another")
    return found


@lru_cache(maxsize=4 * len(ROLE_NAMES))
def changes_of(design: type[Artifact]) -> type[Changes]:
    """The type of the changes to designs of that type, valid in strict JSON schemas."""
    fields: dict[str, Any] = {name: (_change(field.annotation), ...) for name, field in design.model_fields.items()}
    return create_model(f"{design.__name__}{SUFFIX}", __base__=Changes, **fields)


def _change(annotation: Any) -> Any:
    parts = get_args(annotation)
    if get_origin(annotation) in (Union, types.UnionType) and type(None) in parts:
        return Value[annotation] | None
    if get_origin(annotation) is tuple and isinstance(parts[0], type) and issubclass(parts[0], Artifact):
        _naming(parts[0])
        return Put[parts[0]] | None  # type: ignore[valid-type]
    return annotation | None


def changed_fields(former: D, latter: D) -> list[tuple[str, str, str]]:
    """What differs between two designs, to be read: its name, the value before and after; "" where there is none.

    Things of a list stand for themselves, as `features tenure`.
    """
    found: list[tuple[str, str, str]] = []
    for name in type(former).model_fields:
        before, after = getattr(former, name), getattr(latter, name)
        if before == after:
            continue
        if _is_list_of_things(before) and _is_list_of_things(after):
            old, new = ({identity(thing): thing for thing in things} for things in (before, after))
            for key in dict.fromkeys([*old, *new]):
                if old.get(key) != new.get(key):
                    found.append((f"{name} {key}", *_sides(old.get(key), new.get(key))))
        else:
            found.append((name, _said(before), _said(after)))
    return found


def _sides(former: Artifact | None, latter: Artifact | None) -> tuple[str, str]:
    """Two things of a list: in whole when one is missing, else the fields that differ."""
    if former is None or latter is None:
        return _said(former), _said(latter)
    fields = [name for name in type(former).model_fields if getattr(former, name) != getattr(latter, name)]
    before, after = ("; ".join(f"{name}: {_said(getattr(side, name))}" for name in fields) for side in (former, latter))
    return before, after


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Artifact):
        return "; ".join(f"{name}: {_said(each)}" for name, each in value if each not in (None, (), ""))
    if isinstance(value, tuple):
        return ", ".join(map(_said, value))
    return str(value)


def _is_list_of_things(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(v, Artifact) for v in value)
