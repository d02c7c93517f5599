"""Jobs are values: known by content, done beside each other on this machine, so many at once, or by another pool."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from agent_graph.measuring.pool import Local, all_beside, beside
from agent_graph.sandbox import TREE, Job, Limits, Sandbox, Step


def job(sandbox: Sandbox, tree: Path, *words: str) -> Job:
    step = Step("one", ("python", "-c", "import pathlib; print(pathlib.Path('note').read_text())", *words), kind="exec")
    return Job(runtime=sandbox.runtime, steps=(step,), folders={TREE: tree}, collect=("note",))


@pytest.fixture
def note(tmp_path: Path) -> Path:
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "note").write_text("hello")
    return folder


def test_a_job_is_known_by_content_wherever_its_folders_lie(sandbox: Sandbox, note: Path, tmp_path: Path) -> None:
    other = tmp_path / "second"
    other.mkdir()
    (other / "note").write_text("hello")
    mine = job(sandbox, note)
    assert mine.key() == job(sandbox, other).key()
    assert mine.key() != job(sandbox, note, "--more").key()
    assert mine.key() != replace(mine, limits=Limits(cpus=1)).key()
    assert mine.key() != replace(mine, env={"A": "1"}).key()
    (other / "note").write_text("hallo")
    assert mine.key() != job(sandbox, other).key()
    (other / "note").rename(other / "letter")
    assert job(sandbox, other).inputs() != mine.inputs()


def test_this_machine_does_it(sandbox: Sandbox, note: Path, tmp_path: Path) -> None:
    heard: list[str] = []
    done = Local(sandbox).run(job(sandbox, note), tmp_path / "out", lambda step: heard.append(step.name))
    assert done.step("one").out == "hello\n"
    assert (tmp_path / "out" / "note").read_text("utf-8") == "hello"
    assert heard == ["one"]


class Counting(Sandbox):
    """Counts how many jobs it does at a time."""

    now = most = 0
    _guard = threading.Lock()

    def do(self, *_: object, **__: object) -> None:  # type: ignore[override]
        with self._guard:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.05)
        with self._guard:
            self.now -= 1


def test_no_more_than_so_many_at_once(tmp_path: Path) -> None:
    counting = Counting(tmp_path)
    pool = Local(counting, at_once=2)
    wanted = Job(runtime=tmp_path, steps=(), folders={})
    all_beside(*[lambda: pool.run(wanted, tmp_path, None)] * 6)
    assert counting.most == 2


def test_what_is_done_beside_comes_back_in_order_and_so_do_its_errors() -> None:
    assert beside(lambda: "mine", lambda: 2) == ("mine", 2)
    assert all_beside(*(lambda number=number: number for number in range(5))) == [0, 1, 2, 3, 4]  # type: ignore[misc]
    assert all_beside() == []
    ended = threading.Event()

    def fails() -> None:
        raise ValueError("first")

    def late() -> None:
        time.sleep(0.05)
        ended.set()
        raise KeyError("second")

    with pytest.raises(ValueError, match="first"):
        beside(fails, late)
    assert ended.is_set(), "nothing goes on behind somebody's back"
