"""Makes host folders fit to be shown inside: plain files only, and readable to the uid that the payload gets."""

import os
import shutil
import stat
from pathlib import Path

from agent_graph.errors import SandboxSetupError
from agent_graph.sandbox.bwrap import check_mount_name, is_root
from agent_graph.sandbox.slot import Slot

LEFT_OUT = (".git", ".agent-graph")  # history and caches are the host's business


def refuse_special_files(path: Path) -> None:
    """A socket in a file system works across network namespaces, and a FIFO or device hangs its reader."""
    if not path.exists():
        raise SandboxSetupError(f"{path} does not exist: nothing to show inside the sandbox")
    for folder, _, names in os.walk(path):
        for name in names:
            mode = os.lstat(os.path.join(folder, name)).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
                raise SandboxSetupError(f"{os.path.join(folder, name)} is a socket, pipe or device: remove it")


def readable_inside(path: Path, slot: Slot, name: str) -> Path:
    """The path itself, or, when root keeps it from other users, a readable copy in the slot's private folder."""
    check_mount_name(name)
    if not is_root() or _readable_by_others(path):
        return path
    target = slot.subfolder("mounts") / name
    if path.is_dir():
        shutil.copytree(path, target, symlinks=True, copy_function=shutil.copyfile)
    else:
        shutil.copyfile(path, target)
    for entry in (target, *target.rglob("*")):
        if not entry.is_symlink():
            entry.chmod(0o755 if entry.is_dir() else 0o644)
    return target


def _readable_by_others(path: Path) -> bool:
    if path.is_file():
        return bool(path.stat().st_mode & stat.S_IROTH)
    for folder, _, names in os.walk(path):
        if os.stat(folder).st_mode & 0o005 != 0o005:
            return False
        for name in names:
            facts = os.lstat(os.path.join(folder, name))
            if stat.S_ISREG(facts.st_mode) and not facts.st_mode & stat.S_IROTH:
                return False
    return True
