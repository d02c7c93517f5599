"""What kind of question it is, how the label is made of the column, and which class is the one looked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent_graph.artifacts import Assumption, ColumnProfile, Specification, Target, Task
from agent_graph.errors import BadInput
from agent_graph.intake.framing.classes import is_said, many_to_two, negative_of, positive_of
from agent_graph.intake.framing.statement import LIKELY, Statement
from agent_graph.profiling.concepts import akin
from agent_graph.profiling.names import stems

MANY_CLASSES = 50
MANY = re.compile(r"how many|number of|count of|how often", re.IGNORECASE)
AMOUNT = re.compile(
    r"\b(more|longer|later|greater|higher|larger|older|bigger|heavier) than|\bover\b|\babove|\bexceed\w*"
    r"|\bat least|\bless than|\bbelow|\bunder\b"
    r"|\bwithin|\bfewer than|\bshorter than|\bno more than", re.IGNORECASE)  # fmt: skip
DOWNWARD = re.compile(r"less than|below|under|within|fewer than|shorter than|no more than", re.IGNORECASE)
NUMBER = re.compile(
    r"^\s*(?:by\s+)?(?:about\s+)?[$€£]?\s*(\d[\d,]*(?:\.\d+)?)\s*(k|thousand|million|%|percent)?\b", re.IGNORECASE
)
_CALLED = {"identifier": "identifiers", "text": "prose"}
SCALE = {"k": 1e3, "thousand": 1e3, "million": 1e6}


@dataclass(frozen=True)
class Question:
    """Task and target together, with what was assumed on the way."""

    task: Task
    target: Target
    assumptions: tuple[Assumption, ...]


def settle_task(specification: Specification, column: ColumnProfile, statement: Statement) -> Question:
    """Task, target rule and classes of a target column; BadInput when the column can't be a target."""
    _check(column)
    threshold = _threshold(column, statement) if specification.task in (None, "binary") else None
    if threshold is not None:
        return _threshold_question(specification, column, *threshold)
    task, confidence, reason, others = _task(specification, column, statement)
    assumed = Assumption(topic="task", choice=task, confidence=confidence, reason=reason, alternatives=others)
    if task in ("regression", "count"):
        return Question(task, _numeric(column, task), (assumed,))
    if task == "multiclass":
        return Question(task, _as_is(column, tuple(sorted((v.value for v in column.levels), key=in_order))), (assumed,))
    target, positive = _binary(specification, column, statement)
    return Question(task, target, (assumed, positive))


def _check(column: ColumnProfile) -> None:
    if column.kind == "empty":
        raise BadInput(f"target column {column.name!r} is empty: choose another with --target")
    if column.distinct <= 1:
        raise BadInput(f"target column {column.name!r} holds only one value: there is nothing to learn, choose another")
    if column.kind in ("identifier", "text") and column.storage == "string":
        raise BadInput(
            f"target column {column.name!r} holds {_CALLED[column.kind]}, not classes or numbers: choose another with "
            "--target"
        )
    if column.kind == "datetime":
        raise BadInput(
            f"target column {column.name!r} is a date: choose a class or a number, such as the days until then"
        )


def _threshold(column: ColumnProfile, statement: Statement) -> tuple[float, str] | None:
    """A bound on a numeric target in the wish ("more than 15 minutes late"), with the words."""
    if column.storage not in ("integer", "float") or column.distinct <= 2:
        return None
    for match in AMOUNT.finditer(statement.wish):
        number = NUMBER.match(statement.wish[match.end() :])
        if not number or (number.group(2) or "").lower() in ("%", "percent"):
            continue
        value = float(number.group(1).replace(",", "")) * SCALE.get((number.group(2) or "").lower(), 1.0)
        inside = column.minimum is not None and column.maximum is not None and column.minimum <= value < column.maximum
        about = statement.wish[max(0, match.start() - 120) : match.end() + 60]
        if (
            inside
            and LIKELY.search(statement.wish)
            and any(akin(a, b) for a in stems(about) for b in stems(column.name))
        ):
            strict = value if "at least" not in match.group().lower() else _just_below(value, column)
            return strict, match.group() + number.group()
    return None


def _just_below(value: float, column: ColumnProfile) -> float:
    return value - 1 if column.storage == "integer" else value * (1 - 1e-9)


def _threshold_question(specification: Specification, column: ColumnProfile, threshold: float, said: str) -> Question:
    target = Target(column=column.name, rule="above", threshold=threshold, values=(), classes=("no", "yes"))
    sure = 1.0 if specification.task == "binary" else 0.95
    downward = bool(DOWNWARD.search(said))
    reason = f"{said.strip()!r}: yes where {column.name!r} > {threshold:g}" + (
        ", the reverse of the words" if downward else ""
    )
    assumed = Assumption(topic="task", choice="binary", confidence=sure, reason=reason, alternatives=("regression",))
    positive = Assumption(
        topic="positive_class", choice="yes", confidence=0.5 if downward else 0.95, reason=reason, alternatives=("no",)
    )
    return Question("binary", target, (assumed, positive))


def _task(
    specification: Specification, column: ColumnProfile, statement: Statement
) -> tuple[Task, float, str, tuple[str, ...]]:
    numeric = column.storage in ("integer", "float")
    if specification.task is not None:
        _check_given(specification.task, column, numeric)
        return specification.task, 1.0, "given", ()
    if column.distinct == 2:
        return "binary", 0.98, "the target has two values", ()
    if not numeric:
        return _task_of_words(column, statement)
    if _is_count(column) and MANY.search(statement.wish):
        return "count", 0.95, "whole numbers from 0 on, and the statement asks how many", ("regression",)
    if column.distinct <= 4 or (column.kind == "code" and column.distinct <= MANY_CLASSES):
        return "multiclass", 0.7, f"{column.distinct} values that are codes", ("regression",)
    if column.distinct <= 12 and re.search(
        r"\bwhich (class|type|category|kind|group)|\bclassify", statement.wish, re.IGNORECASE
    ):
        return "multiclass", 0.7, "the statement asks for a class", ("regression",)
    if _is_count(column) and MANY.search(statement.text) and column.maximum is not None and column.maximum < 1000:
        return "count", 0.7, "whole numbers from 0 on, spoken of as a number of things", ("regression",)
    sure = 0.95 if column.distinct > 20 else 0.65
    return (
        "regression",
        sure,
        f"a number with {column.distinct:,} values",
        ("multiclass",) if column.distinct <= 12 else (),
    )


def _task_of_words(column: ColumnProfile, statement: Statement) -> tuple[Task, float, str, tuple[str, ...]]:
    if column.distinct > MANY_CLASSES and negative_of(column) is None:
        raise BadInput(
            f"target column {column.name!r} has {column.distinct:,} texts: at most {MANY_CLASSES} classes work, so "
            "merge some or choose another with --target"
        )
    told = [level.value for level in column.levels if is_said(level.value, statement)]
    several = len(told) >= min(3, column.distinct)
    if LIKELY.search(statement.wish) and not several and (negative_of(column) or told):
        return "binary", 0.85, "the statement asks whether something happens", ("multiclass",)
    return "multiclass", 0.95 if several else 0.8, f"{column.distinct} classes", ("binary",)


def _check_given(task: Task, column: ColumnProfile, numeric: bool) -> None:
    if task in ("regression", "count") and not numeric:
        raise BadInput(
            f"task {task!r} needs a numeric target, {column.name!r} holds texts like {column.levels[0].value[:40]!r}: "
            "choose another task or target"
        )
    if task == "count" and not _is_count(column):
        raise BadInput(f"task 'count' needs whole numbers from 0 on, {column.name!r} has others: use --task regression")
    if task == "multiclass" and column.distinct > MANY_CLASSES:
        raise BadInput(
            f"task 'multiclass' knows at most {MANY_CLASSES} classes, {column.name!r} has {column.distinct:,}: "
            "merge some"
        )


def _is_count(column: ColumnProfile) -> bool:
    whole = column.storage == "integer" or all(float(level.value).is_integer() for level in column.levels)
    return column.storage in ("integer", "float") and whole and (column.minimum or 0) >= 0 and column.distinct > 2


def _numeric(column: ColumnProfile, task: Task) -> Target:
    if column.storage not in ("integer", "float"):
        raise BadInput(
            f"task {task!r} needs a numeric target, {column.name!r} is stored as {column.storage}: choose another"
        )
    return Target(column=column.name, rule="as_is", threshold=None, values=(), classes=())


def _as_is(column: ColumnProfile, classes: tuple[str, ...]) -> Target:
    return Target(column=column.name, rule="as_is", threshold=None, values=(), classes=classes)


def _binary(specification: Specification, column: ColumnProfile, statement: Statement) -> tuple[Target, Assumption]:
    values = [level.value for level in column.levels]
    wanted = spelled(specification.option("positive_class", ""), values)
    if wanted and wanted not in (*values, "yes", "no"):
        raise BadInput(f"{wanted!r} is no value of {column.name!r}: choose one of {', '.join(map(repr, values[:8]))}")
    if column.distinct == 2:
        positive, sure, reason = (wanted, 1.0, "given") if wanted in values else positive_of(values, column, statement)
        negative = next(v for v in values if v != positive)
        target = _as_is(column, (negative, positive))
        alternatives: tuple[str, ...] = (negative,)
    else:
        target, sure, reason = many_to_two(wanted if wanted in values else "", column, statement)
        target = target.model_copy(update={"unsettled": _unsettled(specification, column, target)})
        positive, alternatives = "yes", (*values[:5],)
    return target, Assumption(
        topic="positive_class", choice=positive, confidence=sure, reason=reason, alternatives=alternatives
    )


def spelled(wanted: str, values: Sequence[str]) -> str:
    """The value that is meant, as the table spells it: case and blanks around it forgiven where that is clear."""
    alike = [value for value in values if value.strip().lower() == wanted.strip().lower()]
    return alike[0] if wanted not in values and len(alike) == 1 else wanted


def _unsettled(specification: Specification, column: ColumnProfile, target: Target) -> tuple[str, ...]:
    """The values that the person gave as no answer yet. BadInput when one isn't there, or all others are."""
    given = specification.listed("unsettled")
    values = [level.value for level in column.levels]
    if strange := [value for value in given if value not in values]:
        known = ", ".join(map(repr, values[:8]))
        raise BadInput(f"unsettled: {strange[0]!r} is no value of {column.name!r}: choose among {known}")
    left = set(values) - set(given)
    if given and (not left & set(target.values) or left <= set(target.values)):
        raise BadInput(f"unsettled: without {', '.join(given)} {column.name!r} has one class only: keep some of them")
    return given


def in_order(value: str) -> tuple[float, str]:
    """The key by which classes stand in a fixed order: numbers by their size, texts as if they were 0."""
    try:
        return float(value), value
    except ValueError:
        return 0.0, value
