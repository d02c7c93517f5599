"""How likely a model finds each of a closed list of answers: evidence for a scorer, where one word would be a guess."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent_graph.artifacts import Artifact
from agent_graph.errors import BadInput, DesignRejected
from agent_graph.llm.door import Door
from agent_graph.llm.request import Choice, Parameters, Request, Sending, unread
from agent_graph.llm.spec import INTAKE

MOST_OUTPUT = 16  # tokens: one for each step of the walk
NEAR = 1e-3  # of a sum that rounding left beside 1


class Weights(Artifact):
    """The probability of each candidate, in their order; their sum is 1."""

    p: tuple[float, ...]


@dataclass(frozen=True)
class Weighing:
    """A question whose answer is one of `candidates`, each a different text.

    `tasks` ask the same in different words or orders (two cancel a liking for what stands first); their answers are
    averaged. `opening` is what the model's answer begins with, up to the candidate's first letter: a JSON string.
    """

    label: str  # what for, in the report: "which column"
    system: str
    tasks: tuple[str, ...]
    candidates: tuple[str, ...]
    opening: str = '{"answer": "'
    role: str = INTAKE
    on_call: Callable[[Sending], None] = unread


def can_weigh(door: Door, role: str = INTAKE) -> bool:
    """Whether that role's model tells likelihoods: one on this machine does."""
    return door.models.of(role).provider == "local"


def likelihoods(door: Door, weighing: Weighing) -> tuple[float, ...]:
    """How likely each candidate is to that role's model; the sum is 1.

    NoAnswer when there is none (no model that can, a cap, a fault): go on without this evidence. ReplayMiss when a
    recording doesn't hold the question. It is cached, journaled, recorded and counted like every question.
    """
    if len(set(weighing.candidates)) < len(weighing.candidates) or not weighing.candidates or not weighing.tasks:
        raise BadInput(f"{weighing.label}: the candidates must be some, each once, and there must be a task")
    return mean([_asked(door, weighing, task) for task in weighing.tasks])


def mean(answers: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The mean of several answers about the same candidates."""
    return tuple(math.fsum(each) / len(answers) for each in zip(*answers, strict=True))


def _asked(door: Door, weighing: Weighing, task: str) -> tuple[float, ...]:
    request = Request(
        weighing.role,
        weighing.label,
        weighing.system,
        task,
        Weights,
        Parameters(max_output=MOST_OUTPUT, temperature=0.0),
        weighing.on_call,
        Choice(weighing.candidates, weighing.opening),
    )

    def fits(found: Weights) -> None:
        if len(found.p) != len(weighing.candidates) or min(found.p) < 0 or abs(math.fsum(found.p) - 1) > NEAR:
            raise DesignRejected(f"{len(weighing.candidates)} probabilities were due, with a sum of 1")

    return door.ask(request, fits).value.p
