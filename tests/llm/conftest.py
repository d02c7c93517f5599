"""A server for every test, a clock that doesn't wait, and a small design to ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pytest
from pydantic import Field

from agent_graph.artifacts import Artifact
from agent_graph.llm import Clock, Door, DoorOptions, Models, ModelSpec, Parameters, Patience, Request, parse_models
from tests.llm.server import ModelServer, serving

CANARY = "sk-canary-1f9b7c44e0d2aa6d"


class Step(Artifact):
    """One step of a plan."""

    name: str
    share: float = Field(ge=0, le=1)


class Plan(Artifact):
    """A design in small."""

    title: str
    kind: Literal["short", "long"]
    steps: tuple[Step, ...]
    note: str | None


GOOD: dict[str, Any] = {"title": "A plan", "kind": "short", "steps": [{"name": "one", "share": 0.5}], "note": None}


@dataclass
class FakeTime:
    """Time that passes only by sleeping; `waits` are the sleeps."""

    now: float = 1_000_000.0
    waits: list[float] = field(default_factory=list)
    chance: float = 0.5

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    @property
    def clock(self) -> Clock:
        return Clock(wall=lambda: self.now, sleep=self.sleep, chance=lambda: self.chance)


def request(role: str = "ml_engineer", task: str = "Make a plan.", **changes: Any) -> Request[Plan]:
    """A question."""
    return replace(Request(role, "design 1", "You plan.", task, Plan, Parameters(max_output=500)), **changes)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(ModelServer()) as running:
        yield running


@pytest.fixture
def time_() -> FakeTime:
    return FakeTime()


OpenDoor = Callable[..., Door]


@pytest.fixture
def open_door(server: ModelServer, time_: FakeTime) -> Iterator[OpenDoor]:
    """Opens doors to the server: `open_door(caps=…, environment=…)`; options by their names."""
    doors: list[Door] = []

    def opened(
        models: Models | None = None,
        environment: Mapping[str, str] | None = None,
        say: Callable[[str, str], None] = lambda role, words: None,
        **options: Any,
    ) -> Door:
        models = models or Models(ModelSpec("openai", "tiny", server.url))
        options.setdefault("patience", Patience(timeout_s=5))
        door = Door(models, DoorOptions(**options), say=say, clock=time_.clock, environment=environment or {})
        doors.append(door)
        return door

    yield opened
    for door in doors:
        door.close()


__all__ = ["CANARY", "GOOD", "FakeTime", "OpenDoor", "Plan", "Step", "parse_models", "request"]
