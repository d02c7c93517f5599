"""Faults of the machine end in one clear line, and nothing is lost; state comes back without pickle."""

from __future__ import annotations

import os
import pickle
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import agent_graph
from agent_graph.runner import checkpoints
from evals.trust.faults import measure as faults
from evals.trust.faults import signals
from evals.trust.faults.place import Said, Ways, files
from evals.trust.ground.prints import lost


def quiet(text: str) -> None:
    """Nobody listens."""


def test_a_sample_of_faults_ends_in_one_clear_line_and_the_run_goes_on() -> None:
    tried, *elsewhere = faults.run(True, quiet)
    assert tried.verdict == "passed", tried.faults
    assert tried.of + len(elsewhere) == len(faults.SAMPLE)


class Quick:
    """A place whose undisturbed run was slow: later ones take `lasts` seconds and end well where no signal came."""

    def __init__(self, lasts: list[float]) -> None:
        self.seconds, self.lasts, self.run_folder = 10.0, lasts, Path("/nowhere")

    def lay(self, what: str) -> None:
        """Nothing is kept here."""

    def new(self, ways: Ways | None = None) -> Said:
        if ways is None:
            return Said(0, "", "", 1.0)  # the run that goes on
        length = self.lasts.pop(0)
        if ways.signals[0][0] >= length:
            return Said(0, "", "", length)
        return Said(130, "", "agent-graph: stopped\n", length)


def test_a_signal_that_came_after_the_end_is_sent_again_by_the_length_that_the_run_had() -> None:
    assert signals.stopped(0.8, signal.SIGINT)(Quick([4.0, 4.0])) is None  # type: ignore[arg-type]
    never = signals.stopped(0.8, signal.SIGINT)(Quick([4.0, 2.0, 1.0]))  # type: ignore[arg-type]
    assert "ended before the signal" in str(never)


def test_an_end_without_a_clear_line_is_noticed() -> None:
    clear = Said(2, "", "agent-graph: state.db is locked; end the other program\n", 0.0)
    assert clear.fault(2, "locked.*end") is None
    for said in (
        Said(4, "", "agent-graph: our own fault\n", 0.0),
        Said(2, "", "Traceback (most recent call last):\n", 0.0),
        Said(2, "", "one\ntwo\n", 0.0),
        Said(2, "", "agent-graph: something is wrong\n", 0.0),
        Said(-15, "", "", 0.0),
        Said(0, "", "", 0.0),
    ):
        assert said.fault(2, "locked"), said


def test_a_file_that_is_gone_or_changed_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("1")
    before = files(tmp_path)
    assert lost(before, files(tmp_path)) is None
    (tmp_path / "a").write_text("2")
    (tmp_path / "b").unlink()
    assert lost(before, files(tmp_path)) == "2 differ: a is other, b is not there"


class Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.path}",)


def _stored(folder: Path, kind: str, payload: bytes) -> Any:
    """A run's state with that payload in it, as the runner reads it."""
    with checkpoints.graph(folder) as built:
        built.update_state(checkpoints.THREAD, {"graph_version": 2, "notes": ()}, as_node="report")
    with closing(sqlite3.connect(folder / "checkpoints.db")) as database, database:
        assert database.execute("UPDATE checkpoints SET type = ?, checkpoint = ?", (kind, payload)).rowcount
    with checkpoints.graph(folder) as built:
        return built.get_state(checkpoints.THREAD)


def test_a_checkpoint_that_is_a_pickle_is_not_restored(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    with pytest.raises(Exception, match=r"pickle"):
        _stored(tmp_path / "run", "pickle", pickle.dumps(Bomb(touched)))
    assert not touched.exists()
    pickle.loads(pickle.dumps(Bomb(touched)))  # noqa: S301 - the control: it would have gone off
    assert touched.exists()


ASKED = """
import sys
import agent_graph
from langgraph.checkpoint.serde import _msgpack
print(_msgpack.STRICT_MSGPACK_ENABLED)
"""


def test_only_our_own_types_are_restored_whatever_the_environment_says() -> None:
    for value in ("", "false", "0"):
        environment = {**os.environ, "LANGGRAPH_STRICT_MSGPACK": value}
        done = subprocess.run(
            [sys.executable, "-c", ASKED], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "True", value


FOREIGN = """
import sys
from pathlib import Path
{first}
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from evals.trust.lines import Line
serde = JsonPlusSerializer()
folder = Path(sys.argv[1])
if {ours}:
    from agent_graph.runner import checkpoints
    with checkpoints.graph(folder) as built:
        built.update_state(checkpoints.THREAD, {{"notes": (Line("a", "b"),)}}, as_node="report")
    with checkpoints.graph(folder) as built:
        found = built.get_state(checkpoints.THREAD).values["notes"][0]
else:
    found = serde.loads_typed(serde.dumps_typed(Line("a", "b")))
print(type(found).__name__)
"""


def restored_as(folder: Path, *, ours: bool) -> str:
    """The type as which a value of a type that isn't the state's comes back, with us or with LangGraph alone."""
    script = FOREIGN.format(first="import agent_graph" if ours else "", ours=ours)
    line = [sys.executable, "-c", script, str(folder)]
    environment = {name: value for name, value in os.environ.items() if name != "LANGGRAPH_STRICT_MSGPACK"}
    environment["PYTHONPATH"] = str(Path(agent_graph.__file__).parents[1])
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_type_that_is_not_the_states_is_not_restored(tmp_path: Path) -> None:
    assert restored_as(tmp_path / "run", ours=True) != "Line"
    assert restored_as(tmp_path / "run", ours=False) == "Line"  # the control
