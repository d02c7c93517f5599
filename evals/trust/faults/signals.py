"""Faults that come while a program runs: Ctrl-C, signals, a second run of the same name, a clock that jumps."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from evals.trust.faults.end import RERUN, RESUME, Case, ended
from evals.trust.faults.place import NEW, Place, Said, Ways, files
from evals.trust.ground.customers import NAME
from evals.trust.ground.prints import lost

DAY_S = 86_400.0
TRIES = 3


def stopped(share: float, *numbers: int) -> Case:
    """Signals at that share of a run's length (the second one right after the first): one line, and it goes on.

    A run that was at its end before says how long one takes now: beside other work that differs from time to time.
    """

    def case(place: Place) -> str | None:
        length = place.seconds
        for _ in range(TRIES):
            place.lay("fresh")
            moments = [(length * share + 0.05 * turn, number) for turn, number in enumerate(numbers)]
            said = place.new(ways=Ways(signals=moments))
            if said.code != 0:
                break
            length = said.seconds
        else:
            return f"the run ended before the signal, {TRIES} times"
        begun = (place.run_folder / "run.json").is_file()
        return ended(said, 130, "stopped", place.cli(*RESUME) if begun else place.new())

    return case


def two_of_one_name(place: Place) -> str | None:
    """The second is turned away while the first is at work; the first ends as if alone."""
    place.lay("halfway")
    with tempfile.TemporaryFile() as out:
        first = place.begin(RESUME, Ways(), out.fileno(), out.fileno())
        _until(lambda: _held(place), 20)
        first.signal(signal.SIGSTOP)  # it has all the time that the second one needs
        second = [place.cli(*RERUN), place.new("--out", str(place.home / "elsewhere"))]
        first.signal(signal.SIGCONT)
        code = first.code()
    fault = None if code == 0 else f"the first run ended with {code}"
    return fault or second[0].fault(2, "another process works on") or second[1].fault(2, "another process|already the")


def _held(place: Place) -> bool:
    """Whether a process holds the run's lock."""
    import fcntl

    with (place.run_folder / "lock").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _until(true: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.01)


def clock_jumps(shift: float, within: bool) -> Case:
    """The wall clock is set by that much: between two runs, or again and again within one."""

    def case(place: Place) -> str | None:
        place.lay("done")
        before = files(place.project / ".git" / "objects")
        said = place.cli(*RERUN, ways=Ways(before=lambda: _set_clock(shift, within)))
        fault = ended(said, 0, "") or lost(before, files(place.project / ".git" / "objects"))
        told = place.cli("history", NAME, "--json")
        numbers = [line.strip() for line in told.out.splitlines() if '"number"' in line]
        if not fault and numbers != ['"number": 1', '"number": 2']:
            fault = f"the history is {numbers}"
        return fault or ended(place.cli("revert", NAME), 0, "")

    return case


def _set_clock(shift: float, within: bool) -> None:
    """What the process takes for the time of day. Its monotonic clock can't be set, as on every machine."""
    real, count = time.time, 0

    def jumping() -> float:
        nonlocal count
        count += 1
        return real() + (shift if not within or count % 2 else -shift)

    class Jumping(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(jumping(), tz)

    time.time = jumping
    for name, module in list(sys.modules.items()):
        if name.startswith("agent_graph") and getattr(module, "datetime", None) is datetime:
            module.datetime = Jumping  # type: ignore[attr-defined]


def eight_at_once(place: Place) -> str | None:
    """Eight `new` share a cache, four on the same data: each ends with the files that it has alone."""
    place.lay("fresh")
    cache, alone = str(place.root / "cache"), {}
    tables = [place.data, place.kept / "others.csv"]
    for number, table in enumerate(tables):
        said = _one(place, f"alone-{number}", table, str(place.root / f"cache-{number}"))
        if fault := said.fault(0, ""):
            return f"alone: {fault}"
        alone[number] = _files(place, f"alone-{number}", number)
    together = _together(place, [(f"p{number}", tables[number % 2]) for number in range(8)], cache)
    for number, code in enumerate(together):
        if code:
            return f"number {number} ended with {code}: {(place.root / f'p{number}.said').read_text('utf-8')[-300:]}"
        if _files(place, f"p{number}", number % 2) != alone[number % 2]:
            return f"number {number} has other files than alone"
    return None


def _words(name: str, table: Any, place: Place) -> Sequence[str]:
    return (*NEW, "--data", str(table), "--name", "same", "--out", str(place.home / name))


def _env(place: Place, name: str, cache: str) -> dict[str, str]:
    return {"AGENT_GRAPH_CACHE": cache, "AGENT_GRAPH_STATE": str(place.home / name / "state")}


def _one(place: Place, name: str, table: Any, cache: str) -> Said:
    return place.cli(*_words(name, table, place), ways=Ways(env=_env(place, name, cache)))


def _together(place: Place, runs: Sequence[tuple[str, Any]], cache: str) -> list[int]:
    begun = []
    for name, table in runs:
        said = os.open(place.root / f"{name}.said", os.O_WRONLY | os.O_CREAT)
        begun.append(place.begin(_words(name, table, place), Ways(env=_env(place, name, cache)), said, said))
        os.close(said)
    return [process.code() for process in begun]


def _files(place: Place, name: str, _: int) -> dict[str, str]:
    """Every file of the project but the reports, which hold times, and git's own."""
    skipped = {".git", "reports", "README.md", "model_card.md"}
    found = files(place.home / name / "same")
    return {path: digest for path, digest in found.items() if not skipped & {path, path.split("/")[0]}}


CASES: dict[str, Case] = {
    "Ctrl-C at 20 %": stopped(0.2, signal.SIGINT),
    "Ctrl-C at 50 %": stopped(0.5, signal.SIGINT),
    "Ctrl-C at 80 %": stopped(0.8, signal.SIGINT),
    "Ctrl-C twice": stopped(0.6, signal.SIGINT, signal.SIGINT),
    "SIGTERM": stopped(0.4, signal.SIGTERM),
    "SIGHUP": stopped(0.7, signal.SIGHUP),
    "two runs of one name at once": two_of_one_name,
    "the clock jumps a day back between runs": clock_jumps(-DAY_S, within=False),
    "the clock jumps ten years ahead between runs": clock_jumps(3650 * DAY_S, within=False),
    "the clock jumps to and fro within a run": clock_jumps(DAY_S, within=True),
    "eight runs at once share one cache": eight_at_once,
}
