"""Wishes about single columns on their way in: ranges, levels, whether they must be there or pass at all."""

from __future__ import annotations

import re
from typing import Any

from agent_graph.artifacts import ColumnContract, DataDesign, Decision, Wish
from agent_graph.feedback.amounts import amounts, number
from agent_graph.feedback.clauses import Clause, Reading, Refused
from agent_graph.feedback.phrases import matched, of_columns
from agent_graph.role import Finding, WishKind
from agent_graph.roles.data_engineer.playbook.contract import column_contract

_AMOUNT = r"-?[\d.,]+(?:k)?"


_RANGE = (
    (rf"(?P<columns>.+?) (?:(?:must|should|may|can|shall) )?(?:be |lie |lies |is |range |ranges )?(?:between|from) "
     rf"(?P<low>{_AMOUNT})(?: \w+)? (?:and|to) (?P<high>{_AMOUNT})(?: \w+)?"),
    (rf"(?:limit|restrict|hold|keep|set|allow) (?P<columns>.+?) (?:to|between|from|in|within)(?: the range)?(?: from"
     rf"| of)? ?(?P<low>{_AMOUNT}) ?(?:and|to|-|\.\.) ?(?P<high>{_AMOUNT})"),
    (rf"(?:the )?range (?:of|for) (?P<columns>.+?) (?:is|should be|must be|:)? ?(?P<low>{_AMOUNT}) ?(?:and|to|-"
     rf"|\.\.) ?(?P<high>{_AMOUNT})"),
    (rf"(?P<columns>.+?) (?:(?:must|should|may|can) )?(?:be |is )?(?:at least|>=|not below|no less than|never below) "
     rf"(?P<low>{_AMOUNT})"),
    (rf"(?P<columns>.+?) (?:(?:must|should|may|can) )?(?:be |is )?(?:at most|<=|not above|no more than|never above"
     rf"|up to) (?P<high>{_AMOUNT})"),
    (rf"(?P<columns>.+?) (?:can't|cannot|must not|may not|never|must never) (?:exceed|be (?:above|over|more than)) "
     rf"(?P<high>{_AMOUNT})"),
    (rf"(?P<columns>.+?) (?:can't|cannot|must not|may not|never|must never) be (?:below|under|less than) "
     rf"(?P<low>{_AMOUNT})"),
    (r"(?P<columns>.+?) (?:(?:must|should|may|can|is|are) )?(?:never|not)(?: be| is)? (?P<negative>negative)"),
)  # fmt: skip


def contract(design: DataDesign, name: str | None) -> ColumnContract:
    """The contract of a column, the target's too; KeyError when there is none."""
    return design.target if name == design.target.name else design.column(name or "")


def changed(design: DataDesign, name: str | None, **changes: Any) -> DataDesign:
    """The design with another contract for a column."""
    made = contract(design, name).model_copy(update=changes)
    if name == design.target.name:
        return design.model_copy(update={"target": made})
    columns = tuple(made if column.name == name else column for column in design.columns)
    return design.model_copy(update={"columns": columns})


def read_range(clause: Clause) -> Reading | None:
    """ "tenure between 0 and 100", "tenure at most 80", "never negative"."""
    unclear = ""
    for pattern in _RANGE:
        if (match := matched([pattern], clause.text)) is None:
            continue
        given = match.groupdict()
        low, high = (_value(given.get(end)) for end in ("low", "high"))
        low = 0.0 if given.get("negative") else low
        found = clause.columns.listed(match["columns"], numbers=True)
        if found.names and (low, high) != (None, None):
            value = f"{'' if low is None else number(low)} .. {'' if high is None else number(high)}".strip()
            return Reading(tuple(clause.wish("range", (name,), value) for name in found.names))
        unclear = unclear or found.why
    return Reading(unclear=unclear) if unclear and re.search(r"\bbetween\b|\brange\b", clause.text) else None


def _value(text: str | None) -> float | None:
    found = amounts(text.lstrip("-")) if text else ()
    return None if len(found) != 1 else found[0].value * (-1 if text and text.startswith("-") else 1)


def _ends(wish: Wish) -> dict[str, float]:
    low, _, high = (wish.value or "").partition("..")
    return {name: float(text) for name, text in (("minimum", low.strip()), ("maximum", high.strip())) if text}


def carry_range(design: DataDesign, wish: Wish, inputs: Any) -> DataDesign:
    """The design with those ends of the column's hard range."""
    if contract_or_refusal(design, wish).dtype not in ("int", "float"):
        raise Refused(f"{wish.subjects[0]!r} holds no numbers, so it has no range")
    return changed(design, wish.subjects[0], **_ends(wish))


def contract_or_refusal(design: DataDesign, wish: Wish) -> ColumnContract:
    """The contract that the wish speaks of; Refused when the column isn't kept."""
    try:
        return contract(design, wish.subjects[0])
    except KeyError:
        raise Refused(f"{wish.subjects[0]!r} isn't among the kept columns") from None


def judge_range(design: DataDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether the column's hard range has those ends."""
    try:
        column = contract(design, wish.subjects[0])
    except KeyError:
        return "not followed", f"{wish.subjects[0]!r} isn't among the kept columns"
    good = all(getattr(column, end) == value for end, value in _ends(wish).items())
    return ("followed" if good else "not followed"), f"{column.name!r} lies in {column.minimum} .. {column.maximum}"


def drop(design: DataDesign, wish: Wish, inputs: Any) -> DataDesign:
    """The design that leaves a column at the door; the rule knows which ones are needed."""
    name = wish.subjects[0]
    if name in inputs.problem.used("feature") and "." not in name:
        raise Refused(f"{name!r} is a feature of this problem: the data scientist can leave it out of the model")
    gone = Decision(what=name, choice="left at the door", why="asked for in review")
    return design.model_copy(update={
        "columns": tuple(c for c in design.columns if c.name != name),
        "excluded": (*(d for d in design.excluded if d.what != name), gone),
        "key": tuple(k for k in design.key if k != name),
        "rules": tuple(r for r in design.rules if r.column != name),
        "custom_rules": tuple(r for r in design.custom_rules if name not in r.inputs),
    })  # fmt: skip


def keep(design: DataDesign, wish: Wish, inputs: Any) -> DataDesign:
    """The design that lets a column pass, with the contract that the playbook would write."""
    name = wish.subjects[0]
    role = next(r for r in inputs.problem.columns if r.name == name)
    if any(c.name == name for c in design.columns):
        return design
    if role.use in ("leak", "target"):
        raise Refused(f"{name!r} is the {role.use}: {role.why}")
    kept = tuple(d for d in design.excluded if d.what != name)
    return design.model_copy(update={"columns": (*design.columns, column_contract(inputs, role)), "excluded": kept})


def judge_kept(there: bool) -> Any:
    def judge(design: DataDesign, wish: Wish, inputs: Any) -> Finding:
        name, found = wish.subjects[0], any(c.name == wish.subjects[0] for c in design.columns)
        told = f"{name!r} {'is' if found else 'is not'} among the {len(design.columns)} kept columns"
        return ("followed" if found == there else "not followed"), told

    return judge


def flag_kind(kind: str, patterns: tuple[str, ...], value: bool) -> WishKind:
    """Whether a column must be there in every row that comes in."""

    def carry(design: DataDesign, wish: Wish, inputs: Any) -> DataDesign:
        contract_or_refusal(design, wish)
        return changed(design, wish.subjects[0], required=value)

    def judge(design: DataDesign, wish: Wish, inputs: Any) -> Finding:
        found = next((c.required for c in design.columns if c.name == wish.subjects[0]), None)
        return ("followed" if found is value else "not followed"), f"required of {wish.subjects[0]!r} is {found}"

    return WishKind(kind, lambda clause: of_columns(clause, kind, patterns), carry, judge)


def open_levels(design: DataDesign, wish: Wish, inputs: Any) -> DataDesign:
    column = contract_or_refusal(design, wish)
    return changed(design, column.name, allowed=(), known=column.known or column.allowed)


def judge_open(design: DataDesign, wish: Wish, inputs: Any) -> Finding:
    column = next((c for c in design.columns if c.name == wish.subjects[0]), None)
    if column is None:
        return "not followed", f"{wish.subjects[0]!r} isn't among the kept columns"
    told = f"{len(column.allowed)} levels are allowed" if column.allowed else "any level may come"
    return ("not followed" if column.allowed else "followed"), f"{column.name!r}: {told}"
