"""Looking back and going back: history, differences, returns, and two answers side by side."""

from __future__ import annotations

import subprocess

import pytest

from agent_graph import runner
from agent_graph.errors import BadInput
from agent_graph.runner import Outcome
from tests.revise.conftest import Kept, Make, Measured, changed, hashes, project

SHOWN = {"README.md", "model_card.md"}  # made of the report, which knows the time


def code() -> dict[str, str]:
    return {name: text for name, text in hashes(project()).items() if name not in SHOWN and "reports/" not in name}


@pytest.fixture
def revised(make: Make, kept: Kept, measured: Measured) -> tuple[dict[str, str], dict[str, str]]:
    """The files of the first run and of the rerun that left gender out."""

    def work() -> tuple[dict[str, str], dict[str, str]]:
        kept.after("made", measured, make)
        first = code()
        runner.rerun("customers", "data-scientist", "Don't use gender.")
        return first, code()

    return kept.after("revised", measured, work)


def test_history_tells_who_why_score_and_looks(revised: object) -> None:
    first, second = runner.history("customers")
    assert (first.number, first.role, first.note) == (1, "", "")
    assert (second.number, second.role, second.note) == (2, "data_scientist", "Don't use gender.")
    assert (first.looked, second.looked) == (1, 2)
    assert {first.author, second.author} == {"playbook"}
    tags = subprocess.run(["git", "tag"], cwd=project(), capture_output=True, text=True, check=True).stdout.split()
    assert {"agent-graph/r1", "agent-graph/r2"} <= set(tags)


def test_a_difference_shows_decisions_files_and_the_same_rows_scored(revised: object) -> None:
    found = runner.diff("customers")
    assert (found.before.number, found.after.number) == (1, 2)
    said = {(change.role, change.what) for change in found.decisions}
    assert ("data_scientist", "features gender") in said
    assert any(file.path.startswith("config/") and "-" in file.text for file in found.files)
    assert found.comparison is not None
    assert found.comparison.verdict in ("same", "worse")
    mine = runner.diff("customers", "1..2", "mlops")
    assert {change.role for change in mine.decisions} <= {"mlops"}
    with pytest.raises(BadInput, match="there is no revision 9"):
        runner.diff("customers", "1..9")


def test_a_return_brings_back_files_and_designs_and_loses_nothing(revised: tuple[dict[str, str], ...]) -> None:
    first, second = revised
    (project() / "mine.txt").write_text("mine\n", "utf-8")
    made = runner.revert("customers")
    assert made.reverted_to == 1
    assert changed(first, code()) == {"mine.txt"}
    assert "gender" in runner.state("customers")["features"].columns_used
    assert [each.number for each in runner.history("customers")] == [1, 2, 3]
    runner.revert("customers", 2)
    assert changed(second, code()) == {"mine.txt"}
    with pytest.raises(BadInput, match="in force already"):
        runner.revert("customers", 2)


def test_work_goes_on_from_where_it_was_returned_to(revised: object) -> None:
    runner.revert("customers", 1)
    outcome = runner.rerun("customers", "observability", "Use a PSI threshold of 0.3.")
    assert outcome.revision == 4
    assert [note.note.text for note in outcome.report.notes] == ["Use a PSI threshold of 0.3."]
    assert "gender" in runner.state("customers")["features"].columns_used


def test_an_alternative_leaves_the_project_alone_until_it_is_taken_over(made: Outcome) -> None:
    before = hashes(project())
    outcome = runner.rerun("customers", "data-scientist", "Don't use gender.", alternative=True)
    assert hashes(project()) == before
    assert "gender" in runner.state("customers")["features"].columns_used
    (_, beside) = runner.history("customers")
    assert (beside.number, beside.alternative_to) == (2, 1)
    assert outcome.comparison is not None
    assert ("data_scientist", "features gender") in {
        (change.role, change.what) for change in runner.diff("customers", "2").decisions
    }
    taken = runner.accept("customers", 2)
    assert taken.reverted_to == 2
    assert "gender" not in runner.state("customers")["features"].columns_used
    assert changed(before, hashes(project()))
    with pytest.raises(BadInput, match="is no alternative"):
        runner.accept("customers", 1)


def test_a_return_with_the_user_s_own_edits_is_not_called_proven(revised: object) -> None:
    readme = project() / "CONTRIBUTING.md"
    readme.write_text(readme.read_text("utf-8") + "\nmine\n", "utf-8")
    assert runner.revert("customers").verdict == "not proven"
    assert runner.project("customers").status == "not proven"


def test_a_return_without_edits_is_as_proven_as_it_was(revised: object) -> None:
    assert runner.revert("customers").verdict == "proven"
