"""Whether readings are right: each taken, asked or refused, and what share of those taken is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agent_graph.artifacts import Specification
from agent_graph.intake.bars import barred_and_warned
from agent_graph.intake.keys import keys_of
from agent_graph.intake.scorer.opinion import Opinion
from agent_graph.intake.scorer.suspecting import suspected
from agent_graph.intake.wishes import read_wishes
from evals.intake.records import Example


@dataclass(frozen=True)
class Settled:
    """What an opinion comes to, before anybody is asked."""

    target: str
    task: str
    positive: str | None
    never: frozenset[str]
    doubt: dict[str, Any]
    ranked: tuple[tuple[str, str], ...]  # (target, task), likeliest first
    near: Any  # probability of each column to be the target


def settled(o: Opinion) -> Settled | None:
    """The likeliest reading of an opinion."""
    names, near = o.scene.columns.names, o.targets
    order = np.argsort(-near)
    best = int(order[0])
    tasks = o.tasks(best)
    task = o.kinds[int(tasks.argmax())]
    event = o.events(best)
    sure = event[0][1] if event and task == "binary" else 1.0
    suspects = suspected(o.scene.profile, o.scene.columns.facts[best])
    bars = o.bars(best, suspects)
    asked = Specification(name="reading", statement=o.scene.statement, data=())
    keys = {part.topic: part for part in keys_of(o, best, task, read_wishes(o.scene.statement))}
    barred, _ = barred_and_warned(o, best, np.where(np.arange(len(bars)) == best, 0.0, bars), suspects, asked, keys)
    joint = [(near[k] * o.tasks(int(k))[t], names[int(k)], task) for k in order[:6] for t, task in enumerate(o.kinds)]
    ranked = tuple((name, each) for _, name, each in sorted(joint, reverse=True)[:3])
    return Settled(
        names[best], task, event[0][0] if event and task == "binary" else None,
        frozenset(each.column for each in barred),
        o.doubt_evidence(float(tasks.max()), sure, np.delete(bars, best)), ranked, near,
    )  # fmt: skip


def right(example: Example, found: Settled) -> bool:
    """Target, event and task are right, no forbidden column is an input, and a question was not the right end."""
    return not example.open and right_question(example, found) and not forbidden(example) - found.never - {found.target}


def right_question(example: Example, found: Settled) -> bool:
    """Target, task and event are right."""
    wanted = example.expected
    events = same_event(found.positive, wanted.get("positive"))
    return found.target in example.meant and found.task in example.tasks and events


def forbidden(example: Example) -> frozenset[str]:
    """Columns that must not be inputs."""
    return frozenset(map(str, example.expected.get("never", ()))) & frozenset(example.scene.columns.names)


def same_event(found: str | None, meant: Any) -> bool:
    """Whether the event is the one that was meant; where either has none, there is none to be wrong."""
    return meant is None or found is None or same_value(found, meant)


def left_out(pairs: Sequence[tuple[Example, frozenset[str]]]) -> dict[str, str]:
    """How many forbidden columns were left out, and how many harmless ones kept; `pairs` have what was left out."""
    no = [(forbidden(e), out, frozenset(e.scene.columns.names) - e.meant) for e, out in pairs]
    gone, due = sum(len(never & out) for never, out, _ in no), sum(len(never) for never, _, _ in no)
    kept = sum(len((rest - never) - out) for never, out, rest in no)
    fine = sum(len(rest - never) for never, _, rest in no)
    return {"forbidden columns left out": f"{gone} of {due}", "harmless columns kept": f"{kept} of {fine}"}


def share(hits: Sequence[bool]) -> str:
    """How many, of how many, and the share."""
    return f"{sum(hits)} of {len(hits)} ({sum(hits) / len(hits):.0%})" if hits else "none"


def same_value(written: str, meant: Any) -> bool:
    """Whether a value of the file is the one that was meant: 1, 1.0, "1" and true are one."""
    a, b = str(written).strip().lower(), str(meant).strip().lower()
    truth = {"true": "1", "false": "0"}
    a, b = truth.get(a, a), truth.get(b, b)
    try:
        return float(a) == float(b)
    except ValueError:
        return a == b
