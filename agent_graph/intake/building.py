"""How the label is made of the target's column: as it stands, by a bar in the words, some values against the rest."""

from __future__ import annotations

from dataclasses import dataclass

from agent_graph import register
from agent_graph.artifacts import ColumnProfile, Specification, Target, Task
from agent_graph.errors import BadInput
from agent_graph.intake.framing.statement import read_statement
from agent_graph.intake.framing.task import settle_task
from agent_graph.intake.framing.unbuilt import built


@dataclass(frozen=True)
class Label:
    """The label of a reading. `built` is False where the words leave open how it is made; `why` says so."""

    target: Target | None
    build: str = ""
    task: str = ""
    positive: str | None = None
    built: bool = True
    why: str = ""


def built_label(
    specification: Specification, column: ColumnProfile, task: Task, events: tuple[tuple[str, float], ...]
) -> Label:
    """The label of a column for a task, with the event that was settled."""
    options = [option for option in specification.options if option.key != "positive_class"]
    given = specification.option("positive_class", "") or (events[0][0] if events else "")
    wanted = specification.model_dump() | {
        "options": [
            *(o.model_dump() for o in options),
            *([{"key": "positive_class", "value": given}] if given else []),
        ],
    }
    statement = read_statement(specification.statement)
    tried: tuple[str | None, ...] = (None, task) if specification.task is None else (specification.task,)
    why = ""
    if not built(task) and not _is_to_blame(specification, column, task):
        return Label(target=None)
    for each in tried if built(task) else tried[:1]:
        try:
            question = settle_task(Specification.model_validate({**wanted, "task": each}), column, statement)
        except BadInput as error:
            why = str(error)
            continue
        if not built(task):
            return Label(target=None)
        if each is None and question.target.rule == "as_is" and question.task != task:
            continue  # a bar in the words comes first; else the task that was weighed
        return _label(question.target, question.task, why)
    return Label(target=None, built=False, why=why)


def _is_to_blame(specification: Specification, column: ColumnProfile, task: Task) -> bool:
    """Whether the column, where no kind can learn it, is why nothing is built, rather than that the kind isn't: no kind
    asks for a date, and a named column that is to hold the answer may have left the reading no other kind."""
    if column.kind == "datetime":
        return True
    named = specification.target is not None and specification.task is None
    return named and register.kind(task).truth in ("series", "duration")


def made_in_words(column: str, sign: str, than: float | tuple[str, ...]) -> str:
    """How a yes or no is made of a column: "1 where days > 30, else 0", "1 where state is not A, B, else 0"."""
    value = ", ".join(than) if isinstance(than, tuple) else f"{than:g}"
    return f"1 where {column} {sign} {value}, else 0"


def _label(target: Target, task: str, why: str) -> Label:
    if target.rule in ("above", "below"):
        sign = ">" if target.rule == "above" else "<"
        build = made_in_words(target.column, sign, target.threshold or 0.0)
        return Label(target, build=build, task=task, positive="1")
    if target.rule == "one_of":
        return Label(target, task=task, positive=target.values[0])
    if target.rule == "other_than":
        build = made_in_words(target.column, "is not", target.values)
        return Label(target, build=build, task=task, positive="1")
    return Label(target, task=task, positive=target.classes[1] if register.kind(task).event else None)
