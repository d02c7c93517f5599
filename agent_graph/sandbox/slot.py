"""A numbered, locked folder for each sandbox that runs: its small files, its uid and its cgroup's name.

A slot whose supervisor was killed is taken by a later start, which first clears what was left: nothing to sweep.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from agent_graph.errors import SandboxSetupError, SandboxUnavailable

SLOTS = 1024
UID_BASE = 261_000  # kernel uids 261000..262023: no account of any distribution


@dataclass(frozen=True)
class Slot:
    """`folder` is empty and private; `name` is unique to this run folder and slot."""

    number: int
    folder: Path
    name: str

    @property
    def uid(self) -> int:
        return UID_BASE + self.number

    def subfolder(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(mode=0o755, exist_ok=True)
        return path


def default_run_dir() -> Path:
    return Path("/tmp") / f"agent-graph-{os.geteuid()}"


def _private_folder(path: Path) -> None:
    """Make it, or refuse one that somebody else could write to."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = path.lstat()
    if path.is_symlink() or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        raise SandboxUnavailable(f"the run folder {path} must belong to you and be writable by you only: remove it")


@contextmanager
def claim_slot(run_dir: Path) -> Iterator[Slot]:
    """The first slot that no living supervisor holds; SandboxSetupError when all are taken."""
    _private_folder(run_dir)
    for number in range(SLOTS):
        lock = os.open(run_dir / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        folder = run_dir / str(number)
        try:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            yield Slot(number, folder, f"agent-graph-{crc32(os.fsencode(run_dir)):08x}-{number}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
        return
    raise SandboxSetupError(f"all {SLOTS} sandbox slots of {run_dir} are in use: wait for other runs to end")
