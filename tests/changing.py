"""What a model would answer to turn one design into another."""

from __future__ import annotations

from typing import Any

from agent_graph.artifacts import Artifact, Changes, changes_of, identity


def changes_between(former: Artifact, latter: Artifact) -> Changes:
    """What makes `latter` of `former`, as few fields as can say it."""
    kind = changes_of(type(former))
    said = {name: _between(getattr(former, name), getattr(latter, name)) for name in type(former).model_fields}
    return kind.model_validate(said)


def _between(former: Any, latter: Any) -> Any:
    if former == latter:
        return None
    if _are_things(former) and _are_things(latter):
        before = {identity(thing): thing for thing in former}
        after = {identity(thing): thing for thing in latter}
        put = [thing for name, thing in after.items() if before.get(name) != thing]
        return {"remove": [name for name in before if name not in after], "put": put}
    return latter if not _may_be_null(former, latter) else {"value": latter}


def _may_be_null(former: Any, latter: Any) -> bool:
    return former is None or latter is None


def _are_things(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(thing, Artifact) for thing in value)
