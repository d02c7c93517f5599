"""Wishes about features of two columns: ratios, differences, sums, products."""

from __future__ import annotations

import re
from functools import partial
from itertools import product
from typing import Any

from agent_graph.artifacts import Feature, FeatureDesign, Wish
from agent_graph.feedback.clauses import Clause, Reading
from agent_graph.feedback.phrases import END, MAKE, matched
from agent_graph.role import Finding, WishKind
from agent_graph.roles.data_scientist.wishes.features import comparing_used, feature_names, must_be_usable

PAIRS = ("ratio", "difference", "sum", "product")
_BETWEEN = {"ratio": "per", "difference": "minus", "sum": "plus", "product": "times"}
_HEADS = {  # what stands before both columns, and what stands between them, the surer word first
    "ratio": (r"(?:ratios?|quotients?|proportions?|fractions?)(?: features?)?(?: of| between)?",
              (r"to|over|per|divided by|against|vs\.?|/", r"by|and")),
    "difference": (r"(?:differences?|gaps?|spread)(?: of| between)?", (r"and|to|minus|from",)),
    "sum": (r"(?:sums?|totals?)(?: of| between)?", (r"and|plus|with",)),
    "product": (r"(?:products?|interactions?)(?: of| between)?|multiply", (r"and|by|with|times",)),
}  # fmt: skip
_INFIX = {
    "ratio": r"per|divided by|over|/", "difference": r"minus|-", "sum": r"plus|\+", "product": r"times|multiplied by"
                                                                                               r"|x|\*",
}  # fmt: skip
MOST_PAIRS = 16


def read_pair(clause: Clause, kind: str) -> Reading | None:
    """ "ratio of A to B", "A per B", "difference between A and B" … with each of A's and B's columns."""
    head, betweens = _HEADS[kind]
    inner = matched([rf"{MAKE}(?:{head})\s+(?P<rest>.+?){END}"], clause.text)
    infix = matched([rf"{MAKE}(?P<rest>.+?){END}"], clause.text)
    divided = matched([r"divide (?P<rest>.+)"], clause.text) if kind == "ratio" else None
    tries = [(inner["rest"], between) for between in betweens] if inner else []
    tries += [(divided["rest"], "by")] if divided else []
    tries += [(infix["rest"], _INFIX[kind])] if infix else []
    unclear = ""
    for rest, between in tries:
        found, why = _pairs(clause, rest, between)
        if found:
            return Reading(tuple(clause.wish(kind, pair) for pair in found))
        unclear = unclear or (why if inner or divided else "")
    return Reading(unclear=unclear) if unclear else None


def _pairs(clause: Clause, rest: str, between: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """All pairs of columns left and right of a word, or what is unclear about them."""
    joints = list(re.finditer(rf"\s+(?:{between})\s+", rest, re.IGNORECASE))
    joints += list(re.finditer(r"(?<=\S)/(?=\S)", rest)) if "/" in between else []
    why = ""
    for joint in joints[:8]:
        left = clause.columns.listed(rest[: joint.start()], numbers=True)
        right = clause.columns.listed(rest[joint.end() :], numbers=True)
        pairs = tuple((a, b) for a, b in product(left.names, right.names) if a != b)
        if pairs and len(pairs) <= MOST_PAIRS:
            return pairs, ""
        why = why or left.why or right.why
    return (), why


def carry_pair(design: FeatureDesign, wish: Wish, inputs: Any) -> FeatureDesign:
    """The design with a feature of the two columns."""
    if _pair_of(design, wish) is not None:
        return design
    left, right = wish.subjects
    must_be_usable(wish.subjects, inputs)
    name = feature_names(design).give(f"{left[:24]}_{_BETWEEN[wish.kind]}_{right[:24]}")
    made = Feature.model_validate(
        {"name": name, "transform": wish.kind, "columns": (left, right), "parameters": (), "why": "asked for in review"}
    )
    return design.model_copy(update={"features": (*design.features, made)})


def judge_pair(design: FeatureDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether a feature combines the two columns in that way."""
    if found := _pair_of(design, wish):
        return "followed", f"feature {found.name!r} is the {wish.kind} of {found.columns[0]!r} and {found.columns[1]!r}"
    told = " and ".join(map(repr, wish.subjects))
    for slot in design.derived:
        if set(wish.subjects) <= set(slot.inputs):
            return "not checked", f"derived {slot.name!r} reads {told}; that it is their {wish.kind} wasn't looked into"
    return "not followed", f"no feature is the {wish.kind} of {told}"


def _pair_of(design: FeatureDesign, wish: Wish) -> Feature | None:
    either = {wish.subjects, wish.subjects[::-1]} if wish.kind in ("sum", "product") else {wish.subjects}
    return next((f for f in design.features if f.transform == wish.kind and f.columns in either), None)


def read_no_pairs(clause: Clause) -> Reading | None:
    """ "no ratios", "without interactions"."""
    pattern = (
        r"(?:no|without|drop|remove|(?:do not|don't) (?:use|make|build|add)|leave out)(?: any| the| all)* "
        r"(?P<what>ratios?|differences?|sums?|products?|pairs?|interactions?|(?:derived|engineered|combined) "
        r"features?)"
        r"(?: features?)?"
    )
    match = matched([pattern], clause.text)
    if match is None:
        return None
    what = next((kind for kind in PAIRS if match["what"].lower().startswith(kind)), "all")
    return Reading((clause.wish("no_pairs", (), what),))


def carry_no_pairs(design: FeatureDesign, wish: Wish, inputs: Any) -> FeatureDesign:
    """The design without features of two columns of that kind; code too where all are meant."""
    gone = PAIRS if wish.value == "all" else (wish.value,)
    kept = tuple(f for f in design.features if f.transform not in gone)
    derived = () if wish.value == "all" else design.derived
    return comparing_used(design.model_copy(update={"features": kept, "derived": derived}))


def judge_no_pairs(design: FeatureDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether no such feature is left."""
    gone = PAIRS if wish.value == "all" else (wish.value,)
    left = [f.name for f in design.features if f.transform in gone]
    left += [slot.name for slot in design.derived] if wish.value == "all" else []
    what = "of two columns" if wish.value == "all" else f"that is a {wish.value}"
    if wish.value != "all" and design.derived and not left:
        return (
            "not checked",
            f"no feature is {what[5:]}; {len(design.derived)} derived ones are code that wasn't looked into",
        )
    return ("not followed", f"features {what}: {', '.join(left[:5])}") if left else ("followed", f"no feature {what}")


PAIR_KINDS = (
    *(WishKind(pair, partial(read_pair, kind=pair), carry_pair, judge_pair) for pair in PAIRS),
    WishKind("no_pairs", read_no_pairs, carry_no_pairs, judge_no_pairs),
)
