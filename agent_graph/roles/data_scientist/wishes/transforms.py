"""Wishes about other readings of a column: its logarithm, a flag for its gaps, a category instead of a number."""

from __future__ import annotations

import re
from typing import Any

from agent_graph.artifacts import Feature, FeatureDesign, Setting, Slot, Wish
from agent_graph.feedback.clauses import Clause, Reading, Refused
from agent_graph.feedback.phrases import END, MAKE, matched, of_columns
from agent_graph.role import Finding, WishKind
from agent_graph.roles.data_scientist.playbook.columns import MOST_LEVELS, min_count
from agent_graph.roles.data_scientist.playbook.orders import order_of
from agent_graph.roles.data_scientist.wishes.features import feature_names, must_be_usable

FITTING = {"category": "category", "categorical": "category", "categories": "category", "number": "number",
           "numeric": "number", "numbers": "number", "numerical": "number", "text": "text", "ordinal": "ordinal",
           "ordered": "ordinal"}  # fmt: skip


def read_log(clause: Clause) -> Reading | None:
    """ "log of X", "log-transform X"; of the target too."""
    transform = rf"{MAKE}log(?:arithmic)?[- ]?(?:transform(?:ation)?|scale)(?:ed)?(?: of| for| on)? (?P<columns>.+)"
    match = matched(
        [transform, rf"{MAKE}(?:logs?|logarithms?)(?: of |\s*\(\s*| )(?P<columns>.+?)\)?{END}"], clause.text
    )
    if match is None or re.match(r"loss|level|format", match["columns"], re.IGNORECASE):
        return None
    target = clause.inputs.problem.target.column
    if re.fullmatch(r"(?:the )?(?:target|label|answer)", match["columns"].strip(), re.IGNORECASE):
        return Reading((clause.wish("log", (target,)),))
    found = clause.columns.listed(match["columns"], numbers=True)
    if found.why:
        return Reading(unclear=found.why)
    return Reading(tuple(clause.wish("log", (name,)) for name in found.names))


def carry_log(design: FeatureDesign, wish: Wish, inputs: Any) -> FeatureDesign:
    """A derived feature that keeps the sign; for the target its own transform."""
    name = wish.subjects[0]
    if name == inputs.problem.target.column:
        return design.model_copy(update={"target_transform": "log1p"})
    if judge_log(design, wish, inputs)[0] == "followed":
        return design
    must_be_usable((name,), inputs)
    own = feature_names(design).give(f"log_{name[:32]}")
    source = f"import numpy as np\n\n\ndef {own}(value):\n    return np.sign(value) * np.log1p(np.abs(value))\n"
    slot = Slot(name=own, inputs=(name,), source=source, why="asked for in review: the logarithm, its sign kept")
    return design.model_copy(update={"derived": (*design.derived, slot)})


def judge_log(design: FeatureDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether code takes the column's logarithm, or the target's transform does."""
    name = wish.subjects[0]
    if name == inputs.problem.target.column:
        kept = design.target_transform == "log1p"
        return ("followed" if kept else "not followed"), f"target_transform is {design.target_transform}"
    found = [s.name for s in design.derived if s.inputs == (name,) and re.search(r"\blog(1p|2|10)?\(", s.source)]
    if found:
        return "followed", f"derived {found[0]!r} is made of {name!r} alone and calls a logarithm"
    return "not followed", f"no derived feature takes the logarithm of {name!r}"


def read_flag(clause: Clause) -> Reading | None:
    """ "missing flag for X", "flag where X is missing"."""
    flag = r"(?:missing(?:ness)?[- ]?(?:value )?(?:flags?|indicators?)|(?:flags?|indicators?) (?:for|of|where) missing)"
    return of_columns(clause, "missing_flag", (
        rf"{MAKE}{flag}(?: for| of| in| on)? (?P<columns>.+?)", r"flag (?:where |when |that )?(?P<columns>.+?) (?:is"
                                                                r"|are) missing",
        r"flag (?:the )?missing (?:values )?(?:of |in )?(?P<columns>.+)",
    ))  # fmt: skip


def carry_flag(design: FeatureDesign, wish: Wish, inputs: Any) -> FeatureDesign:
    """The design with a flag for the column."""
    if judge_flag(design, wish, inputs)[0] == "followed":
        return design
    must_be_usable(wish.subjects, inputs)
    name = feature_names(design).give(f"{wish.subjects[0][:40]}_missing")
    made = Feature(name=name, transform="missing_flag", columns=wish.subjects, parameters=(), why="asked for in review")
    return design.model_copy(update={"features": (*design.features, made)})


def judge_flag(design: FeatureDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether a missing_flag reads the column."""
    found = [f.name for f in design.features if f.transform == "missing_flag" and f.columns == wish.subjects]
    told = f"feature {found[0]!r} flags" if found else "no feature flags"
    return ("followed" if found else "not followed"), f"{told} missing values of {wish.subjects[0]!r}"


def read_treat(clause: Clause) -> Reading | None:
    """ "treat X as a category"."""
    match = matched([r"(?:treat|use|take|read|handle|encode|see) (?P<columns>.+?) as (?:an? )?(?P<how>[a-z]+)"
                     r"(?: (?:feature|column|variable|value)s?)?"], clause.text)  # fmt: skip
    how = FITTING.get(match["how"].lower()) if match else None
    if match is None or how is None:
        return None
    found = clause.columns.listed(match["columns"])
    if found.why:
        return Reading(unclear=found.why)
    return Reading(tuple(clause.wish("treat_as", (name,), how) for name in found.names))


def carry_treat(design: FeatureDesign, wish: Wish, inputs: Any) -> FeatureDesign:
    """The column's own feature, read in the other way."""
    name, how = wish.subjects[0], wish.value or ""
    must_be_usable(wish.subjects, inputs)
    rows = inputs.profile.main.rows
    given: dict[str, str] = {"category": {"min_count": str(min_count(rows)), "max_levels": str(MOST_LEVELS)},
                             "text": {"min_df": "2", "components": "40"}}.get(how, {})  # fmt: skip
    if how == "ordinal":
        order = order_of(name, [level.value for level in inputs.profile.column(name).levels])
        if not order:
            raise Refused(f"the levels of {name!r} have no order that is known: a model could write it down")
        given = {level: str(rank) for rank, level in enumerate(order)}
    old = next((f for f in design.features if f.columns == (name,) and f.transform != "missing_flag"), None)
    made = Feature.model_validate({
        "name": old.name if old else feature_names(design).give(name), "transform": how, "columns": (name,),
        "parameters": tuple(Setting(key=key, value=value) for key, value in given.items()), "why": "asked for in "
                                                                                                   "review",
    })  # fmt: skip
    kept = tuple(made if f is old else f for f in design.features)
    return design.model_copy(update={"features": kept if old else (*kept, made)})


def judge_treat(design: FeatureDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether the column's own features are of that kind, and of no other."""
    own = [f for f in design.features if f.columns == wish.subjects and f.transform != "missing_flag"]
    fits = {"category": ("category", "rare_category")}.get(wish.value or "", (wish.value,))
    told = ", ".join(f"{f.name!r} ({f.transform})" for f in own) or "no feature of its own"
    good = bool(own) and all(f.transform in fits for f in own)
    return ("followed" if good else "not followed"), f"{wish.subjects[0]!r} is read by {told}"


TRANSFORM_KINDS = (
    WishKind("log", read_log, carry_log, judge_log),
    WishKind("missing_flag", read_flag, carry_flag, judge_flag),
    WishKind("treat_as", read_treat, carry_treat, judge_treat),
)
