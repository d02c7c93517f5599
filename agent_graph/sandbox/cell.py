"""Runs one command in one fresh sandbox: furnishes it, starts it, watches it, collects from it, leaves nothing."""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from agent_graph.errors import SandboxUnavailable
from agent_graph.sandbox import bwrap, seccomp
from agent_graph.sandbox.cgroup import ControlGroup, control_group
from agent_graph.sandbox.collect import checked_path, export
from agent_graph.sandbox.inputs import readable_inside, refuse_special_files
from agent_graph.sandbox.policy import Limits, Policy, Result
from agent_graph.sandbox.probe import available, bwrap_path, enforced, landlock_abi
from agent_graph.sandbox.slot import claim_slot
from agent_graph.sandbox.supervise import Listener, Pipes, Supervision


@dataclass(frozen=True)
class Program:
    """What runs inside. With a `listener`, "{report}" and "{steps}" in the command become the numbers of two fds:
    a pipe that it hears, and a file that holds `steps`."""

    command: tuple[str, ...]
    listener: Listener | None = None
    steps: bytes = b""


def run_in_bwrap(
    program: Program, policy: Policy, limits: Limits, *, runtime: Path, run_dir: Path, binary: Path | None
) -> Result:
    """One sandbox, from nothing to nothing."""
    available(binary)
    for path in policy.collect:
        checked_path(path)
    with ExitStack() as stack:
        slot = stack.enter_context(claim_slot(run_dir))
        group = stack.enter_context(control_group(slot.name, limits))
        require_controls(policy, enforced(group.kind, landlock_abi()))
        tree = policy.tree or slot.subfolder("empty")
        for folder in (tree, *policy.mounts.values()):
            refuse_special_files(folder)
        mounts = {name: readable_inside(path, slot, name) for name, path in policy.mounts.items()}
        bwrap.lay_out(slot.folder, slot.uid)
        room = bwrap.Room(runtime, slot.folder, tree, mounts, policy.env, limits, slot.uid)
        supervision = _start(stack, program, room, group, binary or bwrap_path())
        supervision.run()
        return result_of(supervision, policy, limits, group)


def require_controls(policy: Policy, holds: dict[str, str]) -> None:
    """SandboxUnavailable if one of them isn't held in the wanted way."""
    for control, way in policy.require.items():
        if not holds.get(control, "none").startswith(way):
            raise SandboxUnavailable(
                f"{control} is held by {holds.get(control, 'nothing')!r} on this machine, but {way!r} is required: "
                "run as root or in a delegated cgroup, or require less"
            )


def memory_file(name: str, data: bytes) -> int:
    """The fd of a nameless file, to be read from its start."""
    fd = os.memfd_create(name)
    with os.fdopen(os.dup(fd), "wb") as file:
        file.write(data)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _start(stack: ExitStack, program: Program, room: bwrap.Room, group: ControlGroup, binary: Path) -> Supervision:
    """Start bwrap with exactly the fds it needs; ours are closed when `stack` ends, theirs at once."""
    memory_cgroup = "memory" in group.kind
    ours, theirs = wire_up(seccomp.build_filter(memory_cgroup=memory_cgroup), program.steps)
    for fd in ours.values():
        stack.callback(os.close, fd)
    try:
        inside = _inside(program, room, theirs, memory_cgroup=memory_cgroup)
        theirs["arguments"] = memory_file("arguments", _outside(room, theirs))
        process = subprocess.Popen(
            # What pid 1 is called is seen inside, so it isn't called by its path on the host.
            ["bwrap", "--args", str(theirs["arguments"]), "--", *inside],  # noqa: S607
            executable=binary,
            env={},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=theirs["out"],
            stderr=theirs["err"],
            pass_fds=[fd for name, fd in theirs.items() if name not in ("out", "err")],
            start_new_session=True,
        )
    finally:
        for fd in theirs.values():
            os.close(fd)
    supervision = Supervision(process, Pipes(**ours), room.limits, group, program.listener)
    stack.callback(supervision.close)
    return supervision


def wire_up(syscall_filter: bytes, steps: bytes) -> tuple[dict[str, int], dict[str, int]]:
    """Our ends and theirs, by purpose."""
    ours: dict[str, int] = {}
    theirs: dict[str, int] = {}
    for name in ("status", "ready", "out", "err", "report"):
        ours[name], theirs[name] = os.pipe()
    for name in ("block", "go"):
        theirs[name], ours[name] = os.pipe()
    theirs["filter"] = memory_file("filter", syscall_filter)
    theirs["steps"] = memory_file("steps", steps)
    return ours, theirs


def _outside(room: bwrap.Room, fds: dict[str, int]) -> bytes:
    """bwrap's own arguments, as it reads them from a file: no command line shows host paths."""
    words = [*bwrap.arguments(room), "--seccomp", str(fds["filter"])]
    words += ["--json-status-fd", str(fds["status"]), "--block-fd", str(fds["block"])]
    return b"".join(os.fsencode(word) + b"\0" for word in words)


def _inside(program: Program, room: bwrap.Room, fds: dict[str, int], *, memory_cgroup: bool) -> list[str]:
    """The prologue, and the command that it becomes."""
    kept = [fds["report"], fds["steps"]] if program.listener else []
    config = bwrap.prologue_config(room, memory_cgroup=memory_cgroup, keep=kept)
    config |= {"ready": fds["ready"], "go": fds["go"]}
    prologue = [f"{bwrap.RUNTIME}/bin/python", "-I", "-S", "-B", "/sbx/prologue.py", json.dumps(config)]
    return [*prologue, *_numbered(program.command, fds)]


def _numbered(command: Sequence[str], fds: dict[str, int]) -> list[str]:
    places = {"{report}": str(fds["report"]), "{steps}": str(fds["steps"])}
    return [places.get(word, word) for word in command]


def result_of(seen: Supervision, policy: Policy, limits: Limits, group: ControlGroup) -> Result:
    """What the supervision saw, and what may leave the dead sandbox."""
    status = seen.status()
    wall = time.monotonic() - (seen.ready_at or seen.started)
    taken = None
    if policy.export_to is not None and seen.work is not None:
        taken = export(seen.work, policy.collect, policy.export_to, limits)
    return Result(
        status=status,
        rc=None if seen.reason else seen.exit_code,
        wall=wall,
        cpu=seen.cpu,
        peak_mem=seen.peak or None,
        startup_ms=((seen.ready_at or seen.started) - seen.started) * 1e3,
        out=seen.out.text(),
        err=seen.err.text(),
        out_total=seen.out.total,
        err_total=seen.err.total,
        pids_peak=seen.pids_peak,
        enforced=enforced(group.kind, seen.landlock),
        export=taken,
    )
