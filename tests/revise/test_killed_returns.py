"""A return, a take-over and an alternative that were killed at any step end as if nobody had killed them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_graph import runner
from agent_graph.errors import BadInput, MergeConflict
from agent_graph.runner import Outcome, deciding, recording, records
from agent_graph.workspace import Workspace, remove, revisions, write_atomic
from tests.revise.conftest import Kept, Make, Measured, changed, hashes, project
from tests.revise.test_resume import Killed, code

NOTE = "Don't use gender."
STEPS = [
    (revisions, "restore"),
    (deciding, "keep_stores"),
    (deciding, "copy_linked"),
    (revisions, "record"),
    (Workspace, "put_away"),
    (records, "finished"),
]


@pytest.fixture
def record(home: Path) -> Path:
    return home / "generated" / ".agent-graph" / "runs" / "customers"


@pytest.fixture
def revised(make: Make, kept: Kept, measured: Measured, record: Path) -> list[dict[str, str]]:
    """The files of revision 1 and of revision 2; the gates left another store and other predictions with each."""
    measured.before = lambda name: write_atomic(record / "store" / "chain.txt", f"{name} {measured.proofs}")

    def work() -> list[dict[str, str]]:
        make()
        first = code()
        runner.rerun("customers", "data-scientist", NOTE)
        return [first, code()]

    return kept.after("revised with stores", measured, work)


def killed(patch: pytest.MonkeyPatch, place: Any, name: str, do: Callable[[], object]) -> None:
    """Do it, and end it before that step as a kill would."""

    def dies(*given: Any, **more: Any) -> None:
        raise Killed(name)

    with patch.context() as here:
        here.setattr(place, name, dies)
        with pytest.raises(Killed, match=name):
            do()


def standing(record: Path) -> tuple[str, str, bool, bool]:
    """The store, the proof's predictions, whether gender is used, whether something is still to be gone on with."""
    used = "gender" in runner.state("customers")["features"].columns_used
    texts = [(record / name).read_text() for name in ("store/chain.txt", "proof/predictions.csv")]
    return texts[0], texts[1], used, any((record / name).exists() for name in ("work.json", "return.json"))


def test_a_return_killed_at_any_step_is_finished_by_resume_or_by_the_same_command(
    revised: list[dict[str, str]], record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = standing(record)
    runner.revert("customers", 1)
    expected = [standing(record), second]
    assert [each[2:] for each in expected] == [(True, False), (False, False)]
    assert expected[0][:2] != expected[1][:2]
    for turn, (place, name) in enumerate([step for step in STEPS if step[1] != "put_away"]):
        wanted, ways = 2 - turn % 2, (runner.resume, runner.revert)
        killed(monkeypatch, place, name, lambda wanted=wanted: runner.revert("customers", wanted))  # type: ignore[misc]
        with pytest.raises(BadInput, match="isn't at its end; go on with agent-graph resume customers first"):
            runner.rerun("customers", "mlops", "At least 3 replicas.")
        with pytest.raises(BadInput, match="isn't at its end"):
            runner.revert("customers", 3 - wanted)
        ways[turn % 2]("customers")
        last = runner.history("customers")[-1]
        assert (last.number, last.reverted_to) == (4 + turn, wanted), name
        assert runner.project("customers").status == last.verdict == "proven"
        assert not changed(code(), revised[wanted - 1]), name
        assert standing(record) == expected[wanted - 1], name
        assert hashes(recording.kept_in(record, last.number)) == hashes(recording.kept_in(record, wanted)), name
    assert not [path for path in record.rglob(".*") if "agents" not in path.parts]


def test_a_return_that_meets_the_user_s_edits_is_settled_by_hand_and_gone_on_with(
    revised: list[dict[str, str]], record: Path
) -> None:
    (name,) = [name for name in changed(*revised) if name.endswith("features.yaml")] or [min(changed(*revised))]
    path = project() / name
    path.write_text("mine\n" + path.read_text("utf-8").partition("\n")[2].replace("\n", "!\n"), "utf-8")
    with pytest.raises(MergeConflict):
        runner.revert("customers", 1)
    assert runner.project("customers").status == "stopped"
    with pytest.raises(BadInput, match="doesn't wait for an approval"):
        runner.resume("customers", answer={"decision": "approve"})
    identity = ["-c", "user.name=uma", "-c", "user.email=uma@example.org"]
    subprocess.run(["git", *identity, "merge", "-X", "ours", "--no-edit", "agents"], cwd=project(), check=True)
    outcome = runner.resume("customers")
    assert (outcome.revision, outcome.proven) == (3, False)
    assert "came back beside your own edits" in outcome.report.reason
    assert path.read_text("utf-8").startswith("mine\n")


def test_a_revision_whose_stores_are_gone_is_not_returned_to_and_those_there_stay(
    revised: list[dict[str, str]], record: Path
) -> None:
    before = hashes(record / "store")
    remove(recording.kept_in(record, 1))
    with pytest.raises(BadInput, match="0001 is gone, so revision 1 can't come back; restore it from a backup"):
        runner.revert("customers", 1)
    with pytest.raises(BadInput, match="0001 is gone"):
        recording.keep_stores(recording.kept_in(record, 1), record)
    assert hashes(record / "store") == before
    assert not changed(code(), revised[1])
    assert runner.rerun("customers", "mlops", "At least 3 replicas.").revision == 3


def branches() -> set[str]:
    line = ["git", "branch", "--format=%(refname:short)"]
    return set(subprocess.run(line, cwd=project(), capture_output=True, text=True, check=True).stdout.split())


def test_a_take_over_killed_at_each_of_its_steps_is_finished_and_its_branches_go(
    made: Outcome, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.rerun("customers", "data-scientist", NOTE, alternative=True)
    assert "alternative/r2" in branches()
    for place, name in STEPS:
        killed(monkeypatch, place, name, lambda: runner.accept("customers", 2))
    taken = runner.accept("customers", 2)
    assert (taken.number, taken.reverted_to) == (3, 2)
    assert branches() == {"main", "agents"}
    assert "gender" not in runner.state("customers")["features"].columns_used
    with pytest.raises(BadInput, match="in force already"):
        runner.accept("customers", 2)


def test_an_alternative_that_was_killed_is_gone_on_with_and_the_project_left_alone(
    made: Outcome, measured: Measured, record: Path
) -> None:
    before = hashes(project())

    def once(name: str) -> None:
        measured.before = lambda name: None
        raise Killed(name)

    measured.before = once
    with pytest.raises(Killed):
        runner.rerun("customers", "data-scientist", NOTE, alternative=True)
    with pytest.raises(BadInput, match="an alternative of customers isn't at its end; go on with agent-graph resume"):
        runner.rerun("customers", "mlops", "At least 3 replicas.", alternative=True)
    outcome = runner.resume("customers")
    (_, beside) = runner.history("customers")
    assert (outcome.revision, beside.alternative_to, beside.role, beside.note) == (2, 1, "data_scientist", NOTE)
    assert hashes(project()) == before
    assert "gender" in runner.state("customers")["features"].columns_used
    with pytest.raises(BadInput, match="customers is at its end"):
        runner.resume("customers")
    assert runner.accept("customers", 2).number == 3
    assert "gender" not in runner.state("customers")["features"].columns_used


def test_what_a_kill_left_before_an_alternative_began_is_put_away_before_the_next(
    made: Outcome, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = lambda: runner.rerun("customers", "data-scientist", NOTE, alternative=True)  # noqa: E731
    killed(monkeypatch, runner.revising, "with_models", again)
    assert "alternative/r2" in branches()
    with pytest.raises(BadInput, match="customers is at its end"):
        runner.resume("customers")
    readme = project() / "CONTRIBUTING.md"
    readme.write_text(readme.read_text("utf-8") + "\nmine\n", "utf-8")
    assert again().revision == 2
    assert "mine" in (record / "alternatives" / "r2" / "CONTRIBUTING.md").read_text("utf-8")


@pytest.mark.slow  # mlflow makes a database
@pytest.mark.filterwarnings("ignore")  # of the libraries below mlflow
def test_a_return_that_is_gone_on_with_is_traced_when_that_is_asked_for(
    revised: list[dict[str, str]], record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(monkeypatch, revisions, "record", lambda: runner.revert("customers", 1))
    said: list[str] = []
    assert runner.resume("customers", trace=True, emit=lambda event: said.append(event.text)).revision == 3
    assert "trace: mlflow ui" in said[-1]
    assert (record.parents[1] / "traces" / "mlflow.db").is_file()
