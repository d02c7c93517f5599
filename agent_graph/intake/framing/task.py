"""What kind of question it is, how the label is made of the column, and which class is the one looked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent_graph import register
from agent_graph.artifacts import Assumption, ColumnProfile, Specification, Target, Task
from agent_graph.errors import BadInput
from agent_graph.intake.framing.classes import is_said, many_to_two, negative_of, positive_of
from agent_graph.intake.framing.statement import LIKELY, Statement
from agent_graph.kind import Claim, Kind, Said
from agent_graph.profiling.concepts import akin
from agent_graph.profiling.names import stems

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
    said = said_of(column, statement)
    given = None if specification.task is None else register.kind(specification.task)
    threshold = _threshold(column, statement) if given is None or given.event else None
    if threshold is not None:
        return _threshold_question(given, column, said, *threshold)
    claim = _claim(given, column, said)
    kind = register.kind(claim.choice)
    assumed = Assumption(
        topic="task", choice=kind.name, confidence=claim.confidence, reason=claim.reason,
        alternatives=claim.alternatives,
    )  # fmt: skip
    if not kind.event:
        return Question(kind.name, as_is(column, kind.column.classes(column, None)), (assumed,))
    target, positive = _of_two(specification, column, statement, kind)
    return Question(kind.name, target, (assumed, positive))


def said_of(column: ColumnProfile, statement: Statement) -> Said:
    """What the statement says beside the column."""
    told = tuple(level.value for level in column.levels if is_said(level.value, statement))
    likely = LIKELY.search(statement.wish) is not None
    return Said(statement.text, statement.wish, likely, told, negative_of(column))


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


def _threshold_question(
    given: Kind | None, column: ColumnProfile, said: Said, threshold: float, words: str
) -> Question:
    """Which side of a bar a number lies on: a question of yes or no."""
    kind = given or next(kind for kind in register.kinds().values() if kind.built and kind.event)
    target = Target(column=column.name, rule="above", threshold=threshold, values=(), classes=("no", "yes"))
    sure = 0.95 if given is None else 1.0
    downward = bool(DOWNWARD.search(words))
    reason = f"{words.strip()!r}: yes where {column.name!r} > {threshold:g}" + (
        ", the reverse of the words" if downward else ""
    )
    others = (_claim(None, column, said).choice,)
    assumed = Assumption(topic="task", choice=kind.name, confidence=sure, reason=reason, alternatives=others)
    positive = Assumption(
        topic="positive_class", choice="yes", confidence=0.5 if downward else 0.95, reason=reason, alternatives=("no",)
    )
    return Question(kind.name, target, (assumed, positive))


def _claim(given: Kind | None, column: ColumnProfile, said: Said) -> Claim:
    """The kind that the person gave, else the one that claims the column most surely. BadInput when none can be."""
    if given is not None:
        if misfit := task_misfit(given.name, column):
            raise BadInput(misfit)
        return Claim(given.name, 1.0, "given")
    claims = [claim for kind in register.kinds().values() if kind.built and (claim := kind.column.claim(column, said))]
    if not claims:
        raise BadInput(
            f"target column {column.name!r} has {column.distinct:,} texts, which no kind of problem can learn: merge "
            "some or choose another with --target"
        )
    return max(claims, key=lambda claim: (not claim.otherwise, claim.confidence))


def task_misfit(task: Task, column: ColumnProfile) -> str:
    """Why a column's values can't be answers of that kind; "" where they can, or a yes or no can be made of them."""
    kind = register.kind(task)
    misfit = "" if kind.event else kind.column.misfit(column)
    return f"task {task!r} {misfit}" if misfit else ""


def as_is(column: ColumnProfile, classes: tuple[str, ...]) -> Target:
    """The column's values as they stand."""
    return Target(column=column.name, rule="as_is", threshold=None, values=(), classes=classes)


def _of_two(
    specification: Specification, column: ColumnProfile, statement: Statement, kind: Kind
) -> tuple[Target, Assumption]:
    values = [level.value for level in column.levels]
    wanted = spelled(specification.option("positive_class", ""), values)
    if wanted and wanted not in (*values, "yes", "no"):
        raise BadInput(f"{wanted!r} is no value of {column.name!r}: choose one of {', '.join(map(repr, values[:8]))}")
    if column.distinct == 2:
        positive, sure, reason = (wanted, 1.0, "given") if wanted in values else positive_of(values, column, statement)
        target = as_is(column, kind.column.classes(column, positive))
        alternatives: tuple[str, ...] = (target.classes[0],)
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
