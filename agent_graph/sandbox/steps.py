"""What a session is asked to do, step by step, and what each step did."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from agent_graph.sandbox.policy import Export, Result

StepStatus = Literal["exit", "signal", "timeout", "skipped"]


@dataclass(frozen=True)
class Step:
    """One process of a session.

    kind "module": `argv` = (module, *args), run as `python -m` in a fork of the preloaded driver, /work/src first on
    its path. "script": (path of a .py, *args), the same through its path: for our own probe scripts. "exec": a plain
    program. A step ends at `timeout_s`, and everything it started ends with it.
    """

    name: str
    argv: tuple[str, ...]
    kind: Literal["module", "exec", "script"] = "module"
    env: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 60
    stop_on_failure: bool = False
    cwd: str = "/work"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class StepResult:
    """How one step ended: `rc` as a shell would give it for "exit", minus the signal for "signal", else None.

    `cpu_s` counts the step's reaped processes; `peak_rss` (bytes) is that of its largest one, with what was preloaded.
    """

    name: str
    status: StepStatus
    rc: int | None
    seconds: float
    cpu_s: float
    peak_rss: int
    out: str
    err: str

    @property
    def ok(self) -> bool:
        return self.status == "exit" and self.rc == 0


@dataclass(frozen=True)
class SessionResult:
    """One sandbox and the steps that ran in it, in order; every asked step has a result."""

    result: Result
    steps: tuple[StepResult, ...]
    export: Export | None

    def step(self, name: str) -> StepResult:
        """KeyError names the step that was never asked for."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    @property
    def ok(self) -> bool:
        return self.result.status == "ok" and all(step.ok for step in self.steps)
