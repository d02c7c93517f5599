"""Forty statements drawn by chance, read by a person in a strong model's place; played through the door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_graph import profiling
from agent_graph.artifacts import Profile, Reading
from agent_graph.context import Colleague
from agent_graph.intake.scorer.opinion import Scene
from agent_graph.llm import Door, DoorOptions, Models, ModelSpec, Patience
from evals.intake.by_model import COUNT, answers, drawn, heard, read, right, right_question
from evals.intake.judging import forbidden
from evals.intake.records import OURS, Example
from evals.intake.tables import built
from tests.llm.server import ModelServer, says, serving

Pair = tuple[Example, Reading]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Pair]]:
    folder, kept, found = tmp_path_factory.mktemp("tables"), answers(), list[Pair]()
    with serving(ModelServer()) as server:
        models = Models(ModelSpec("openai", "by-hand", server.url))
        for record in drawn([OURS], COUNT):
            example = Example(record, Scene(record["statement"], _profile(record, folder)), ())
            server.script = [says(answer) for answer in kept[record["id"]]]
            door = Door(models, DoorOptions(patience=Patience(tries=3, timeout_s=20)), environment={})
            found.append((example, read(example, Colleague(door=door))))
            door.close()
    return found


def _profile(record: dict[str, Any], folder: Path) -> Profile:
    return profiling.profile((str(built(record, folder)),))


def _share(hits: list[bool]) -> float:
    assert hits
    return sum(hits) / len(hits)


def test_every_answer_was_taken_by_the_door(pairs: list[Pair]) -> None:
    assert len(pairs) == COUNT
    assert [e.record["id"] for e, r in pairs if r.by != "model"] == []


def test_readings_that_are_taken_are_right_and_few_are_asked_about(pairs: list[Pair]) -> None:
    taken = [(e, r) for e, r in pairs if not r.asks and not r.refused]
    assert _share([right(e, r) for e, r in taken]) >= 0.97
    assert len(taken) >= 0.85 * len(pairs)
    closed = [(e, r) for e, r in pairs if not e.open and e.meant]
    assert _share([right_question(e, r) for e, r in closed]) >= 0.97


def test_what_cannot_be_answered_is_asked_about_or_refused(pairs: list[Pair]) -> None:
    assert _share([bool(r.asks or r.refused) for e, r in pairs if e.open]) >= 0.95


def test_leaks_are_left_out_and_what_is_harmless_stays(pairs: list[Pair]) -> None:
    barred = [(forbidden(e), {b.column for b in r.never}, set(e.scene.columns.names) - e.meant) for e, r in pairs]
    assert sum(len(no & out) for no, out, _ in barred) >= 0.9 * sum(len(no) for no, _, _ in barred)
    assert sum(len((rest - no) - out) for no, out, rest in barred) >= 0.97 * sum(len(r - no) for no, _, r in barred)


def test_wishes_and_actions_are_heard(pairs: list[Pair]) -> None:
    assert _share([hit for e, r in pairs for hit in heard(e, r)]) >= 0.95
