"""A sample of evals/trust: the cell holds, and each part of the measurement can fail."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent_graph.sandbox import Result, Sandbox
from evals.trust.cell import measure as cell
from evals.trust.cell import soak as cell_soak
from evals.trust.cell.catalogue import ATTACKS, BY_NAME, SMALL
from evals.trust.cell.judge import Attempt, judge
from evals.trust.cell.measure import SetUp, WorkerBroke, answers
from evals.trust.cell.places import CHECKOUT, disk, folder_for, present_user
from evals.trust.cell.soak import kill_one
from evals.trust.cell.world import PROGRAMS, World
from evals.trust.guards.catalogue import GUARDS, Edit, Guard
from evals.trust.guards.measure import unnoticed
from evals.trust.hosts import measure as hosts
from evals.trust.lines import Line

SOME = (
    "a01_host_files",
    "a02_environment",
    "a04_network",
    "a19_daemon",
    "a23_links",
    "b01_forge_report",
    "b05_poison_steps",
)
TAKEN_AWAY = (
    "a session of its own",
    "the filter's other families of sockets",
    "links in the way to a result",
    "hard links as results",
)
HERE = SetUp(present_user(), disk() or Path("/tmp"))

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the programs know the system calls of x86_64")


def test_every_class_of_attack_has_a_program_and_every_program_is_tried() -> None:
    assert {attack.kind for attack in ATTACKS} >= {f"a{number:02}" for number in range(1, 41)}
    assert len(BY_NAME) == len(ATTACKS) >= 40
    assert {path.stem for path in PROGRAMS.glob("*.py")} == BY_NAME.keys() | {"tell", "witness"}


def test_hostile_programs_do_not_get_out() -> None:
    facts = [fact for fact in answers(HERE, SOME) if "attack" in fact]
    assert [fact["attack"] for fact in facts] == list(SOME)
    assert [fact["faults"] for fact in facts] == [[]] * len(SOME)


def test_every_guard_is_where_the_catalogue_says() -> None:
    for guard in GUARDS:
        for edit in guard.edits:
            assert (CHECKOUT / "agent_graph/sandbox" / edit.file).read_text().count(edit.old) == 1, guard.name


@pytest.mark.parametrize("name", TAKEN_AWAY)
def test_a_guard_that_is_taken_away_is_noticed(name: str) -> None:
    guard = next(guard for guard in GUARDS if guard.name == name)
    assert unnoticed(guard, HERE) is None


def test_a_guard_that_is_there_is_not_said_to_be_missing() -> None:
    there = Guard("nothing", (Edit("bwrap.py", '"--clearenv", ', '"--clearenv", '),), ("a02_environment",), "canary")
    assert unnoticed(there, HERE) == "not noticed by a02_environment"


def test_a_guard_that_cannot_be_found_is_not_said_to_be_noticed() -> None:
    moved = Guard("nothing", (Edit("bwrap.py", "no such text", ""),), ("a02_environment",), "canary")
    assert "mend the catalogue" in str(unnoticed(moved, HERE))


def test_the_judge_believes_nobody_who_did_not_try_and_sees_what_came_out(tmp_path: Path) -> None:
    world = World(tmp_path)
    result = Result(
        status="ok", rc=0, wall=1, cpu=0, peak_mem=None, startup_ms=0, out="", err="", out_total=0, err_total=0,
        pids_peak=0, enforced={"memory": "rlimit+poll", "cpu": "rlimit"},
    )  # fmt: skip
    assert faults(world, result) == ["it made 0 tries of 25: it proved nothing"]
    assert "a canary came out" in faults(world, dataclasses.replace(result, err=world.canary))[0]
    assert "ended as timeout" in faults(world, dataclasses.replace(result, status="timeout"))[0]
    assert "memory peaked" in faults(world, dataclasses.replace(result, peak_mem=2 * SMALL.memory))[1]
    before = world.picture()
    (world.home / "secret.txt").chmod(0o600)
    assert world.picture() != before


def faults(world: World, result: Result) -> list[str]:
    attempt = Attempt(BY_NAME["a01_host_files"], SMALL, "token", "nonce", result=result)
    judge(attempt, world)
    return attempt.faults


def test_a_killed_supervisor_leaves_nothing() -> None:
    with folder_for(HERE.user, HERE.place) as base:
        sandbox = Sandbox(HERE.user.runtime, run_dir=base / "run")
        for kind in ("run", "session"):
            killed = kill_one(sandbox, HERE.user, base / "run", kind, None)
            assert (killed.fault, killed.caught) == (None, "running")


def test_a_supervisor_that_is_killed_while_it_builds_had_started_something_and_leaves_nothing() -> None:
    with folder_for(HERE.user, HERE.place) as base:
        sandbox = Sandbox(HERE.user.runtime, run_dir=base / "run")
        killed = [kill_one(sandbox, HERE.user, base / "run", "run", 0.0) for _ in range(10)]
    assert {each.fault for each in killed} == {None}
    assert "building" in {each.caught for each in killed}


def test_a_supervisor_that_started_nothing_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_soak, "_SUPERVISOR", "import time; print('begins', flush=True); time.sleep(60)")
    monkeypatch.setattr(cell_soak, "_STARTS_S", 0.1)
    monkeypatch.setattr(cell_soak, "_TRIES", 2)
    with folder_for(HERE.user, HERE.place) as base:
        sandbox = Sandbox(HERE.user.runtime, run_dir=base / "run")
        line = cell_soak._killed(sandbox, HERE.user, base / "run", 3)
    assert (line.verdict, line.held, len(line.faults)) == ("failed", 0, 3)
    assert all("nothing was tried" in fault for fault in line.faults)


def test_hosts_that_cannot_hold_a_sandbox_run_nothing() -> None:
    lines = hosts.run(sample=True, say=print)
    assert len(lines) == 4
    assert [fault for line in lines for fault in line.faults] == []
    assert "failed" not in {line.verdict for line in lines}


def test_a_fault_that_belongs_to_no_attempt_fails_a_line_that_held() -> None:
    line = Line("cell", "all attempts were made, then the worker broke", held=3, of=3)
    assert line.verdict == "passed"
    line.faults.append("the worker ended with 1")
    assert line.verdict == "failed"


def test_a_worker_that_breaks_after_its_last_attempt_fails_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(where: SetUp, names: Sequence[str], repeats: int) -> Iterator[dict[str, Any]]:
        for name in names:
            yield {"attack": name, "faults": [], "over": 0.0, "collected": 0.0, "memory": 0.0}
        raise WorkerBroke("the worker ended with 1")

    monkeypatch.setattr(cell, "answers", breaks)
    line = Line("cell", "attacks")
    cell._try_all(line, HERE, SOME, 1, lambda text: None)
    assert (line.verdict, line.held, line.of) == ("failed", len(SOME), len(SOME) + 1)
    assert line.faults == ["the worker: the worker ended with 1"]
