"""One process works on a project at a time, whatever becomes of the folder that its lock lies in."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from agent_graph.errors import BadInput
from agent_graph.graph import nodes
from agent_graph.runner import records
from tests.revise.conftest import Make, project
from tests.revise.test_resume import open_files, until


@contextmanager
def waiting(make: Make, record: Path) -> Iterator[tuple[TextIOWrapper, Future[Any]]]:
    """A lock that is held, and a `new` that waits for it."""
    record.mkdir(parents=True)
    with (record / "lock").open("w") as first, ThreadPoolExecutor(1) as pool:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = pool.submit(make)
        until(lambda: sum(os.path.samefile(record / "lock", each) for each in open_files()) == 2)
        yield first, second


@pytest.fixture
def record(home: Path) -> Path:
    return home / "generated" / ".agent-graph" / "runs" / "customers"


def test_who_waited_for_one_that_was_turned_away_gets_a_lock_that_keeps_others_out(make: Make, record: Path) -> None:
    with waiting(make, record) as (first, second):
        shutil.rmtree(record)  # nothing stays of the first
        fcntl.flock(first, fcntl.LOCK_UN)
        assert second.result().proven
    assert (record / "lock").is_file()


def test_who_waited_while_another_came_first_is_turned_away_and_touches_nothing(make: Make, record: Path) -> None:
    with waiting(make, record) as (first, second):
        shutil.rmtree(record)
        record.mkdir()
        with (record / "lock").open("w") as third:
            fcntl.flock(third, fcntl.LOCK_EX)
            (record / "run.json").write_text("of the third")
            fcntl.flock(first, fcntl.LOCK_UN)
            with pytest.raises(BadInput, match="another process works on customers"):
                second.result()
    assert (record / "run.json").read_text() == "of the third"


def test_a_run_that_is_turned_away_holds_its_lock_to_the_end_and_leaves_nothing(
    make: Make, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    leave = records._leave

    def tries(folder: Path) -> None:
        with (folder / "lock").open("r+") as stream, pytest.raises(BlockingIOError):
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        tried.extend(path.name for path in folder.iterdir())
        leave(folder)

    def refused(*given: Any) -> Any:
        raise BadInput("no such column")

    monkeypatch.setattr(records, "_leave", tries)
    monkeypatch.setattr(nodes.intake_room, "found", refused)
    with pytest.raises(BadInput, match="no such column"):
        make()
    assert tried == ["lock"]
    assert not record.exists()


def test_the_folder_of_a_project_is_not_left_with_its_lock_alone(make: Make, record: Path) -> None:
    with records.alone("customers"):
        assert (record / "lock").is_file()
    assert not record.exists()
    make()
    with records.alone("customers"):
        pass
    assert (record / "run.json").is_file()
    assert project().is_dir()
