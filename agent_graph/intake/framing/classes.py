"""Which class is the one looked for, and how several values become two."""

from __future__ import annotations

import re
from typing import Literal

from agent_graph.artifacts import ColumnProfile, Target
from agent_graph.errors import BadInput
from agent_graph.intake.framing.statement import Statement
from agent_graph.profiling.concepts import akin
from agent_graph.profiling.names import stems

NEGATIVE = frozenset({
    "none", "no", "nothing", "normal", "negative", "ok", "okay", "healthy", "absent", "0", "false", "n", "f",
    "alive", "survived", "good", "benign", "ham", "legit", "legitimate", "genuine", "pass", "passed", "stay",
    "stayed", "retained", "existing customer", "no damage", "not", "off", "current", "fully paid", "paid", "0.0",
    "<=50k", "control", "no event", "non-fraud", "no fault", "no failure", "on time",
})  # fmt: skip
POSITIVE = frozenset({
    "yes", "y", "true", "t", "1", "1.0", "positive", "churned", "left", "dead", "died", "fraud", "spam", "default",
    "bad", "malignant", "sick", "disease", "fail", "failed", "late", "attrited customer", "abnormal", "case",
    "event", "on", "charged off", ">50k",
})  # fmt: skip
FEWEST_IN_CLASS = 5  # rows: one for each fold


def without_rare(target: Target, column: ColumnProfile, rows: int) -> Target:
    """The same label without classes of too few rows to learn, as long as two others are left."""
    few = {level.value for level in column.levels if round(level.share * rows) < FEWEST_IN_CLASS} & set(target.classes)
    kept = tuple(name for name in target.classes if name not in few)
    if not few or len(kept) < 2:
        return target
    return target.model_copy(update={"classes": kept, "rare": tuple(n for n in target.classes if n in few)})


def refuse_one_row(column: ColumnProfile, rows: int) -> None:
    """BadInput when a column of two texts holds one of them once: neither is left out, so no kind can learn it."""
    if column.distinct != 2 or column.storage in ("integer", "float"):
        return
    if alone := next((level.value for level in column.levels if round(level.share * rows) == 1), ""):
        raise BadInput(of_one_row(alone, column.name))


def of_one_row(value: str, column: str) -> str:
    """What is said of a class that can't be both learnt and checked."""
    return f"class {value!r} of {column!r} has one row: merge it with another or leave that row out"


def positive_of(values: list[str], column: ColumnProfile, statement: Statement) -> tuple[str, float, str]:
    """Which of two values is looked for: yes before no, else the one the wish speaks of, else the rarer."""
    yes = [v for v in values if v.strip().lower() in POSITIVE]
    no = [v for v in values if v.strip().lower() in NEGATIVE]
    if len(yes) == 1 or (len(no) == 1 and not yes):
        positive = yes[0] if len(yes) == 1 else next(v for v in values if v != no[0])
        return positive, 0.95, f"{positive!r} is the value that says that it happens"
    said = {v: max((akin(a, b) for a in stems(v) for b in stems(statement.wish)), default=0.0) for v in values}
    best = max(values, key=lambda v: said[v])
    if said[best] > 0 and list(said.values()).count(said[best]) == 1:
        return best, 0.8, f"the statement speaks of {best!r}"
    return values[-1], 0.6, f"{values[-1]!r} is the rarer value ({column.levels[-1].share:.0%})"


def many_to_two(wanted: str, column: ColumnProfile, statement: Statement) -> tuple[Target, float, str]:
    """Yes or no of several values: those spoken of, or all but the one that says that nothing happened."""
    negative = negative_of(column)
    rule: Literal["one_of", "other_than"]
    told = [wanted] if wanted else [level.value for level in column.levels if is_said(level.value, statement)]
    if wanted or (told and negative is None):
        rule, values = "one_of", tuple(told)
        why = f"yes where {column.name!r} is {' or '.join(map(repr, told))}"
    else:
        rule, values = "other_than", (negative or column.levels[0].value,)
        why = f"yes where {column.name!r} is anything but {values[0]!r}"
    target = Target(column=column.name, rule=rule, threshold=None, values=values, classes=("no", "yes"))
    return target, 1.0 if wanted else 0.85 if negative or told else 0.4, why


def negative_of(column: ColumnProfile) -> str | None:
    """The value that says that nothing happened."""
    return next((level.value for level in column.levels if level.value.strip().lower() in NEGATIVE), None)


def is_said(value: str, statement: Statement) -> bool:
    """Whether the statement speaks of the value; of one or two letters only as they stand."""
    if len(value) <= 2:
        return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", statement.text) is not None and value.isupper()
    return statement.mentions(value)
