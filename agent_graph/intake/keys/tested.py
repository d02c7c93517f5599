"""On what it shall be tested, as a split of these data: the words' kind, with the column that they name."""

from __future__ import annotations

from agent_graph.artifacts import ColumnProfile, Part
from agent_graph.intake.evidence.letters import content_words, fold
from agent_graph.intake.evidence.lexicons import name_words, shared_word
from agent_graph.intake.keys.timeline import timeline
from agent_graph.intake.scorer.opinion import Opinion
from agent_graph.intake.wishes import Wished

SURE, AHEAD = 0.8, 0.05  # of what the words tell, and before another kind


def split_of(opinion: Opinion, target: int, wished: Wished, entity: str) -> Part | None:
    """The split that the words ask for, where one kind is told and one column can be meant; else None."""
    told = wished.split
    if not told.kind or not told.found or told.found[0].confidence < SURE:
        return None
    first = told.found[0]
    if any(other.value != first.value and other.confidence > first.confidence - AHEAD for other in told.found):
        return None
    if told.kind == "random":
        return Part(topic="split", choice="random", confidence=first.confidence, reason="the words ask for it",
                    words=first.words)  # fmt: skip
    column = _moment(opinion) if told.kind == "time" else _group(opinion, target, first.words, entity)
    if not column:
        return None
    why = "the words ask for later rows" if told.kind == "time" else "the words keep its rows together"
    return Part(topic="split", choice=f"{told.kind}:{column}", confidence=round(first.confidence, 3), reason=why,
                words=first.words)  # fmt: skip


def _moment(opinion: Opinion) -> str:
    """The column that orders the rows, where one alone does."""
    line = timeline(opinion.scene.profile)
    if line is None or len(line.columns) > 1:
        return ""
    column = opinion.scene.profile.main.column(line.columns[0])
    return column.name if column.kind == "datetime" or column.storage == "integer" else ""


def _group(opinion: Opinion, target: int, words: str, entity: str) -> str:
    """The one repeated column that the words speak of; where they name none, the entity, if it is seen again."""
    columns = opinion.scene.columns
    again = [k for k, fact in enumerate(columns.facts) if k != target and _comes_again(fact, columns.profile.main.rows)]
    said = tuple(fold(word) for word in content_words(words))
    spoken = [columns.names[k] for k in again if shared_word(name_words(columns.spelled[k]), said)]
    if len(spoken) == 1:
        return spoken[0]
    return entity if entity in (spoken or [columns.names[k] for k in again]) else ""


def _comes_again(fact: ColumnProfile, rows: int) -> bool:
    return (
        fact.storage in ("integer", "string")
        and fact.distinct >= 5
        and rows * (1 - fact.missing) >= 1.2 * fact.distinct
    )
