"""A reading: what a statement asks of its data, how sure each part of it is, and what it rests on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent_graph.artifacts.authorship import Authorship
from agent_graph.artifacts.problem import Target
from agent_graph.artifacts.specification import Task
from agent_graph.artifacts.value import Artifact, Setting

Topic = Literal[
    "table", "target", "task", "event", "entity", "moment", "columns", "metric", "split", "act", "horizon", "series",
    "duration", "wishes",
]  # fmt: skip


class Act(Artifact):
    """What is done with the answer, as far as the words say; None, () or False: not said."""

    top_k: int | None = None  # the 500 highest
    costs: tuple[float, float] | None = None  # of a false alarm, of a miss
    threshold: tuple[Setting, ...] = ()  # bars: recall, precision, probability, error … and their values
    interval: float | None = None  # share that a range has to hold; 0 when a range is wanted and no share is said
    quantile: float | None = None  # a figure that is kept so often
    explain: bool = False  # reasons, drivers, sizes of effects
    per_group: str = ""  # shown apart for the groups of a column
    latency_ms: float | None = None


class Part(Artifact):
    """One thing that was settled: the choice, how sure, why, and the person's words it rests on ("" for a fact)."""

    topic: Topic
    choice: str
    confidence: float = Field(ge=0, le=1)
    reason: str
    words: str = ""


class Barred(Artifact):
    """A column that is no input, with a reason that a person would accept."""

    column: str
    why: str
    confidence: float
    ground: Literal["words", "order", "echo", "sibling", "identifier", "weight", "asked", "empty"]


class Warned(Artifact):
    """A column that looks like a leak, and stays."""

    column: str
    why: str


class Candidate(Artifact):
    """A reading that could be meant: the answer's column, or how it is made, the task, the event, how likely."""

    target: str | None
    build: str = ""
    task: Task
    positive: str | None = None
    confidence: float


class Question(Artifact):
    """An open question, with its default and what hangs on it."""

    topic: Topic
    text: str
    choices: tuple[str, ...]  # the default first
    depends: str


class Entry(Artifact):
    """What became of one piece of the statement."""

    words: str
    became: Literal["taken", "background", "not_understood", "cannot"]
    what: str  # "the target is 'left'"; "this isn't built: forecasts"
    check: str = ""  # name of the check that shows it


class Reading(Artifact):
    """The question as it was understood."""

    statement: str
    table: str
    target: str | None
    build: str = ""
    label: Target | None = None  # how the label is made of a raw column, where it is
    task: Task | None
    positive: str | None = None
    metric: str | None = None
    split: str | None = None  # "random", "group:COLUMN+COLUMN", "time:COLUMN"
    never: tuple[Barred, ...] = ()
    warned: tuple[Warned, ...] = ()
    entity: str | None = None  # the column that names what a row is about
    unit: str = "row"
    moment: str = "when asked"
    act: Act = Act()
    horizon: int | None = None  # steps ahead
    series: str | None = None  # the column that tells series apart
    event: str | None = None  # survival: the column that says whether it happened
    duration: str | None = None  # survival: the column that says how long it took
    wishes: tuple[Setting, ...] = ()
    confidence: float = 0.0  # that target, task and event are right
    parts: tuple[Part, ...] = ()
    asks: tuple[Question, ...] = ()  # empty: it would go on
    alternatives: tuple[Candidate, ...] = ()  # likeliest first, the one taken among them
    ledger: tuple[Entry, ...] = ()
    refused: str = ""  # why these data can't answer it
    by: Literal["words", "model"] = "words"
    differs: str = ""  # the reading without the model, where it is another
    confirm: tuple[Question, ...] = ()  # worth asking where somebody is there; nothing waits for them
    authorship: Authorship | None = None  # what asking a model came to; None where none was asked
