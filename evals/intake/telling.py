"""What is told beside the question: keys, wishes and columns left out, each with the right target given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agent_graph.artifacts import Act, Specification
from agent_graph.intake.bars import barred_and_warned
from agent_graph.intake.keys import keys_of
from agent_graph.intake.scorer.opinion import Opinion
from agent_graph.intake.wishes import read_wishes
from evals.intake.judging import forbidden, left_out, share
from evals.intake.records import Example

EXACT = ("orchestration", "serving", "tracking", "cloud", "platform", "container", "ci", "scheduler")
KEYS = {"horizon": ("forecast",), "series": ("forecast",), "duration": ("survival",), "event": ("survival",)}


@dataclass(frozen=True)
class Told:
    """Of one statement, the target and the task that were meant given."""

    never: frozenset[str] | None  # columns left out; None where the answer is no column
    keys: Mapping[str, str]
    wishes: tuple[bool, ...]  # of those that were said, whether each was found
    invented: int  # wishes and actions that nobody said


def told(example: Example, opinion: Opinion) -> Told:
    """What the words and the values tell beside the question that was meant."""
    names, target = example.scene.columns.names, example.expected.get("target")
    wished = read_wishes(example.record["statement"])
    wishes = {found.key: str(wished.value(found.key)) for found in wished.stack}
    found = wishes_found(example.expected, wishes, wished.act)
    place = names.index(target) if target in names else int(opinion.targets.argmax())
    keys = {part.topic: part for part in keys_of(opinion, place, str(example.expected.get("task")), wished)}
    never = None
    if target in names:
        bars = np.where(np.arange(len(names)) == place, 0.0, opinion.bars(place, example.suspects))
        asked = Specification(name="reading", statement=example.record["statement"], data=())
        barred, _ = barred_and_warned(opinion, place, bars, example.suspects, asked, keys)
        never = frozenset(each.column for each in barred)
    return Told(never, {topic: part.choice for topic, part in keys.items()}, tuple(found),
                _invented(example.expected, wishes, wished.act))  # fmt: skip


def wishes_found(wanted: Mapping[str, Any], said: Mapping[str, str], act: Act) -> list[bool]:
    """For each wish and action that the words hold, whether it was found; limits in words count by their key."""
    found = []
    for key, value in wanted.get("wishes", {}).items():
        got = said.get(key, str(act.latency_ms or "") if key == "latency_ms" else "")
        found.append(got.lower().replace("-", "_") == str(value).lower() if key in EXACT else bool(got))
    for key, value in wanted.get("act", {}).items():
        if key == "latency_ms":
            found.append(act.latency_ms == float(value) or said.get(key) == str(value))
        elif key == "costs":
            ratio = act.costs and act.costs[0] and act.costs[1] / act.costs[0]
            found.append(bool(ratio) and abs(float(ratio or 0) - value[1] / value[0]) < 1e-6 * value[1] / value[0])
        elif key in ("top_k", "interval", "quantile"):
            got = getattr(act, key)
            found.append(got is not None and (not value or value is True or float(got) == float(value)))
        else:
            found.append(bool(getattr(act, key, None)))
    return found


def _invented(wanted: Mapping[str, Any], said: Mapping[str, str], act: Act) -> int:
    """Wishes and actions that were read where the words hold none."""
    meant = {*wanted.get("wishes", {}), *wanted.get("act", {})}
    acts = [key for key, value in act.model_dump().items() if value not in (None, (), False, "")]
    return len({*said, *acts} - meant)


def figures(pairs: Sequence[tuple[Example, Told]]) -> dict[str, str]:
    """The figures of the table, as words."""
    columns = left_out([(example, each.never) for example, each in pairs if each.never is not None])
    keys = {f"{topic}: right, false": _right_false(pairs, topic) for topic in (*KEYS, "entity")}
    return {
        **{f"the target given: {name}": value for name, value in columns.items()},
        **keys,
        "wishes for stack, limits and action found": share([hit for _, each in pairs for hit in each.wishes]),
        "wishes read where none was said": str(sum(each.invented for _, each in pairs)),
    }


def _right_false(pairs: Sequence[tuple[Example, Told]], topic: str) -> str:
    """How many of those that are due were read rightly, and how many were read that are wrong."""
    right = due = false = 0
    for example, each in pairs:
        if topic in KEYS and example.expected.get("task") not in KEYS[topic]:
            continue
        found, (meant, needed) = each.keys.get(topic), _meant(example, topic)
        due += needed
        right += needed and found in meant
        false += found is not None and found not in meant
    return f"{right} of {due}, {false} false"


def _meant(example: Example, topic: str) -> tuple[frozenset[str], bool]:
    """The right choices, and whether one is due. Of entities: a number that was given to each row is due; right is what
    names the rows, and whose rows stay together."""
    wanted = example.expected
    if topic == "event":
        return frozenset({str(wanted.get("event") or wanted.get("target"))}), wanted.get("target") is not None
    if topic != "entity":
        value = wanted.get(topic)
        return frozenset({str(value)} if value is not None else ()), value is not None
    names, rows = example.scene.columns.names, example.scene.profile.main.rows
    given = {step["name"] for step in example.record.get("ops", ()) if step["op"] == "add_id"} & set(names)
    splits = wanted.get("split", ())
    groups = {each.partition(":")[2] for each in ([splits] if isinstance(splits, str) else splits)}
    once = {f.name for f in example.scene.columns.facts if f.storage == "string" and f.distinct >= 0.98 * rows}
    return frozenset(given | groups | once | forbidden(example)), bool(given)
