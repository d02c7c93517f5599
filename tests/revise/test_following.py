"""What a run tells is on record; another process can follow it, and end it."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

import agent_graph
from agent_graph import runner
from agent_graph.artifacts import Event
from agent_graph.errors import BadInput, Cancelled
from agent_graph.runner import Outcome, records
from agent_graph.runner.following import EVENTS
from tests.revise.conftest import STATEMENT, Measured, project


def make(data: Path, **more: object) -> runner.Outcome:
    return runner.new(STATEMENT, str(data), name="customers", target="churn", budget_s=5.0, **more)  # type: ignore[arg-type]


def test_what_was_told_is_heard_again_with_its_moment(home: Path, data: Path, measured: Measured) -> None:
    live: list[Event] = []
    began = time.time()
    make(data, emit=live.append)
    found = list(agent_graph.events("customers"))
    assert found == live
    assert began - 1 < found[0].at <= found[-1].at < time.time() + 1
    assert {"intake", "design", "gate", "report"} <= {event.stage for event in found}
    runner.rerun("customers", "data-scientist", "Don't use gender.")
    assert list(agent_graph.events("customers"))[: len(found)] == found
    assert len(list(agent_graph.events("customers"))) > len(found)


def test_lines_that_are_no_events_are_left_out(made: Outcome) -> None:
    path = records.runs_folder() / "customers" / EVENTS
    whole = list(agent_graph.events("customers"))
    with path.open("ab") as file:
        file.write(
            b'{"stage": "moon"\nnot json\n[1]\n{"stage": "gate", "role": "", "text": "later", "colour": 1}\n{"cut'
        )
    assert list(agent_graph.events("customers")) == whole
    path.unlink()
    assert list(agent_graph.events("customers")) == []
    with pytest.raises(BadInput, match="no project 'nobody'"):
        list(agent_graph.events("nobody"))


def test_a_run_is_followed_while_it_goes_on_and_ended_from_beside(home: Path, data: Path, measured: Measured) -> None:
    waiting = threading.Event()

    def hold(role: str) -> None:
        if role == "data_scientist":
            waiting.set()
            time.sleep(0.5)

    measured.before = hold
    ended: list[BaseException] = []

    def work() -> None:
        try:
            make(data)
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert waiting.wait(60)
    assert agent_graph.running("customers")
    assert agent_graph.project("customers").status == "running"
    heard = []
    for event in agent_graph.events("customers", follow=True):
        if not heard:
            assert agent_graph.cancel("customers")
        heard.append(event)
    thread.join(30)
    assert isinstance(ended[0], Cancelled)
    assert "agent-graph resume customers goes on" in str(ended[0])
    assert not agent_graph.running("customers")
    assert agent_graph.project("customers").status == "stopped"
    assert heard == list(agent_graph.events("customers"))
    assert not agent_graph.cancel("customers"), "nobody works on it"
    measured.before = lambda role: None
    assert runner.resume("customers").proven
    assert measured.gates.count("data_engineer") == 1, "what was done before is not done again"


def test_a_wish_to_stop_that_came_too_late_does_not_end_the_next_run(made: Outcome) -> None:
    (records.runs_folder() / "customers" / records.CANCEL).touch()
    assert runner.rerun("customers", "data-scientist", "Don't use gender.").revision == 2


def test_a_run_whose_process_was_killed_is_not_running(made: Outcome) -> None:
    path = records.runs_folder() / "customers" / records.RUN
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "status": "running"}), encoding="utf-8")
    assert agent_graph.project("customers").status == "stopped"
    assert [run.status for run in agent_graph.projects()] == ["stopped"]


def test_the_files_of_a_project_are_told_with_their_owners_and_read(made: Outcome) -> None:
    found = {file.path: file for file in agent_graph.tree("customers")}
    assert found["pyproject.toml"].owner == "python_pro"
    readme = (project() / "README.md").read_bytes()
    assert found["README.md"].size == len(readme)
    assert agent_graph.text("customers", "README.md") == readme.decode()
    for wrong in ("nothing.md", "../customers.csv", "/etc/passwd", ""):
        with pytest.raises(BadInput, match="no committed file"):
            agent_graph.text("customers", wrong)
