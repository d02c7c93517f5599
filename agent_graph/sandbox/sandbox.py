"""The door: run one command, or a session of steps, of code that nobody has to trust."""

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import get_args

from agent_graph.backends import Backend
from agent_graph.errors import BadInput
from agent_graph.sandbox.cell import Program, run_in_bwrap
from agent_graph.sandbox.container_cell import run_in_container
from agent_graph.sandbox.engine import find_engine
from agent_graph.sandbox.job import TREE, Job
from agent_graph.sandbox.plain import run_plainly
from agent_graph.sandbox.policy import Limits, Policy, Result
from agent_graph.sandbox.probe import available as bwrap_available
from agent_graph.sandbox.session import OnStep, Reports, driver_command, plan, wall_limit
from agent_graph.sandbox.slot import default_run_dir
from agent_graph.sandbox.steps import SessionResult, Step


def available(backend: Backend = "bwrap", binary: Path | None = None) -> None:
    """Returns if this backend can run code here; else SandboxUnavailable with the cause and what helps."""
    if backend == "docker" or backend == "podman":
        find_engine(backend, binary)
    elif backend == "bwrap":
        bwrap_available(binary)


class Sandbox:
    """Runs commands against a runtime (a virtual environment's folder), each time in a fresh sandbox.

    `binary` is another bwrap, docker or podman than the one that would be found. backend "none" is no sandbox: the
    command runs with the user's rights, and `Result.enforced` says so. `stop` is asked while a session goes on; where
    it says yes, the session ends with Cancelled. BadInput for a backend that there isn't.
    """

    def __init__(
        self,
        runtime: Path,
        *,
        backend: Backend = "bwrap",
        run_dir: Path | None = None,
        binary: Path | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        if backend not in get_args(Backend):
            raise BadInput(f"no sandbox is called {backend!r}: choose from {', '.join(get_args(Backend))}")
        # Not resolve(): a virtual environment is known by the path it has.
        self.runtime = Path(os.path.abspath(runtime))
        self.backend = backend
        self._run_dir = run_dir or default_run_dir()
        self._binary = binary
        self._stop = stop

    def run(self, cmd: Sequence[str], policy: Policy | None = None, limits: Limits | None = None) -> Result:
        """One command, in /work. SandboxUnavailable: it was not run. SandboxSetupError: ours, it never ran."""
        return self._run(Program(tuple(cmd)), policy or Policy(), limits or Limits())

    def _run(self, program: Program, policy: Policy, limits: Limits) -> Result:
        if self.backend == "none":
            return run_plainly(program, policy, limits, runtime=self.runtime)
        place = {"runtime": self.runtime, "run_dir": self._run_dir}
        if self.backend == "bwrap":
            return run_in_bwrap(program, policy, limits, **place, binary=self._binary)
        return run_in_container(program, policy, limits, **place, engine=find_engine(self.backend, self._binary))

    def do(self, job: Job, export_to: Path | None = None, on_step: OnStep | None = None) -> SessionResult:
        """A job, whatever runtime it names, in one sandbox."""
        cell = self if job.runtime == self.runtime else self._with(job.runtime)
        return cell.session(
            job.steps,
            tree=job.folders.get(TREE),
            mounts={name: folder for name, folder in job.folders.items() if name != TREE},
            env=job.env,
            collect=job.collect,
            export_to=export_to,
            preload=job.preload,
            limits=job.limits,
            on_step=on_step,
        )

    def _with(self, runtime: Path) -> "Sandbox":
        return Sandbox(runtime, backend=self.backend, run_dir=self._run_dir, binary=self._binary, stop=self._stop)

    def session(  # noqa: PLR0913
        self,
        steps: Sequence[Step],
        *,
        tree: Path | None = None,
        mounts: Mapping[str, Path] | None = None,
        env: Mapping[str, str] | None = None,
        collect: Sequence[str] = (),
        export_to: Path | None = None,
        preload: Sequence[str] = (),
        limits: Limits | None = None,
        require: Mapping[str, str] | None = None,
        on_step: OnStep | None = None,
    ) -> SessionResult:
        """Steps in order in one sandbox; `tree` is copied to /work, `mounts` are read-only at /name.

        `preload` names runtime libraries to import once before the steps; `on_step` hears each result as it comes.
        """
        asked = limits or Limits()
        bounds = dataclasses.replace(asked, wall_s=wall_limit(steps, asked))
        policy = Policy(tree, mounts or {}, {}, collect, export_to, require or {})
        reports = Reports(steps, on_step, self._stop)
        command = driver_command(own_namespace=self.backend != "none")
        program = Program(command, reports, plan(steps, preload, env or {}, bounds))
        result = self._run(program, policy, bounds)
        return SessionResult(result, reports.complete(result), result.export)
