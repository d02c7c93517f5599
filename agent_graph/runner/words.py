"""What reports, readings and comparisons say in words: the same for every face."""

from agent_graph.telling.readings import (
    became_words,
    candidate_words,
    document,
    foretold,
    percent,
    question_words,
    sure_words,
    unbuilt,
    unheard,
)
from agent_graph.telling.words import (
    asked,
    built_with_words,
    comparison_words,
    decision_words,
    note_rows,
    number,
    promise_words,
    score_line,
)

__all__ = [
    "asked",
    "became_words",
    "built_with_words",
    "candidate_words",
    "comparison_words",
    "decision_words",
    "document",
    "foretold",
    "note_rows",
    "number",
    "percent",
    "promise_words",
    "question_words",
    "score_line",
    "sure_words",
    "unbuilt",
    "unheard",
]
