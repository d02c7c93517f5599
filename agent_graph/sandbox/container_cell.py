"""Runs one command in one fresh container: the same promises as the bwrap cell, kept by an engine.

The engine makes the namespaces and the control group; ours are pid 1 (first.py), the prologue, the driver, the system
call filter and Landlock. Before any untrusted instruction the limits are read back from the control group and /work
is pinned, so an engine that ignores an option runs nothing. Reports go through a pipe whose fd comes over a socket
that is closed and gone by then, so a step can forge them no better than with bwrap. The supervisor ends pid 1 by
pidfd, and so the container, without asking the engine; its own death does the same (`life` in first.py).
Limits: the engine must share our kernel and our files; a Docker daemon's users are root anyway. It has run on Docker
20.10 and Podman 4.3 as root with runc and control groups v1; docs/security.md lists what was not tried.
"""

import dataclasses
import json
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from agent_graph.errors import SandboxSetupError
from agent_graph.sandbox import bwrap, seccomp
from agent_graph.sandbox.cell import Program, memory_file, require_controls, result_of, wire_up
from agent_graph.sandbox.collect import checked_path
from agent_graph.sandbox.container import create_words, lay_out_inside, readable_tree, user_inside
from agent_graph.sandbox.container_group import ContainerGroup
from agent_graph.sandbox.door import Door, Visitor
from agent_graph.sandbox.engine import Engine, client_env
from agent_graph.sandbox.inputs import readable_inside, refuse_special_files
from agent_graph.sandbox.policy import Limits, Policy, Result
from agent_graph.sandbox.probe import enforced
from agent_graph.sandbox.slot import Slot, claim_slot
from agent_graph.sandbox.supervise import Listener, Pipes, Supervision

_NAME_FREE_S = 20.0
Client = subprocess.Popen[bytes]


class ContainerSupervision(Supervision):
    """Pid 1 is known from the start, and waits to be ended, so that its control group can be read before it goes."""

    def __init__(
        self, visitor: Visitor, pipes: Pipes, limits: Limits, group: ContainerGroup, listener: Listener | None
    ) -> None:
        super().__init__(visitor, pipes, limits, group, listener)
        self._found, self._visitor = group, visitor
        self._init, self._init_fd = visitor.pid, os.dup(visitor.pidfd)

    def _pidfd(self) -> int:
        return os.dup(self._visitor.pidfd)

    def _pin_work(self, init: int) -> int:
        return os.dup(self._visitor.work)

    def _on_status(self, data: bytes) -> None:
        super()._on_status(data)
        if self.exit_code is not None:
            self._found.look()
            self.kill(None)

    def _measure(self, *, final: bool = False) -> None:
        self._found.look()
        super()._measure(final=final)


def run_in_container(
    program: Program, policy: Policy, limits: Limits, *, runtime: Path, run_dir: Path, engine: Engine
) -> Result:
    """One container, from nothing to nothing."""
    for path in policy.collect:
        checked_path(path)
    began = time.monotonic()
    with ExitStack() as stack:
        slot = stack.enter_context(claim_slot(run_dir))
        room = _furnish(slot, policy, limits, runtime)
        folder = lay_out_inside(slot, room.uid)
        _create(stack, room, engine, slot.name)
        door = stack.enter_context(Door(folder))  # closed first, which ends one who waits there
        ours, theirs = wire_up(seccomp.build_filter(memory_cgroup=True), program.steps)
        stack.callback(_let_go, ours)
        stack.callback(_let_go, theirs)
        visitor = _launch(engine, slot.name, theirs, lambda client: door.wait(client, ours["err"], room.uid))
        group = ContainerGroup(visitor.pid, limits)
        holds = enforced(group.kind, 0) | {"backend": engine.kind, "userns": "yes" if engine.rootless else "no"}
        require_controls(policy, holds)
        _admit(visitor, program, room, theirs)
        supervision = ContainerSupervision(visitor, Pipes(**ours), limits, group, program.listener)
        stack.callback(supervision.close)
        supervision.started = began
        supervision.run()
        result = result_of(supervision, policy, limits, group)
        return dataclasses.replace(result, enforced={**holds, "landlock": result.enforced["landlock"]})


def _furnish(slot: Slot, policy: Policy, limits: Limits, runtime: Path) -> bwrap.Room:
    tree = policy.tree or slot.subfolder("empty")
    for folder in (tree, *policy.mounts.values()):
        refuse_special_files(folder)
    mounts = {name: readable_inside(path, slot, name) for name, path in policy.mounts.items()}
    tree = readable_tree(tree, slot)
    return bwrap.Room(runtime, slot.folder, tree, mounts, policy.env, limits, user_inside(slot))


def _create(stack: ExitStack, room: bwrap.Room, engine: Engine, name: str) -> None:
    """Create the container, which is removed when `stack` ends. One that this slot's dead supervisor left goes first:
    the engine may be at it already, and keeps the name until it is done."""
    words = create_words(room, engine, name, engine.image())
    stack.callback(engine.remove, name)
    deadline = time.monotonic() + _NAME_FREE_S
    while True:
        try:
            engine.call(*words)
        except SandboxSetupError as problem:
            if "in use" not in str(problem) or time.monotonic() > deadline:
                raise
            engine.remove(name)
            time.sleep(0.1)
        else:
            return


def _launch(engine: Engine, name: str, theirs: dict[str, int], wait: Callable[[Client], Visitor]) -> Visitor:
    """Start the container and `wait` for its pid 1. The engine's client passes on what is said until then, no longer:
    its end would not be the container's."""
    client = subprocess.Popen(
        [str(engine.binary), "start", "--attach", name],
        env=client_env(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=theirs["out"],
        stderr=theirs["err"],
        start_new_session=True,
    )
    try:
        return wait(client)
    finally:
        client.kill()
        client.wait()


def _admit(visitor: Visitor, program: Program, room: bwrap.Room, theirs: dict[str, int]) -> None:
    """Give pid 1 its orders and its ends of the pipes, which we then let go."""
    orders = {
        "command": program.command,
        "env": {**bwrap.base_env(room.limits.cpus), **room.env},
        "config": _prologue_config(room),
        "reports": program.listener is not None,
    }
    theirs["orders"] = memory_file("orders", json.dumps(orders).encode())
    theirs["life"] = theirs.pop("block")
    visitor.admit(theirs)
    _let_go(theirs)


def _let_go(fds: dict[str, int]) -> None:
    while fds:
        os.close(fds.popitem()[1])


def _prologue_config(room: bwrap.Room) -> dict[str, object]:
    """As for bwrap, but the uid is the engine's doing, and so is the number of processes."""
    config = bwrap.prologue_config(room, memory_cgroup=True, keep=[]) | {"uid": None}
    rlimits = config["rlimits"]
    assert isinstance(rlimits, dict)
    return config | {"rlimits": {name: pair for name, pair in rlimits.items() if name != "RLIMIT_NPROC"}}
