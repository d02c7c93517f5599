"""A lane of the nest: one victim after another in one folder, killed, resumed, compared with an undisturbed one."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from evals.trust.ground import customers
from evals.trust.ground.apart import Forked
from evals.trust.ground.edges import at_nodes
from evals.trust.ground.prints import difference
from evals.trust.kills import moments, verbs
from evals.trust.kills.seen import seen
from evals.trust.kills.watch import Written

BEFORE = {"gate": "observability_gate", "adopt": "ml_engineer_gate"}  # where these verbs begin
GROUNDS = {"commit": verbs.two_commits, "revert": verbs.two_revisions, "accept": verbs.two_answers}
RETURNS = {"revert": verbs.go_back, "accept": verbs.take_over}
EDGES = "edges"  # file of a lane: at which edges its victim has died
FEWEST = 10  # things that can be seen of anything that came to its end
LONGEST_S = 90.0  # of any victim's life: a run takes a few seconds


@dataclass(frozen=True)
class Job:
    """One victim: what it does, where it is killed, and where its resumes are killed again."""

    name: str
    verb: str = "new"  # new, rerun, gate and adopt (from before a gate to the end), commit, revert, accept
    share: float = 0.0  # of the undisturbed length: a random moment
    again: tuple[float, ...] = ()  # the same, of each resume but the last
    alone: bool = False  # only the process is killed, its git children live on
    edges: tuple[tuple[str, str], ...] = ()  # of nodes: killed at each of them, one life after the other
    operation: int = 0
    most: int = 0  # of a sweep: so many operations of the beginning (0: all)
    every: int = 0  # a sweep: killed at every such operation, one victim for each
    answer: int = 0
    write: int = 0  # N-th write to the state database's log


@dataclass
class Ended:
    """What became of a job."""

    name: str
    killed: int = 0  # times
    ways: tuple[str, ...] = ()  # how it went on
    fault: str | None = None


class Lane:
    """A folder in which one victim lives at a time, and what undisturbed runs leave there."""

    def __init__(self, folder: Path, number: int, data: Path, url: str) -> None:
        self.home, self.number = folder / f"lane{number}" / "home", number
        self.kept, self.data, self.url = self.home.parent / "kept", data, url
        self.expected: dict[str, dict[str, str]] = {}
        self.seconds: dict[str, float] = {}

    def work(self, job: Job) -> Ended:
        """Kill, go on, compare. A victim that ended before its random moment gives its place to one killed sooner."""
        self._undisturbed(job.verb)
        self._lay(job.verb)
        ended = Ended(job.name)
        died = self._victim(job, self._start(job.verb), self.seconds[job.verb] * job.share or LONGEST_S)
        if died == 0 and job.share:
            return self.work(replace(job, share=job.share * 0.8))
        while died and died < len(job.edges):
            again = self._victim(job, self._resume(job.verb), LONGEST_S)
            if not again:
                died = None if again is None else died
                break
            died += again
        for share in job.again if died else ():
            again = self._victim(Job(job.name), self._resume(job.verb), self.seconds[job.verb] * share)
            if not again:
                died = None if again is None else died
                break
            died += again
        ended.killed = died or 0
        ended.fault = f"failed: {self._last_words()}" if died is None else self._gone_on(job)
        if died is not None and died < len(job.edges):
            ended.fault = f"only {died} of {len(job.edges)} edges were reached"
        ended.ways = self._ways()
        return ended

    def sweep(self, job: Job, lanes: int) -> Iterator[Ended]:
        """The job at each of its operations that are this lane's."""
        self._undisturbed(job.verb)
        self._lay(job.verb)
        self._victim(Job(job.name, operation=-1), self._start(job.verb), LONGEST_S)
        count = int((self.home.parent / "operations").read_text("utf-8"))
        for number in range(1 + self.number * job.every, min(count, job.most or count) + 1, lanes * job.every):
            yield self.work(replace(job, name=f"{job.name} {number} of {count}", operation=number))

    def _gone_on(self, job: Job) -> str | None:
        if self._victim(Job(job.name), self._resume(job.verb), LONGEST_S) != 0:
            return f"resume failed: {self._last_words()}"
        return difference(self.expected[job.verb], seen(self.home))

    def _undisturbed(self, verb: str) -> None:
        """What the verb comes to when nobody kills it, and how long that takes; made once."""
        if verb in self.expected:
            return
        self._prepare(verb)
        self._lay(verb)
        began = time.monotonic()
        if self._victim(Job("undisturbed"), self._start(verb), LONGEST_S) != 0:
            raise RuntimeError(f"an undisturbed {verb} failed: {self._last_words()}")
        self.seconds[verb], self.expected[verb] = time.monotonic() - began, seen(self.home)
        if len(self.expected[verb]) < FEWEST:
            raise RuntimeError(f"an undisturbed {verb} left next to nothing: {sorted(self.expected[verb])}")

    def _prepare(self, verb: str) -> None:
        """The home as it is before the verb, put aside."""
        self._lay("new")
        if verb == "new":
            return
        if verb in GROUNDS:
            self._victim(Job("ground"), GROUNDS[verb], LONGEST_S)
        else:
            before = BEFORE.get(verb)
            job = Job("ground", edges=((before, "before"),) if before else ())
            self._victim(job, self._start("new"), LONGEST_S)
        self.kept.mkdir(exist_ok=True)
        subprocess.run(["cp", "-a", str(self.home), str(self.kept / verb)], check=True)

    def _lay(self, verb: str) -> None:
        """The home as it is before the verb."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.parent.mkdir(parents=True, exist_ok=True)
        (self.home.parent / EDGES).unlink(missing_ok=True)
        if verb == "new":
            self.home.mkdir()
            return
        subprocess.run(["cp", "-a", str(self.kept / verb), str(self.home)], check=True)
        (self.home / moments.RECEIVED).unlink(missing_ok=True)

    def _start(self, verb: str) -> Callable[[], object]:
        if verb == "new":
            return lambda: verbs.begin(self.data, self.url)
        starts = {"rerun": verbs.send_back, "commit": verbs.third_commit, **RETURNS}
        return starts.get(verb, lambda: verbs.runner.resume(customers.NAME))

    def _resume(self, verb: str) -> Callable[[], object]:
        if verb == "commit":
            return verbs.third_commit
        if verb in RETURNS:
            return lambda: self._told(verbs.finish_return(RETURNS[verb]))
        return lambda: self._told(verbs.go_on(self.data, self.url, verb == "rerun"))

    def _told(self, way: str) -> None:
        with (self.home.parent / "ways").open("a", encoding="utf-8") as stream:
            stream.write(f"{way}\n")

    def _ways(self) -> tuple[str, ...]:
        path = self.home.parent / "ways"
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        path.unlink(missing_ok=True)
        return tuple(lines)

    def _last_words(self) -> str:
        return " / ".join(self._said.read_text("utf-8").strip().splitlines()[-3:])[-600:]

    def _victim(self, job: Job, do: Callable[[], object], moment: float) -> int | None:
        """Fork, wait for the moment or the end. 1 when it was killed, 0 when it ended before, None when it failed."""
        watched = Written(self.home / "generated/.agent-graph/runs" / customers.NAME) if job.write else None
        began, said = time.monotonic(), os.open(self._said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        victim = Forked(lambda: self._live(job, do), said, said, failed=70)
        os.close(said)
        if watched:
            watched.wait(victim.pipe, job.write, moment)
        else:
            victim.ended(moment)
        late = time.monotonic() - began >= LONGEST_S
        victim.kill(job.alone)
        code = victim.code()
        if late:
            self._said.write_text(f"no end after {LONGEST_S:.0f} s", encoding="utf-8")
            return None
        return 1 if code < 0 else 0 if code == 0 else None

    @property
    def _said(self) -> Path:
        return self.home.parent / "said"

    def _live(self, job: Job, do: Callable[[], object]) -> None:
        """What the victim does in its life."""
        customers.settle(self.home, f"{self.number}:{job.name}")
        customers.stand_in()
        verbs.stop_dates()
        moments.at_answer(job.answer, self.home)
        if job.edges:
            at_nodes({(node, edge) for node, edge in job.edges}, self.home.parent / EDGES)
        if job.operation:
            moments.at_operation(job.operation, self.home.parent / "operations")
        do()
