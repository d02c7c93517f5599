"""Bad input ends in one clear line: a sample of the part `inputs` of the trust table, and proof that it can fail."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agent_graph.artifacts import Event
from agent_graph.cli import screen
from evals.trust.ground import child
from evals.trust.inputs import data, fuzz, words
from evals.trust.inputs import measure as inputs
from evals.trust.inputs.case import Case, given, table, wrong
from evals.trust.lines import Line

CASES = (*inputs.BAD, *inputs.STRANGE)
HANGS = {"a pipe", "/dev/zero", "a specification that is /dev/zero"}  # when a guard is gone, so they are always tried
TRIED = [*CASES[::12], *(case for case in CASES if case.name in HANGS)]


@pytest.mark.parametrize("case", TRIED, ids=lambda case: case.name)
def test_a_bad_input_ends_in_one_clear_line_and_leaves_nothing(case: Case) -> None:
    assert inputs.fault_of(case) is None


def test_there_are_at_least_sixty_bad_inputs_and_no_two_of_one_name() -> None:
    assert len(inputs.BAD) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


def test_a_child_of_the_warm_server_says_what_the_program_says() -> None:
    assert inputs.alike(inputs.BAD[20:21]).verdict == "passed"


def test_every_fault_of_an_ending_is_seen() -> None:
    case = Case("x", given(""), "thing", "remedy")
    good = "agent-graph: the thing; the remedy\n"
    assert wrong(case, 2, "", good) is None
    assert wrong(case, None, "", "") == "hangs"
    assert "signal 9" in str(wrong(case, -9, "", good))
    assert "traceback" in str(wrong(case, 2, "", f"Traceback (most recent call last)\n{good}"))
    assert "exit code 4" in str(wrong(case, 4, "", good))
    assert "2 lines" in str(wrong(case, 2, "", good * 2))
    assert "steer a terminal" in str(wrong(case, 2, "", good.replace("thing", "thing\x1b[2J")))
    assert "no thing" in str(wrong(case, 2, "", "agent-graph: the remedy\n"))
    assert "no remedy" in str(wrong(case, 2, "", "agent-graph: the thing\n"))


def test_an_input_that_is_no_bad_one_is_a_fault_of_its_case() -> None:
    fine = replace(data.TABLES[0], make=lambda folder: ["list"])
    assert "exit code 0" in str(inputs.fault_of(fine))


def _leaves_a_file() -> None:
    Path("left").write_text("here", "utf-8")
    print("agent-graph: the thing; the remedy", file=sys.stderr)
    sys.exit(2)


def test_a_file_left_behind_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "command", _leaves_a_file)
    assert inputs.fault_of(Case("x", lambda folder: [], "thing", "remedy")) == "left or changed: 1 differ: left is new"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_mutants_of_valid_files_are_read_or_refused(kind: str) -> None:
    line = fuzz.fuzzed(kind, 40, lambda text: None)
    assert line.faults == []
    assert line.of == 40


def test_the_same_mutants_are_made_every_time_and_differ_from_their_source() -> None:
    valid = table().encode()
    twice = [[fuzz.mutant(valid, random.Random(number)) for number in range(50)] for _ in range(2)]  # noqa: S311
    made = twice[0]
    assert made == twice[1]
    assert sum(each != valid for each in made) > 45


def test_a_mutant_that_takes_its_process_with_it_is_named_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "read_all", _dies_at_three)
    found = fuzz.endings("csv", 0, 6)
    assert [name.partition("-")[0] for name, _ in found] == list("012345")
    assert "signal 9" in found[3][1]
    assert [said for _, said in found[4:]] == ["refused", "refused"]


def _dies_at_three(kind: str, first: int, last: int) -> None:
    import os

    for number, (name, _) in enumerate(fuzz.mutants(kind, first, last), first):
        if number == 3 and first < 4:
            os.kill(os.getpid(), 9)
        print(f"{name}\trefused", flush=True)


def test_a_line_of_nothing_is_never_passed() -> None:
    assert Line("inputs", "nothing").verdict == "failed"
    assert words.CASES


def test_a_name_in_a_line_of_progress_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with screen.progress(as_json=False) as emit:
        emit(Event("intake", "", "left out \x1b[2J\u202eplan\nnext"))
    assert capsys.readouterr().out.rstrip("\n").isprintable()
