"""From a policy to a container engine's arguments.

The image holds nothing but empty folders: like bwrap's cell, a container is furnished with read-only binds of what
Python needs from this machine, so it needs no download and its libc is the one that the runtime was built for. That
is also its limit: the engine must run on this very machine. Nothing secret and nothing of the program is among the
words, for every user of the engine can read those; orders and environment go through the door (first.py).
"""

import csv
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from agent_graph.sandbox.bwrap import (
    ETC_FILES,
    ETC_TEXT,
    RUNTIME,
    SYSTEM,
    Room,
    check_mount_name,
    installations,
    is_root,
    lay_out,
)
from agent_graph.sandbox.engine import Engine
from agent_graph.sandbox.inputs import LEFT_OUT
from agent_graph.sandbox.policy import MiB
from agent_graph.sandbox.slot import Slot

INSIDE = "sbx"  # the folder, in the slot's, that is bound at /sbx
FIRST = "first.py"


def user_inside(slot: Slot) -> int:
    """The kernel uid of the program: the slot's own for root, else the user's, as whom files can be collected."""
    return slot.uid if is_root() else os.geteuid()


def lay_out_inside(slot: Slot, uid: int) -> Path:
    """The small files that are bound at /sbx and below /etc, in a folder of their own."""
    folder = slot.subfolder(INSIDE)
    lay_out(folder, uid)
    (folder / FIRST).write_text((Path(__file__).parent / FIRST).read_text())
    (folder / FIRST).chmod(0o644)
    return folder


def readable_tree(tree: Path, slot: Slot) -> Path:
    """The tree, or for root a copy that the slot's uid can read; the program gets a copy of that, of its own."""
    if not is_root():
        return tree
    target = slot.subfolder("mounts") / "src"
    shutil.copytree(tree, target, symlinks=True, ignore=_top_left_out(tree), copy_function=shutil.copy)
    for entry in (target, *target.rglob("*")):
        if not entry.is_symlink():
            entry.chmod(0o755 if entry.is_dir() or entry.stat().st_mode & 0o100 else 0o644)
    return target


def _top_left_out(tree: Path) -> Callable[[str, list[str]], list[str]]:
    return lambda folder, names: [name for name in names if Path(folder) == tree and name in LEFT_OUT]


def create_words(room: Room, engine: Engine, name: str, image: str) -> list[str]:
    """What `docker create` or `podman create` is told."""
    limits = room.limits
    cpus = min(limits.cpus, os.cpu_count() or 1)  # docker refuses more than there are
    words = [
        "create", "--name", name, "--label", "agent-graph=cell", "--rm", "--pull", "never", "--log-driver", "none",
        "--network", "none", "--hostname", "sandbox", "--read-only", "--workdir", "/",
        "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--security-opt", "label=disable",
        "--user", f"{room.uid}:{room.uid}", "--pids-limit", str(limits.pids), "--cpus", str(cpus),
        "--memory", str(limits.memory), "--memory-swap", str(limits.memory), "--shm-size", str(limits.shm),
        "--ulimit", "core=0:0", "--ulimit", f"nofile={limits.nofile}:{limits.nofile}",
    ]  # fmt: skip
    if is_root():  # counted by user: for the slot's own it is this cell's number, for others that of all they run
        words += ["--ulimit", f"nproc={limits.pids}:{limits.pids}"]
    if engine.kind == "podman":  # writable folders and files of its own, of no size that we gave
        words += ["--read-only-tmpfs=false", "--systemd=false", "--no-hosts"]
    if engine.rootless:
        words += ["--userns", "keep-id"]
    for path, size, mode in (("/work", limits.disk, "0777"), ("/tmp", limits.tmp, "1777"), ("/home", 64 * MiB, "1777")):
        words += ["--tmpfs", f"{path}:rw,exec,nosuid,nodev,size={size},mode={mode}"]
    for source, target in binds(room):
        words += ["--mount", _bind_word(source, target)]
    return [*words, image, f"{RUNTIME}/bin/python", "-I", "-S", "-B", f"/{INSIDE}/{FIRST}", str(room.uid)]


def binds(room: Room) -> list[tuple[Path, Path]]:
    """What is shown read-only: source on the host, place inside."""
    links = [path for path in ("/lib", "/lib64", "/lib32") if not os.path.islink(path)]
    system = [Path(path) for path in ("/usr/lib", *SYSTEM, *ETC_FILES, *links) if os.path.exists(path)]
    pairs = [(path.resolve(), path) for path in system]
    pairs += [(room.folder / INSIDE / name, Path("/etc", name)) for name in ETC_TEXT]
    pairs += [(path.resolve(), path) for path in installations(room.runtime)]
    pairs.append((room.runtime.resolve(), Path(RUNTIME)))
    pairs += [(path.resolve(), Path("/", check_mount_name(name))) for name, path in room.mounts.items()]
    return [*pairs, (room.tree.resolve(), Path("/src")), (room.folder / INSIDE, Path("/", INSIDE))]


def _bind_word(source: Path, target: Path) -> str:
    """One --mount, which is a line of CSV: paths may hold commas and quotes."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["type=bind", f"source={source}", f"target={target}", "readonly"])
    return line.getvalue()
