"""Whether a kind of problem keeps the shape that the house expects, ours and strangers' alike: faults, in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from agent_graph import register
from agent_graph.artifacts.checks import ROLE_NAMES
from agent_graph.artifacts.stack import Stack
from agent_graph.kind import Kind
from agent_graph.writing import laid, rendering

KNOWN = {"__init__.py", "__pycache__", "files", "joints"}
ROOM = (  # what generated modules call, whatever the kind: its shape brings it, or its own folder
    "files/data_scientist/src/__package__/problem/labels.py.jinja",
    "files/data_scientist/src/__package__/problem/metrics.py.jinja",
    "files/data_scientist/tests/made_up.py.jinja",
    "files/ml_engineer/src/__package__/problem/answers.py.jinja",
    "files/ml_engineer/src/__package__/models/linear.py.jinja",
    "files/observability/src/__package__/monitoring/decay.py.jinja",
    "joints/rows.labels.jinja",
    "joints/schema.label.jinja",
    "joints/synthetic.labels.jinja",
    "joints/serving.prior.jinja",
)


def check(kind: Kind) -> tuple[str, ...]:
    """What a kind's words, facts and folders break; () when it may be asked. Of one that isn't built, its words."""
    if not kind.built:
        return tuple(_named(kind))
    folders = (*laid.faults(kind.shape.folder, KNOWN), *laid.faults(kind.folder, KNOWN))
    return (*_named(kind), *_judged(kind), *_learnt(kind), *folders, *_furnished(kind))


def rendered(context: Mapping[str, Any]) -> dict[str, str]:
    """The files that the kind of the context's problem, and the shape of its answers, lay over a project, by path.

    `context` is what templates may name: question, manifest, designs. ValueError names a file that can't be parsed.
    """
    kind, stack = register.kind_of(context["problem"]), context.get("stack", Stack())
    files: dict[str, str] = {}
    for role in ROLE_NAMES:
        for folder in rendering.folders(role, stack, kind):
            if folder.name.startswith((f"shape/{kind.shape.name}:", f"kind/{kind.name}:")):
                files |= rendering.render(folder, context)
    return dict(laid.parsed(files))


def _named(kind: Kind) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", kind.name):
        yield f"the name {kind.name!r} is no word of [a-z0-9_]"
    for field in ("line", "many"):
        words = getattr(kind, field)
        if not words.strip() or len(words) > 200 or "\n" in words:
            yield f"`{field}` is one line of up to 200 signs"
    others = [other for other in register.kinds().values() if other.name != kind.name]
    for other in others:
        if shared := set(other.column.takes) & set(kind.column.takes):
            yield f"columns of {', '.join(sorted(shared))} are {other.name}'s already"


def _judged(kind: Kind) -> Iterator[str]:
    names = [metric.name for metric in kind.measured]
    if not kind.metrics:
        yield "it is judged by no metric"
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"the metric {name} is there twice"
    known = {m.name: m for other in register.kinds().values() if other.name != kind.name for m in other.measured}
    for metric in kind.measured:
        if not metric.name.isidentifier():
            yield f"the metric's name {metric.name!r} is no name of a function"
        if metric.name in known and known[metric.name].higher_is_better != metric.higher_is_better:
            yield f"the metric {metric.name} points the other way elsewhere"


def _learnt(kind: Kind) -> Iterator[str]:
    for metric in kind.metrics:
        loss, _ = kind.training.loss(metric.name)
        if loss not in kind.training.losses:
            yield f"judged by {metric.name}, its loss {loss!r} is none of {', '.join(kind.training.losses)}"
    if kind.watching.kpi not in kind.watching.kpis:
        yield f"its number to watch {kind.watching.kpi!r} is none of {', '.join(kind.watching.kpis)}"


def _furnished(kind: Kind) -> Iterator[str]:
    for place in ROOM:
        if not any((folder / place).is_file() for folder in (kind.folder, kind.shape.folder)):
            yield f"neither it nor the shape {kind.shape.name!r} brings {place}"
