"""Which column is to be predicted."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from itertools import pairwise

from agent_graph.artifacts import Assumption, ColumnProfile, Profile, Specification
from agent_graph.errors import BadInput
from agent_graph.intake.framing.statement import LIKELY, Statement
from agent_graph.intake.framing.wording import unit_of
from agent_graph.profiling.concepts import akin, meaningful
from agent_graph.profiling.names import lexicon, stem, stems, words

TARGET_NAMES = lexicon("target label class y outcome response output dependent")
CALENDAR = lexicon("year month day hour date week weekday time minute quarter")
LEAST = 0.05  # a last column or a name for targets is enough for a guess that is asked about
NEVER = ("identifier", "constant", "empty", "text")


@dataclass(frozen=True)
class Candidate:
    """A column that may be the target, with the weight of what speaks for it."""

    column: ColumnProfile
    weight: float
    reason: str


def settle_target(
    specification: Specification, profile: Profile, statement: Statement
) -> tuple[ColumnProfile, Assumption]:
    """The target column and how sure that is; BadInput when the one named isn't there or nothing fits."""
    if specification.target is not None:
        column = named_column(profile, specification.target, "target")
        others = tuple(c.column.name for c in rank(profile, statement)[:4] if c.column.name != column.name)
        return column, Assumption(
            topic="target", choice=column.name, confidence=1.0, reason="given", alternatives=others
        )
    ranked = rank(profile, statement)
    if not ranked or ranked[0].weight <= LEAST:
        names = ", ".join(c.name for c in profile.main.columns[:6])
        raise BadInput(f"the statement names none of the columns ({names} …) as what to predict: add --target COLUMN")
    best = ranked[0]
    second = ranked[1].weight if len(ranked) > 1 else 0.0
    margin = (best.weight - max(second, 0.0)) / best.weight
    confidence = min(0.98, 0.5 + 0.55 * margin) * (1.0 if best.weight > 0.3 else 0.8 if best.weight > 0.1 else 0.45)
    return best.column, Assumption(
        topic="target", choice=best.column.name, confidence=round(confidence, 2), reason=best.reason,
        alternatives=tuple(c.column.name for c in ranked[1:5] if c.weight > LEAST),
    )  # fmt: skip


def named_column(profile: Profile, name: str, what: str) -> ColumnProfile:
    """The main table's column of that name, letter case and punctuation forgiven; BadInput with the nearest names."""
    names = [c.name for c in profile.main.columns]
    if name in names:
        return profile.main.column(name)
    alike = [n for n in names if words(n) == words(name) and words(n)]
    if len(alike) == 1:
        return profile.main.column(alike[0])
    if other := next((t.name for t in profile.tables[1:] if any(c.name == name for c in t.columns)), None):
        raise BadInput(
            f"the {what} column {name!r} is in {other!r}, not in {profile.main.name!r}: give that table first"
        )
    near = difflib.get_close_matches(name.lower(), [n.lower() for n in names], n=3, cutoff=0.5)
    hints = [n for n in names if n.lower() in near] or names[:5]
    raise BadInput(
        f"there is no {what} column {name!r} in {profile.main.name!r}: did you mean {', '.join(map(repr, hints))}?"
    )


def rank(profile: Profile, statement: Statement) -> list[Candidate]:
    """All columns that may be the target, likeliest first."""
    columns = profile.main.columns
    shared = _shared_words(columns)
    found = [
        _weigh(c, place, len(columns), statement, shared) for place, c in enumerate(columns) if c.kind not in NEVER
    ]
    return sorted(found, key=lambda candidate: -candidate.weight)


def _shared_words(columns: tuple[ColumnProfile, ...]) -> dict[str, int]:
    times: dict[str, int] = {}
    for column in columns:
        for word in set(stems(column.name)):
            times[word] = times.get(word, 0) + 1
    return times


def _weigh(column: ColumnProfile, place: int, width: int, statement: Statement, shared: dict[str, int]) -> Candidate:
    said, reason = _by_words(column, statement, shared)
    if _quoted(column.name, statement):
        said, reason = said + 0.4, "the wish names it"
    elif not said and _abbreviates(column.name, statement):
        said, reason = 0.3, f"{column.name!r} abbreviates words of the wish"
    levels, named = _by_levels(column, statement)
    if levels > 0.2:
        reason = f"the statement names its values {named}"
    weight = said + levels - _against(column, statement)
    if set(words(column.name)) & TARGET_NAMES:
        weight += 0.35
        reason = reason or f"{column.name!r} is a name for a target"
    if place in (0, width - 1):
        weight += 0.08
        reason = reason or "first or last column"
    if column.distinct == 2 and LIKELY.search(statement.wish):
        weight += 0.06
    return Candidate(column, round(weight, 4), reason)


def _against(column: ColumnProfile, statement: Statement) -> float:
    """What speaks against it: the thing itself, a date, or something listed as known or as absent."""
    name = stems(column.name)
    heads = {stem for item in statement.known for stem in stems(item)[-1:]}
    weight = 0.5 if name == stems(unit_of(statement)) else 0.0
    weight += 0.6 if column.kind == "datetime" or set(words(column.name)) & CALENDAR else 0.0
    weight += 0.25 if heads & set(meaningful(name)) else 0.0
    return weight + (0.3 if any(_named_in(column.name, sentence) for sentence in statement.absent) else 0.0)


def _by_words(column: ColumnProfile, statement: Statement, shared: dict[str, int]) -> tuple[float, str]:
    """How well the words of the wish name the column; a word that many columns share says little."""
    name = meaningful(stems(column.name))
    if not name:
        return 0.0, ""
    unit = stems(unit_of(statement))
    wish, goal, text = (_phrase(part) for part in (statement.core, statement.goal, statement.text))
    sources = meaningful(stems(" ".join(statement.sources)))
    total, rarity, told = 0.0, 0.0, []
    for word in name:
        scale = 1.0 / shared.get(word, 1) ** 0.5
        near, by = max(((akin(word, said), said) for said in wish), default=(0.0, ""))
        if word in unit or near < max((akin(word, said) for said in sources), default=0.0):
            near = 0.4 * max(near, 0.7)
        near_goal = max((akin(word, said) for said in goal), default=0.0)
        near_text = max((akin(word, said) for said in text), default=0.0)
        total += scale * max(near, 0.5 * near_goal, 0.3 * near_text)
        rarity += scale
        if near:
            told.append(_spelled(by, statement.core))
    covered = total / rarity
    weight = covered * (0.55 + 0.45 * min(1.0, total)) - 0.04 * (len(name) - 1) * (1 - covered)
    if re.search(rf"\b{re.escape(column.name.lower())}\b", statement.wish.lower()) and len(column.name) > 2:
        weight += 0.15
    return weight, f"the wish speaks of {', '.join(dict.fromkeys(told))!s}" if told else ""


def _spelled(said: str, text: str) -> str:
    """The text's own word, or two, for a stem; a price may go unnamed ("sells for")."""
    plain = words(text)
    spelled = {stem(word): word for word in reversed(plain)}
    spelled = {stem(a) + stem(b): f"{a} {b}" for a, b in pairwise(plain)} | spelled
    return spelled.get(said, "a price")


def _by_levels(column: ColumnProfile, statement: Statement) -> tuple[float, str]:
    """The statement lists the column's values: share of them named, if they are words of their own."""
    if not 2 <= column.distinct <= 30 or column.storage not in ("string", "boolean"):
        return 0.0, ""
    values = [level.value for level in column.levels]
    plain = [
        v
        for v in values
        if stems(v) and v.strip().lower() not in {"yes", "no", "y", "n", "true", "false", "none", "other"}
    ]
    told = [v for v in plain if _level_said(v, statement)]
    share = len(told) / max(len(values), 1)
    if len(told) < 2 and not any(re.search(rf"['\"‘“]{re.escape(v)}['\"’”]", statement.text) for v in told):
        wished = any(stems(v)[0] in stems(statement.wish) for v in told)
        return (0.35 if wished and column.distinct == 2 else 0.15 * share), ", ".join(told)
    return 0.6 * share, ", ".join(told[:4])


def _level_said(value: str, statement: Statement) -> bool:
    if len(value) <= 2 and value.isupper():
        return re.search(rf"\b{re.escape(value)}\b", statement.text) is not None
    return len(value) > 2 and statement.mentions(value)


def _phrase(text: str) -> tuple[str, ...]:
    """Meaningful stems, and each two neighbours as one word ("call back" is `callback`)."""
    found = stems(text)
    priced = (stem("price"),) if re.search(r"\b(sells?|sold|going) for\b", text, re.IGNORECASE) else ()
    return (*meaningful(found), *priced, *(a + b for a, b in pairwise(found) if len(a) > 2 and len(b) > 2))


def _quoted(name: str, statement: Statement) -> bool:
    """The wish holds the column's very name where it is no everyday word: in brackets, quoted, or with a sign in it."""
    exact = re.escape(name)
    if re.search(r"[\W_\d]", name):
        return re.search(rf"(?<![\w.]){exact}(?![\w])", statement.text) is not None and not _as_source(name, statement)
    return re.search(rf"[('\"`]{exact}[)'\"`,:]", statement.text) is not None and name not in statement.known


def _as_source(name: str, statement: Statement) -> bool:
    return name in statement.known or any(name.lower() in source.lower() for source in statement.sources)


def _abbreviates(name: str, statement: Statement) -> bool:
    """Whether the name is made of the beginnings of neighbouring words: `medv` of "median value"."""
    short = name.lower()
    if not 3 <= len(short) <= 6 or not short.isalpha():
        return False
    return any(
        short == one[:cut] + other[: len(short) - cut]
        for one, other in pairwise(words(statement.wish)) for cut in range(2, len(short)) if len(one) > cut
    )  # fmt: skip


def _named_in(name: str, sentence: str) -> bool:
    said = stems(sentence)
    return bool(meaningful(stems(name))) and all(word in said for word in meaningful(stems(name)))
