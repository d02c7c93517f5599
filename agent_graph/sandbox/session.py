"""Many steps in one sandbox: what the driver inside is given, and what is believed of its reports."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent_graph.errors import Cancelled, SandboxSetupError
from agent_graph.sandbox.bwrap import RUNTIME
from agent_graph.sandbox.policy import Limits, Result
from agent_graph.sandbox.steps import Step, StepResult, StepStatus

SOURCE = "/work/src"  # first on the path of every step, and of the Python processes that it starts
START_MARGIN_S = 60.0  # preloading and the clean-up between steps
_STEP_GRACE_S = 15.0  # the driver ends a late step itself; if it doesn't, it was stopped
_LONGEST_REPORT = 4 << 20

OnStep = Callable[[StepResult], None]


def driver_command(*, own_namespace: bool) -> tuple[str, ...]:
    """-P and -s keep generated code off the driver's path; not -I, which would ignore PYTHONHASHSEED."""
    python = f"{RUNTIME}/bin/python"
    return (python, "-P", "-s", "-B", "/sbx/driver.py", str(int(own_namespace)), "{report}", "{steps}")


def plan(steps: Sequence[Step], preload: Sequence[str], env: Mapping[str, str], limits: Limits) -> bytes:
    """The driver's orders as JSON. SandboxSetupError for two steps of one name, or a step without a command."""
    names = [step.name for step in steps]
    if len(set(names)) != len(names) or not names:
        raise SandboxSetupError(f"a session needs steps with names of their own, not {names}")
    orders = []
    for step in steps:
        if not step.argv:
            raise SandboxSetupError(f"step {step.name!r} has no command")
        variables = {"PYTHONPATH": SOURCE, **env, **dict(step.env)}
        orders.append({**step.as_json(), "env": variables, "source": SOURCE})
    return json.dumps({"preload": list(preload), "steps": orders, "out_kill": limits.out_kill}).encode()


class Reports:
    """Listens to the driver: one JSON line as each step starts and ends, in order and nothing else."""

    def __init__(self, steps: Sequence[Step], on_step: OnStep | None, stop: Callable[[], bool] | None = None) -> None:
        self._steps, self._on_step, self._stop = steps, on_step, stop
        self._pending = bytearray()
        self._started: tuple[int, float] | None = None
        self.results: list[StepResult] = []

    def feed(self, data: bytes) -> None:
        self._pending += data
        *lines, rest = bytes(self._pending).split(b"\n")
        if len(rest) > _LONGEST_REPORT:
            raise SandboxSetupError("the sandbox's driver sent an endless report")
        self._pending = bytearray(rest)
        for line in lines:
            self._hear(line)

    def _hear(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            if "start" in message:
                self._start(message["start"])
            elif "end" in message:
                self._end(message["end"], _step_result(message["result"]))
            elif message != {"done": len(self.results)}:
                raise ValueError("unknown message")
        except (ValueError, KeyError, TypeError) as problem:
            raise SandboxSetupError(f"the sandbox's driver sent a report that makes no sense: {problem!r}") from problem

    def _start(self, index: int) -> None:
        if self._started is not None or index != len(self.results):
            raise ValueError(f"step {index} started out of turn")
        self._started = (index, time.monotonic())

    def _end(self, index: int, result: StepResult) -> None:
        if self._started is None or index != self._started[0] or result.name != self._steps[index].name:
            raise ValueError(f"step {index} ended out of turn")
        self._started = None
        self._add(result)

    def _add(self, result: StepResult) -> None:
        self.results.append(result)
        if self._on_step is not None:
            self._on_step(result)

    def overdue(self, now: float) -> bool:
        """Whether the step in flight should long have ended. Cancelled when somebody wants the run to end."""
        if self._stop is not None and self._stop():
            raise Cancelled("it was asked to stop")
        if self._started is None:
            return False
        index, since = self._started
        return now > since + self._steps[index].timeout_s + _STEP_GRACE_S

    def complete(self, result: Result) -> tuple[StepResult, ...]:
        """A result for every step: the one in flight when the sandbox ended, and those that never began.

        SandboxSetupError if the driver itself failed, which no step can bring about.
        """
        if result.status == "exit":
            raise SandboxSetupError(f"the sandbox's driver ended with {result.rc}: {result.err.strip()[-2000:]}")
        if self._started is not None:
            index, since = self._started
            self._started = None
            cut: StepStatus = "timeout" if result.status == "timeout" else "signal"
            note = f"sandbox: the whole session ended with this step ({result.status})\n"
            self._add(StepResult(self._steps[index].name, cut, None, time.monotonic() - since, 0.0, 0, "", note))
        for step in self._steps[len(self.results) :]:
            self._add(StepResult(step.name, "skipped", None, 0.0, 0.0, 0, "", ""))
        return tuple(self.results)


def _step_result(facts: dict[str, Any]) -> StepResult:
    if facts["status"] not in ("exit", "signal", "timeout"):
        raise ValueError(f"no such status: {facts['status']!r}")
    return StepResult(
        name=str(facts["name"]),
        status=facts["status"],
        rc=None if facts["rc"] is None else int(facts["rc"]),
        seconds=float(facts["seconds"]),
        cpu_s=float(facts["cpu_s"]),
        peak_rss=int(facts["peak_rss"]),
        out=str(facts["out"]),
        err=str(facts["err"]),
    )


def wall_limit(steps: Sequence[Step], limits: Limits) -> float:
    """Seconds for the whole session."""
    return min(limits.wall_s, sum(step.timeout_s for step in steps) + START_MARGIN_S)
