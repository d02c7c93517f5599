"""A run that was killed anywhere goes on to the project that an undisturbed one makes."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agent_graph import runner
from agent_graph.artifacts import ROLE_NAMES, Question
from agent_graph.errors import BadInput
from agent_graph.graph import nodes
from agent_graph.intake import reading
from agent_graph.runner import Outcome
from tests.played import played
from tests.revise.conftest import Make, Measured, changed, hashes, project

SHOWN = {"README.md", "model_card.md"}


class Killed(BaseException):
    """Ends the run as a kill would: nothing catches it."""


def code() -> dict[str, str]:
    return {name: text for name, text in hashes(project()).items() if name not in SHOWN and "reports/" not in name}


def test_killed_at_every_gate_and_at_the_proof_the_run_ends_as_if_undisturbed(
    make: Make, measured: Measured, home: Path
) -> None:
    stops = [*ROLE_NAMES, "prove"]
    killed: list[str] = []

    def once(name: str) -> None:
        if name not in killed:
            killed.append(name)
            raise Killed(name)

    measured.before = once
    with pytest.raises(Killed):
        make()
    for _ in stops[1:]:
        with pytest.raises(Killed):
            runner.resume("customers")
    outcome = runner.resume("customers")
    assert killed == stops
    assert outcome.proven
    assert outcome.revision == 1
    assert measured.gates == list(ROLE_NAMES)  # each measured once
    disturbed = code()
    (project()).rename(home / "disturbed")
    make()
    assert not changed(disturbed, code())


def test_a_killed_rerun_goes_on_as_that_rerun(made: Outcome, measured: Measured) -> None:

    def once(name: str) -> None:
        measured.before = lambda name: None
        raise Killed(name)

    measured.before = once
    with pytest.raises(Killed):
        runner.rerun("customers", "mlops", "At least 3 replicas.")
    with pytest.raises(BadInput, match="go on with agent-graph resume customers first"):
        runner.rerun("customers", "observability", "Use a PSI threshold of 0.3.")
    outcome = runner.resume("customers")
    assert outcome.revision == 2
    last = runner.history("customers")[-1]
    assert (last.role, last.note) == ("mlops", "At least 3 replicas.")


def test_a_run_at_its_end_has_nothing_to_go_on_with(made: Outcome) -> None:
    with pytest.raises(BadInput, match="customers is at its end"):
        runner.resume("customers")
    with pytest.raises(BadInput, match="is at its end"):
        runner.resume("customers", answer={"decision": "approve"})
    with pytest.raises(BadInput, match="there is no project 'nobody'"):
        runner.resume("nobody")


def test_a_rerun_that_never_began_is_no_revision(made: Outcome) -> None:
    folder = runner.records.runs_folder() / "customers"
    begun = runner.records.Underway(revision=2, role="mlops", note="At least 3 replicas.", began="2026-01-01T00:00:00")
    runner.records.save(folder, runner.records.WORK, begun)  # what a kill before the graph's first step leaves
    with pytest.raises(BadInput, match="stopped before it began; give it again"):
        runner.resume("customers")
    assert len(runner.history("customers")) == 1
    assert runner.rerun("customers", "mlops", "At least 3 replicas.").revision == 2


def test_who_never_wanted_to_be_asked_is_not_asked_after_a_kill(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    found = nodes.intake_room.found
    still = (Question(topic="target", text="Which column?", choices=("churn",), depends=""),)
    monkeypatch.setattr(reading, "read", lambda *given: played(*given, asks=still))

    def killed(*given: Any) -> Any:
        monkeypatch.setattr(nodes.intake_room, "found", found)
        raise Killed("intake")

    monkeypatch.setattr(nodes.intake_room, "found", killed)
    with pytest.raises(Killed):
        make(guess=True)
    asked: list[object] = []

    def ask(questions: list[dict[str, Any]]) -> dict[str, str]:
        asked.append(questions)
        return {}

    assert runner.resume("customers", ask=ask).guessed
    assert not asked


def test_a_second_new_that_waited_for_the_first_to_end_is_refused_and_loses_nothing(
    made: Outcome, make: Make, measured: Measured, home: Path
) -> None:
    record, aside = home / "generated" / ".agent-graph" / "runs" / "customers", home / "aside"
    before = hashes(record)
    project().rename(aside)  # as if the first had brought nothing out yet
    with (record / "lock").open("r+") as first, ThreadPoolExecutor(1) as pool:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = pool.submit(make)
        until(lambda: sum(os.path.samefile(record / "lock", each) for each in open_files()) == 2)
        aside.rename(project())
        fcntl.flock(first, fcntl.LOCK_UN)
    with pytest.raises(BadInput, match="customers exists already; choose another --name"):
        second.result()
    assert hashes(record) == before
    assert measured.gates == list(ROLE_NAMES)


def open_files() -> list[Path]:
    """What this process has open, as far as it is a file."""
    return [path for path in Path("/proc/self/fd").iterdir() if path.exists()]


def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    over = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < over, "it didn't come to that"
