"""A model's reading of a statement: what it is asked for, in a shape that servers can enforce."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent_graph.artifacts.specification import Metric, Task
from agent_graph.artifacts.value import Artifact, Setting

WishKey = Literal[
    "orchestration", "serving", "tracking", "monitoring", "cloud", "platform", "deployment", "container", "ci",
    "scheduler", "schedule", "storage", "database", "format", "language", "framework", "latency_ms", "throughput",
    "footprint", "memory", "budget", "privacy", "offline", "other",
]  # fmt: skip


class NoInput(Artifact):
    """A column that must not be an input of the model."""

    column: str
    ground: Literal["words", "order", "echo", "sibling", "identifier", "weight"] = Field(
        description="words: the statement rules it out; order: filled in after the target is known; echo: made "
        "from the target; sibling: another outcome of it; identifier: names the row; weight: a survey weight"
    )
    why: str = Field(description="one short sentence that the person would accept")


class Label(Artifact):
    """How the answer is made of the target's column."""

    rule: Literal["as_is", "above", "at_least", "below", "at_most", "one_of", "other_than"] = Field(
        description="as_is: the value as it stands; above, at_least, below, at_most: yes where the number is so of "
        "threshold; one_of: yes where the value is one of values; other_than: yes where it is none of them"
    )
    threshold: float | None
    values: tuple[str, ...]
    unsettled: tuple[str, ...] = Field(
        description="values that are no answer (running, unknown): such rows are left out"
    )


class Wish(Artifact):
    """A tool or a limit that the words ask for."""

    key: WishKey
    value: str = Field(description="short, lower case: airflow, aws, on_premises, 20, no data leaves the hospital")


class WhatIsDone(Artifact):
    """What is done with the answer, as far as the words say; null, [] or false where they don't."""

    top_k: int | None = Field(description="the K highest are acted on")
    cost_of_false_alarm: float | None
    cost_of_miss: float | None
    bars: tuple[Setting, ...] = Field(description="key: probability, recall, precision or error; value: a number")
    interval: float | None = Field(description="share that a range has to hold, 0.9; 0 where only a range is asked for")
    quantile: float | None
    explain: bool
    per_group: str | None = Field(description="column by whose groups results are shown apart")
    latency_ms: float | None


class Other(Artifact):
    """Another reading that could be meant."""

    target: str
    task: Task
    positive: str | None
    confidence: float = Field(ge=0, le=1)


class Piece(Artifact):
    """What becomes of one piece of the statement, by its number."""

    number: int
    became: Literal["taken", "background", "not_understood", "cannot"]
    what: str = Field(description="what it was taken as, in a few words; empty for background")


class ModelReading(Artifact):
    """What the statement asks of the data."""

    aim: str = Field(description="first, in your own words: what the person wants to know of a new row, and when")
    target: str | None = Field(description="column of the main table that holds the answer for past rows, as it stands")
    label: Label
    build: str = Field(description="only where no rule of label can make the answer: in words, from which columns")
    task: Task
    positive: str | None = Field(description="binary and survival: the value that is looked for, as it stands")
    confidence: float = Field(ge=0, le=1, description="that target, label, task and positive are what is meant")
    question: str = Field(description="empty, or the one question without whose answer this would be a guess")
    refusal: str = Field(description="empty, or why these data can't answer it at all")
    others: tuple[Other, ...] = Field(description="up to three other readings, likeliest first")
    never: tuple[NoInput, ...]
    entity: str | None = Field(description="column that names what a row is about")
    metric: Metric | None
    split: Literal["random", "group", "time"]
    split_columns: tuple[str, ...] = Field(description="group: keys that must not be torn apart; time: the time column")
    horizon: int | None = Field(description="forecasts: steps ahead")
    series: str | None = Field(description="forecasts: column that tells series apart")
    event: str | None = Field(description="survival: column that says whether it happened")
    duration: str | None = Field(description="survival: column that says how long")
    done: WhatIsDone
    wishes: tuple[Wish, ...]
    pieces: tuple[Piece, ...] = Field(description="one for each numbered piece of the statement")
