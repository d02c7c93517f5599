"""Whether a model's reading can be true of these data: what is wrong with it, each in a sentence that it can use."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from agent_graph import register
from agent_graph.artifacts import ColumnProfile, ModelReading, Profile, Specification, Target
from agent_graph.errors import DesignRejected
from agent_graph.intake.framing.target import named_column
from agent_graph.intake.framing.task import as_is, spelled
from agent_graph.intake.framing.unbuilt import built

MOST_SAID = 8  # faults that are told at once
NUMERIC = ("integer", "float")
SIGNS = {"above": ">", "at_least": ">=", "below": "<", "at_most": "<="}  # rules of a bar, as formulas write them


@dataclass(frozen=True)
class Verified:
    """What holds a model's reading to one statement and its data."""

    specification: Specification
    profile: Profile
    pieces: tuple[str, ...]

    def __call__(self, answer: ModelReading) -> None:
        """DesignRejected with all that is wrong."""
        if found := list(dict.fromkeys(self._faults(answer)))[:MOST_SAID]:
            raise DesignRejected("; ".join(found))

    def _faults(self, answer: ModelReading) -> Iterator[str]:
        yield from self._given(answer)
        yield from self._names(answer)
        if answer.question or answer.refusal:
            yield from _empty_handed(answer)
        elif answer.target is None and register.kind(answer.task).truth != "none" and not answer.build.strip():
            yield (
                "target is null: name the column, or say in build how the answer is made, or why not in refusal, or "
                "what you have to know in question"
            )
        if answer.target is not None and (column := self._column(answer.target)) is not None:
            yield from _fits(answer, column)
        yield from self._left_out(answer)
        yield from self._counted(answer)

    def _given(self, answer: ModelReading) -> Iterator[str]:
        """What the person has settled holds."""
        given, label = self.specification, answer.label
        target = named_column(self.profile, given.target, "target").name if given.target is not None else None
        settled = (("target", target, answer.target), ("task", given.task, answer.task),
                   ("metric", given.metric, answer.metric))  # fmt: skip
        for name, wanted, said in settled:
            if wanted is not None and said != wanted:
                yield f"{name} is settled by the person: {wanted!r}, not {said!r}"
        column = self._column(answer.target or "")
        event = given.option("positive_class", "")
        if event and column is not None and register.kind(answer.task).event:
            event = spelled(event, [level.value for level in column.levels])
            meant = {"as_is": answer.positive == event, "one_of": event in label.values,
                     "other_than": event not in label.values}.get(label.rule, True)  # fmt: skip
            if not meant:
                yield f"the value that is looked for is settled by the person: {event!r}"
        if given.listed("unsettled") and set(label.unsettled) != set(given.listed("unsettled")):
            yield f"label.unsettled is settled by the person: {', '.join(map(repr, given.listed('unsettled')))}"

    def _names(self, answer: ModelReading) -> Iterator[str]:
        """Every column that is named exists, each bar once."""
        singles = {
            "target": answer.target, "entity": answer.entity, "series": answer.series, "event": answer.event,
            "duration": answer.duration, "done.per_group": answer.done.per_group,
        }  # fmt: skip
        named = [(where, name) for where, name in singles.items() if name is not None]
        named += [("split_columns", name) for name in answer.split_columns]
        named += [("never", bar.column) for bar in answer.never]
        named += [("others", other.target) for other in answer.others]
        known = self._known
        for where, name in named:
            if name not in known:
                yield f"{where}: there is no column {name!r}{_near(name, known)}"
        for name, times in Counter(bar.column for bar in answer.never).items():
            if times > 1:
                yield f"never names {name!r} {times} times"
        if answer.split != "random" and not answer.split_columns:
            yield f"split {answer.split} needs its columns in split_columns"
        if answer.split == "random" and answer.split_columns:
            yield "split random has no split_columns"

    @property
    def _known(self) -> tuple[str, ...]:
        sides = (f"{t.name}.{c.name}" for t in self.profile.tables[1:] for c in t.columns)
        return (*(column.name for column in self.profile.main.columns), *sides)

    def _column(self, name: str) -> ColumnProfile | None:
        return next((column for column in self.profile.main.columns if column.name == name), None)

    def _left_out(self, answer: ModelReading) -> Iterator[str]:
        """Each bar has a reason, none is the target, and something is left to predict from."""
        barred = {bar.column for bar in answer.never}
        if answer.target in barred:
            yield f"never holds the target {answer.target!r}"
        for bar in answer.never:
            if not bar.why.strip():
                yield f"never: {bar.column!r} has no reason"
            elif bar.column in self.specification.listed("keep"):
                yield f"never: the person keeps {bar.column!r}"
        inputs = {column.name for column in self.profile.main.columns} - barred - {answer.target}
        if not inputs and not answer.refusal:
            yield "no column is left to predict from: never holds all of them"

    def _counted(self, answer: ModelReading) -> Iterator[str]:
        """Every piece of the statement is accounted for, once."""
        told = Counter(piece.number for piece in answer.pieces)
        if strange := sorted(set(told) - set(range(1, len(self.pieces) + 1))):
            yield f"pieces: there is no number {', '.join(map(str, strange))}; they go from 1 to {len(self.pieces)}"
        if missing := [number for number in range(1, len(self.pieces) + 1) if not told[number]]:
            yield f"pieces: nothing is said of number {', '.join(map(str, missing))}"
        if twice := [number for number, times in told.items() if times > 1]:
            yield f"pieces: number {', '.join(map(str, twice))} stands more than once"


def _near(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name.lower(), [each.lower() for each in known], n=2, cutoff=0.5)
    spelled = [each for each in known if each.lower() in near]
    return f"; near it: {', '.join(map(repr, spelled))}" if spelled else ""


def _empty_handed(answer: ModelReading) -> Iterator[str]:
    if answer.refusal and answer.question:
        yield "refusal and question exclude each other"


def _fits(answer: ModelReading, column: ColumnProfile) -> Iterator[str]:
    """The values of the target can be an answer of that task, with that label and that value looked for."""
    if column.kind in ("constant", "empty") or column.distinct < 2:
        yield f"target {column.name!r} has fewer than two values: there is nothing to learn"
        return
    label, numeric = answer.label, column.storage in NUMERIC
    if label.rule == "as_is":
        if label.threshold is not None or label.values or label.unsettled:
            yield "label as_is has neither threshold nor values nor unsettled ones: use one_of for a yes or no of some"
        yield from _as_it_stands(answer, column, numeric=numeric)
        return
    if not register.kind(answer.task).event:
        yield f"label {label.rule} makes a yes or no: the task is binary, not {answer.task}"
    if label.rule in SIGNS:
        yield from _cut(label.rule, label.threshold, column, numeric=numeric)
        return
    values = [level.value for level in column.levels]
    if not label.values:
        yield f"label {label.rule} needs its values"
    yield from _known_values("label.values", label.values, values, column)
    yield from _known_values("label.unsettled", label.unsettled, values, column)
    if set(label.values) & set(label.unsettled):
        yield "label.values and label.unsettled share values"
    if len(values) == column.distinct and set(values) <= {*label.values, *label.unsettled}:
        yield f"label {label.rule} of all values gives one class only"


def _cut(rule: str, threshold: float | None, column: ColumnProfile, *, numeric: bool) -> Iterator[str]:
    low, high = column.minimum or 0.0, column.maximum or 0.0
    if not numeric:
        yield f"label {rule} needs numbers; {column.name!r} holds texts"
    elif threshold is None:
        yield f"label {rule} needs its threshold"
    elif not (low <= threshold < high if rule in ("above", "at_most") else low < threshold <= high):
        yield f"label {rule} {threshold:g} gives one class only: {column.name!r} goes from {low:g} to {high:g}"


def _as_it_stands(answer: ModelReading, column: ColumnProfile, *, numeric: bool) -> Iterator[str]:
    kind = register.kind(answer.task)
    if kind.numeric and not numeric:
        yield f"task {answer.task} needs numbers; {column.name!r} holds texts such as {column.levels[0].value[:40]!r}"
    elif misfit := kind.column.misfit(column):
        yield f"task {answer.task} {misfit}"
    if kind.event and column.distinct == 2:
        if answer.positive is None:
            yield f"positive is missing: which value of {column.name!r} is looked for?"
        else:
            yield from _known_values("positive", [answer.positive], [v.value for v in column.levels], column)
    elif not kind.event and answer.positive is not None:
        yield f"positive must be null for a {answer.task} question, not {answer.positive!r}"


def _known_values(where: str, said: Iterable[str], values: Sequence[str], column: ColumnProfile) -> Iterator[str]:
    """Values are spelt as the profile spells them; of a column with more values than are kept, any may be there."""
    if len(values) < column.distinct:
        return
    for value in said:
        if value not in values:
            shown = ", ".join(map(repr, values[:8]))
            yield f"{where}: {value!r} is no value of {column.name!r}; its values are {shown}"


def target_of(answer: ModelReading, profile: Profile) -> Target | None:
    """The label that will be built; None where the reading names no column, or a task that isn't built."""
    column = next((each for each in profile.main.columns if each.name == answer.target), None)
    if column is None or not built(answer.task):
        return None
    label = answer.label
    if label.rule in SIGNS:
        return _bounded(label.rule, label.threshold or 0.0, column)
    if label.rule == "one_of" or label.rule == "other_than":
        return Target(
            column=column.name, rule=label.rule, threshold=None, values=label.values, classes=("no", "yes"),
            unsettled=label.unsettled,
        )  # fmt: skip
    return as_is(column, register.kind(answer.task).column.classes(column, answer.positive))


def _bounded(rule: str, threshold: float, column: ColumnProfile) -> Target:
    """A bar as a strict one: at least 16 is above 15 of whole numbers, above the number just below it of others."""
    away = 0.5 if column.storage == "integer" else max(abs(threshold), 1.0) * 1e-9
    exact = {"above": 0.0, "at_least": -away, "below": 0.0, "at_most": away}[rule]
    kept: Literal["above", "below"] = "above" if rule in ("above", "at_least") else "below"
    return Target(column=column.name, rule=kept, threshold=threshold + exact, values=(), classes=("no", "yes"))
