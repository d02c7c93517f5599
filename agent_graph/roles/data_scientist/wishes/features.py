"""Wishes about what the model sees: columns in and out, logarithms, flags, other readings of a column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from agent_graph.artifacts import Decision, FeatureDesign, Slot, Wish
from agent_graph.feedback.clauses import Clause, Reading, Refused
from agent_graph.feedback.phrases import KEEP, LEAVE, ONLY, matched, of_columns
from agent_graph.role import Finding, WishKind
from agent_graph.roles.data_scientist.playbook.columns import Names, column_features
from agent_graph.roles.data_scientist.playbook.design import usable


def without_column(design: FeatureDesign, wish: Wish, inputs: Any) -> FeatureDesign:
    """The design without a column: no feature, code, slice or expectation reads it."""
    name = wish.subjects[0]
    dropped = Decision(what=name, choice="not used", why="left out as asked for in review")
    kept = design.model_copy(update={
        "features": tuple(f for f in design.features if name not in f.columns),
        "derived": _unread(design.derived, name), "custom_slices": _unread(design.custom_slices, name),
        "custom_metrics": _unread(design.custom_metrics, name),
        "dropped": (*(d for d in design.dropped if d.what != name), dropped),
    })  # fmt: skip
    if not kept.features:
        raise Refused(f"without {name!r} no feature is left")
    return comparing_used(kept)


def comparing_used(design: FeatureDesign) -> FeatureDesign:
    """The design without comparisons and expectations of columns that no feature reads any more."""
    known = design.columns_used
    return design.model_copy(update={
        "slices": tuple(n for n in design.slices if n in known),
        "invariant": tuple(n for n in design.invariant if n in known),
        "directional": tuple(s for s in design.directional if s.key in known),
    })  # fmt: skip


def _unread(slots: tuple[Slot, ...], name: str) -> tuple[Slot, ...]:
    return tuple(slot for slot in slots if name not in slot.inputs)


def judge_absent(design: FeatureDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether no feature, code included, reads the column."""
    if not (readers := _readers(design, wish.subjects[0])):
        return "followed", f"{wish.subjects[0]!r} is in no feature and in no derived feature's inputs"
    return "not followed", f"{wish.subjects[0]!r} is read by {', '.join(readers[:5])}"


def judge_present(design: FeatureDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether some feature reads the column."""
    name = wish.subjects[0]
    if readers := _readers(design, name):
        return "followed", f"{name!r} is read by {', '.join(readers[:5])}"
    why = next(
        (f": it is the {r.use} ({r.why})" for r in inputs.problem.columns if r.name == name and r.use != "feature"), ""
    )
    return "not followed", f"{name!r} is in no feature{why}"


def _readers(design: FeatureDesign, name: str) -> list[str]:
    found: list[str] = [f.name for f in design.features if name in f.columns]
    return found + [slot.name for slot in design.derived if name in slot.inputs]


def with_column(design: FeatureDesign, wish: Wish, inputs: Any) -> FeatureDesign:
    """The design with the feature that the playbook makes of that column."""
    name = wish.subjects[0]
    if _readers(design, name):
        return design
    must_be_usable((name,), inputs)
    columns = [column for column in usable(inputs) if column.name == name]
    made, dropped = column_features(inputs.profile, columns, inputs.profile.main.rows, plain=False, future=None)
    if not made:
        raise Refused(f"{name!r}: {dropped[0].why}")
    feature = made[0].model_copy(update={"name": feature_names(design).give(made[0].name)})
    kept = tuple(d for d in design.dropped if d.what != name)
    return design.model_copy(update={"features": (*design.features, feature), "dropped": kept})


def must_be_usable(names: Iterable[str], inputs: Any) -> None:
    allowed = {column.name for column in usable(inputs)}
    for name in names:
        if name not in allowed:
            role = next((r for r in inputs.problem.columns if r.name == name), None)
            told = f"it is the {role.use} ({role.why})" if role else "there is no such column"
            raise Refused(f"{name!r} can't be a feature: {told}")


def feature_names(design: FeatureDesign) -> Names:
    names = Names()
    for taken in (*(f.name for f in design.features), *(slot.name for slot in design.derived)):
        names.give(taken)
    return names


def only_columns(design: FeatureDesign, wish: Wish, inputs: Any) -> FeatureDesign:
    """The design whose features read these columns alone."""
    for name in wish.subjects:
        design = with_column(design, wish.model_copy(update={"subjects": (name,)}), inputs)
    for name in sorted(design.columns_used - set(wish.subjects)):
        design = without_column(design, wish.model_copy(update={"subjects": (name,)}), inputs)
    return design


def judge_only_columns(design: FeatureDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether exactly these columns are read."""
    used = design.columns_used
    told = f"{len(used)} columns are read: {', '.join(map(repr, sorted(used)[:5]))}"
    return ("followed" if used == set(wish.subjects) else "not followed"), told


def read_only(clause: Clause) -> Reading | None:
    """ "use only A and B"."""
    match = matched(ONLY, clause.text)
    found = clause.columns.listed(match["columns"]) if match else None
    return Reading((clause.wish("only_columns", found.names),)) if found and found.names else None


COLUMN_KINDS = (
    WishKind("only_columns", read_only, only_columns, judge_only_columns),
    WishKind("leave_out", lambda clause: of_columns(clause, "leave_out", LEAVE), without_column, judge_absent),
    WishKind("use_column", lambda clause: of_columns(clause, "use_column", KEEP), with_column, judge_present),
)
