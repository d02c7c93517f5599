"""Columns that by their names are known only afterwards, or are the target under another name."""

from __future__ import annotations

import numpy as np

from agent_graph import register
from agent_graph.artifacts import Suspect
from agent_graph.profiling.concepts import akin, meaningful
from agent_graph.profiling.names import SHORT, lexicon, stems, words
from agent_graph.profiling.suspects.evidence import PLANNED, Evidence

# Words of what is written down when it is over.
AFTERWARDS = lexicon(
    "paid repaid prepaid refund refunded recovered recoveries settled settlement chargeback chargeoff writeoff "
    "cancelled canceled cancellation resolved resolution discharged autopsy delay delayed elapsed overrun "
    "delivered arrived disbursed disbursement funded outcome verdict actual actuals churned terminated "
    "termination"
)
# The same, but often harmless: they count when the statement says what is known and this isn't among it, or when
# the values speak against them too.
DOUBTFUL = lexicon(
    "status balance closed closing closure final result results cost costs repair repairs damage damages injury "
    "injuries severity casualties payment payments penalty satisfaction feedback reason discharge exit returned "
    "shipped response review listing issue issued award awarded granted survived killed fatalities evacuated "
    "response_time resolution_time hospitalized loss losses"
)
BEFORE = lexicon(
    "last previous prev prior past ever historical history ago since before earlier first expected planned sched "
    "schedule scheduled estimated requested initially old former never lag lagged avg average mean rolling 12m "
    "24m 2y 6m 3m 1y"
)
# A status, a reason or a payment that is a trait of the person or the order and known from the start.
TRAITS = lexicon(
    "marital marriage employment employ emp smoking smoke home homeownership residence civil immigration "
    "military health vip checking student method mode type plan channel visit admission call contact family "
    "social citizenship ownership savings saving credit poutcome frequency option term terms num number count n"
)
GENERIC = frozenset(
    stems(
        "class type score rate status count value amount number label target y grade level group category index total "
        "time name"
    )
)


def known_afterwards(evidence: Evidence) -> list[Suspect]:
    """By words of an end, by being the actual to something planned, by missing when the target is."""
    found = []
    for name in evidence.names:
        why, strength = _why(evidence, name)
        if why and not (evidence.words.lists(name) and strength < 0.85):
            found.append(Suspect(column=name, ground="known_afterwards", strength=strength, why=why))
    return found


def _why(evidence: Evidence, name: str) -> tuple[str, float]:
    said = set(words(name))
    planned = _planned_twin(evidence, name)
    if planned:
        return f"{planned!r} is the plan and this is what came of it", 0.9
    if _missing_together(evidence, name):
        return f"it is missing just where {evidence.target.column!r} is: both are written down at the end", 0.9
    if said & BEFORE or any(word[:-1].isdigit() for word in said):
        return "", 0.0
    strong = sorted(said & AFTERWARDS)
    moment = set(stems(evidence.words.moment))
    if strong and not any(akin(word, m) for word in stems(" ".join(strong)) for m in moment):
        return f"{strong[0]!r} is a word of what is known only afterwards", 0.75
    doubtful = sorted(said & DOUBTFUL)
    if not doubtful or said & TRAITS or any(akin(w, m) for w in stems(" ".join(doubtful)) for m in moment):
        return "", 0.0
    if evidence.words.known:
        return f"{doubtful[0]!r} isn't among what the statement lists as known, and is a word of an end", 0.65
    if _one_sided(evidence, name):
        return f"{doubtful[0]!r} is filled almost only where the target is {evidence.target.classes[-1]!r}", 0.7
    return "", 0.0


def _planned_twin(evidence: Evidence, name: str) -> str:
    """The column of the same name but for a word like "scheduled"."""
    own = words(name)
    wanted = tuple(part for part in own if part != "actual")
    for other in evidence.planned:
        if other != name and tuple(part for part in words(other) if part not in PLANNED) == wanted:
            return other
    return ""


def _missing_together(evidence: Evidence, name: str) -> bool:
    here = evidence.frame[name].is_null().to_numpy()
    there = evidence.frame[evidence.target.column].is_null().to_numpy()
    if min(here.sum(), there.sum()) < 20:
        return False
    return float((here & there).sum() / (here | there).sum()) > 0.8


def _one_sided(evidence: Evidence, name: str) -> bool:
    """Other than empty, 0 or its one usual value only where the label is the rarer one."""
    if len(evidence.target.classes) != 2:
        return False
    column = evidence.column(name)
    values = evidence.frame[name]
    usual = values.is_null() if column.missing > 0.5 else (values.cast(str) == column.levels[0].value).fill_null(True)
    unusual = (~usual).to_numpy() & evidence.labelled
    rate = float(np.nanmean(evidence.labels[:, 0]))
    return unusual.sum() >= 20 and float(evidence.labels[unusual, 0].mean()) > max(0.5, 4 * rate)


def siblings(evidence: Evidence) -> list[Suspect]:
    """Columns named after the target; counts that stand beside them when the statement lists other things."""
    target = evidence.target.column
    found = [
        Suspect(column=n, ground="derived_from_target", strength=0.7, why=f"it is named after the target {target!r}")
        for n in evidence.names
        if _named_after(n, target)
        and not evidence.words.lists(n)
        and not set(words(n)) & BEFORE
        and _alike(evidence, n)
    ]
    return found + _neighbours(evidence, {s.column for s in found} | {target})


def _named_after(name: str, target: str) -> bool:
    own, wanted = meaningful(stems(name)), meaningful(stems(target))
    if not wanted or set(wanted) <= GENERIC:
        return False
    if set(wanted) < set(own):
        return True
    one, other = "".join(words(name)), "".join(words(target))
    return len(other) >= 5 and one != other and other in one and len(one) - len(other) <= 3 and one not in SHORT


def _alike(evidence: Evidence, name: str) -> bool:
    """Both numbers, or both not: a sibling is of the target's own sort."""
    numeric = ("integer", "float")
    return (evidence.column(name).storage in numeric) == (evidence.column(evidence.target.column).storage in numeric)


def _neighbours(evidence: Evidence, kin: set[str]) -> list[Suspect]:
    """Counts of the same period: whole numbers from 0 on that stand in one block with the target and its siblings."""
    if not register.kind(evidence.task).counts or not evidence.words.known:
        return []
    names = [c.name for c in evidence.profile.main.columns]
    block = set(kin)
    for step in (1, -1):
        for name in names[names.index(evidence.target.column) :: step][1:]:
            if name not in block and (
                name not in evidence.names or evidence.words.lists(name) or not _counts(evidence, name)
            ):
                break
            block.add(name)
    why = f"a count beside {evidence.target.column!r}, not listed as known: of the same period, it seems"
    return [Suspect(column=n, ground="known_afterwards", strength=0.6, why=why) for n in names if n in block - kin]


def _counts(evidence: Evidence, name: str) -> bool:
    column = evidence.column(name)
    return column.storage == "integer" and column.minimum == 0 and column.distinct > 4 and (column.zeros or 0) > 0.1
