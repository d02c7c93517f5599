"""What the proof remembers from one time to the next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent_graph.artifacts import Check, Verdict
from agent_graph.proof import pipeline
from agent_graph.proof.proving import looks


def test_each_different_answer_to_the_sealed_rows_is_one_look(tmp_path: Path) -> None:
    answers = [tmp_path / name for name in ("one.csv", "same.csv", "other.csv")]
    for path, text in zip(answers, ("row,p\n0,1\n", "row,p\n0,1\n", "row,p\n0,0\n"), strict=True):
        path.write_text(text)
    assert looks(tmp_path) == 0
    assert [looks(tmp_path, path) for path in answers] == [1, 1, 2]
    assert looks(tmp_path, answers[0]) == 2  # gone back to: it was seen before
    assert looks(tmp_path) == 2


def check(verdict: Verdict) -> Check:
    return Check(name="proof_train", owner="ml_engineer", verdict=verdict, evidence="", measures=(), seconds=0)


@pytest.mark.parametrize(("verdict", "trainings"), [("passed", 1), ("failed", 2)])
def test_a_first_part_that_failed_is_tried_again_and_one_that_held_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verdict: Verdict, trainings: int
) -> None:
    trained: list[Path] = []

    def train(bench: Any, kept: Path) -> None:
        trained.append(kept)
        kept.mkdir(parents=True, exist_ok=True)
        (kept / "checks.json").write_text(f"[{check(verdict).model_dump_json()}]")
        (kept / "sandbox.json").write_text("[]")

    monkeypatch.setattr(pipeline, "_train", train)
    monkeypatch.setattr(pipeline, "_whole", lambda bench, kept: [])
    for _ in range(2):
        found = pipeline.first_part(None, tmp_path / "kept")  # type: ignore[arg-type]
        assert [each.verdict for each in found.checks] == [verdict]
    assert len(trained) == trainings
