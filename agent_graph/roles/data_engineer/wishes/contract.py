"""Wishes about rows on their way in: columns, ranges, gaps, keys, duplicates, batches, retention."""

from __future__ import annotations

from typing import Any

from agent_graph.artifacts import DataDesign, QualityRule, Wish
from agent_graph.feedback.clauses import Clause, Reading, Refused
from agent_graph.feedback.fields import NO, Lens, Number, Word, at
from agent_graph.feedback.phrases import KEEP, LEAVE, matched, of_columns
from agent_graph.role import Finding, WishKind
from agent_graph.roles.data_engineer.wishes.ranges import (
    carry_range,
    changed,
    contract,
    drop,
    flag_kind,
    judge_kept,
    judge_open,
    judge_range,
    keep,
    open_levels,
    read_range,
)

_SUBJECT = ("max_unseen_share", "max_repeated_share", "freshness_days")
_KEY = (r"rows are (?:unique|different|identified) by (?P<columns>.+)",
        r"(?:identify|tell|recogni[sz]e|know|key|deduplicate)(?: the)?(?: rows?| records?)?(?: apart)? by "
        r"(?P<columns>.+)",
        r"(?:the |use (?:the )?|set (?:the )?)?(?:row |primary |unique )?key(?: columns?)?(?: is| are|:|=| should be"
        r"| must be| to| of)+ (?P<columns>.+)",
        r"(?:use )?(?P<columns>.+?) (?:is|are|as) (?:the |a )?(?:row |primary |unique )?key(?: columns?)?")  # fmt: skip


def _rule(kind: str) -> Lens:
    """The threshold of a rule over whole batches."""

    def get(design: DataDesign, name: str | None) -> float | None:
        return next((r.threshold for r in design.rules if r.kind == kind and (name is None or r.column == name)), None)

    def put(design: DataDesign, name: str | None, value: float) -> DataDesign:
        fits = [r for r in design.rules if r.kind == kind and (name is None or r.column == name)]
        if kind in _SUBJECT and not fits and name is None:
            raise Refused(f"{kind} needs a column")
        if kind in _SUBJECT and name is not None:
            design.column(name)  # KeyError: not kept
        made = [r.model_copy(update={"threshold": value, "why": "asked for in review"}) for r in fits] or [
            QualityRule.model_validate({"kind": kind, "column": name if kind in _SUBJECT else None, "threshold": value,
                                        "severity": "error", "why": "asked for in review"})]  # fmt: skip
        return design.model_copy(update={"rules": (*(r for r in design.rules if r not in fits), *made)})

    return Lens(f"rule {kind}", get, put)


def _tolerance() -> Lens:
    def get(design: DataDesign, name: str | None) -> float | None:
        column = contract(design, name)
        return column.max_missing if column.nullable else 0.0

    def put(design: DataDesign, name: str | None, value: float) -> DataDesign:
        return changed(design, name, max_missing=value, nullable=value > 0)

    return Lens("max_missing", get, put)


def read_key(clause: Clause) -> Reading | None:
    """ "identify rows by customerID", "no key"."""
    if matched(
        [
            rf"(?:{NO}) (?:row |primary )?key(?: columns?)?",
            r"(?:identify|tell) rows (?:apart )?by (?:their|the whole) (?:whole )?(?:content|row)",
        ],
        clause.text,
    ):
        return Reading((clause.wish("key", ()),))
    if (match := matched(_KEY, clause.text)) is None:
        return None
    found = clause.columns.listed(match["columns"])
    return Reading(unclear=found.why) if found.why else Reading((clause.wish("key", found.names),))


def carry_key(design: DataDesign, wish: Wish, inputs: Any) -> DataDesign:
    """The design with that key."""
    return design.model_copy(update={"key": wish.subjects})


def judge_key(design: DataDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether rows are told apart by it."""
    told = ", ".join(map(repr, design.key)) or "the whole row's content"
    return ("followed" if set(design.key) == set(wish.subjects) else "not followed"), f"rows are told apart by {told}"


_GAPS = r"\b(?:missing(?:ness)?(?: values)?|nulls?|nans?|gaps?|empty(?: values)?)\b"
_TOLERANCE = Number("missing_tolerance", _GAPS, "share", _tolerance(), about="tolerate tolerated column rows in of",
                    subjects=True, needs_subject=True)  # fmt: skip


def read_gapless(clause: Clause) -> Reading | None:
    """ "no missing values in X", "X must never be missing"."""
    return of_columns(clause, "missing_tolerance", (
        r"(?:no|never|without|(?:do not|don't) (?:allow|accept|tolerate)(?: any)?) (?:missing(?: values)?|nulls?"
        r"|gaps?) (?:in|of|for) (?P<columns>.+)",
        r"(?P<columns>.+?) (?:must|should|may) (?:never|not) be (?:missing|null|empty)"), "= 0")  # fmt: skip


_DUPLICATES = r"(?:duplicates?|duplicate rows|equal rows|repeated rows|rows delivered twice)"
_NUMBERS = (
    Number("missing_target", r"\bmissing (?:labels?|targets?)\b|\b(?:labels?|targets?) (?:may be )?missing\b",
           "share", _rule("max_missing_target_share"),
           about="tolerate rows batch"),
    Number("raw_retention", r"\braw(?: data| rows| files| batches)?(?: retention)?\b", "days",
           at("raw_retention_days", whole=True),
           about="data retain retention store delete after rows files days"),
    Number("processed_retention", r"\bprocessed(?: data| rows| files| batches)?(?: retention)?\b", "days",
           at("processed_retention_days", whole=True), about="data retain retention store delete after rows files "
                                                             "days"),
    Number("ingest_seconds", r"\bingest(?:s|ion|ing|ed)?\b", "s", at("ingest_sla_s"), about="batch done finish sla "
                                                                                            "time take takes"),
    Number("valid_share", r"\bvalid(?:ity)?(?: rows)?\b|\bwithout (?:any )?breach(?:es)?\b", "share",
           at("valid_share_sla"), about="rows sla share batch"),
    Number("min_rows", r"\b(?:min(?:imum)?[ _])?rows(?: (?:per|in|of) (?:an? |each |every )?batch)?\b|\bbatch size\b",
           "count",
           _rule("min_rows"), about="batch batches hold contain minimum size"),
    Number("duplicate_share", rf"\b{_DUPLICATES}\b", "share", _rule("max_duplicate_share"), about="rows tolerate "
                                                                                                  "share batch"),
    Number("freshness", r"\b(?:fresh(?:ness)?|older|stale|age)\b", "days", _rule("freshness_days"),
           about="data rows old no not", subjects=True),
    Number("quantile_shift", r"\b(?:quantile )?shift(?:s)?\b", "share", _rule("max_quantile_shift"),
           about="tolerate quantiles quantile distribution"),
    Number("unseen_share", r"\b(?:unseen|unknown|new) (?:levels?|values?|categories)\b", "share",
           _rule("max_unseen_share"),
           about="tolerate in rows", subjects=True),
)  # fmt: skip
WISHES = (
    *(row.kind() for row in _NUMBERS),
    Word("duplicates", "drop_duplicates", (
        (rf"(?:keep|retain|allow|(?:do not|don't) (?:drop|remove|delete))(?: the| all)? {_DUPLICATES}", False),
        (rf"(?:drop|remove|delete|discard|(?:do not|don't) keep|no|de-?duplicate)(?: the| all)?(?: {_DUPLICATES}| "
         rf"rows)?|{_DUPLICATES} (?:must|should) go", True))).kind(),
    Word("partition", "partition_by", (
        (r"(?:partition|split|store)(?: (?:the )?(?:data|rows|files))? (?:by|per) month|monthly partitions|one "
         r"(?:file|folder) (?:a|per) month", "month"),
        (r"(?:partition|split|store)(?: (?:the )?(?:data|rows|files))? (?:by|per) batch|one (?:file|folder) (?:a"
         r"|per) batch", "batch"))).kind(),
    WishKind("key", read_key, carry_key, judge_key),
    WishKind("range", read_range, carry_range, judge_range),
    flag_kind("optional", (r"(?P<columns>.+?) (?:is|are|may be|should be|can be) (?:optional|absent|not required)",
                       r"(?:do not|don't) require (?P<columns>.+)", r"make (?P<columns>.+?) optional"), False),
    flag_kind("required", (r"(?P<columns>.+?) (?:is|are|must be|should be) (?:required|mandatory|present|always there)",
                       r"(?:always )?require (?P<columns>.+)", r"make (?P<columns>.+?) (?:required|mandatory)"), True),
    WishKind("missing_tolerance", read_gapless, _TOLERANCE.carry, _TOLERANCE.judge),
    _TOLERANCE.kind(),
    WishKind("open_levels", lambda clause: of_columns(clause, "open_levels", (
        r"(?:allow|accept|tolerate)(?: any)? (?:new|unseen|unknown|other|further) (?:levels?|values?|categories) "
        r"(?:in|of|for) (?P<columns>.+)",
        r"(?P<columns>.+?) (?:may|can) (?:take|have|hold|get) (?:new|other|any|further) (?:levels?|values?"
        r"|categories)")), open_levels, judge_open),
    WishKind("leave_out", lambda clause: of_columns(clause, "leave_out", LEAVE), drop, judge_kept(there=False)),
    WishKind("use_column", lambda clause: of_columns(clause, "use_column", KEEP), keep, judge_kept(there=True)),
)  # fmt: skip
