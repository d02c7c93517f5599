"""A piece of host with canaries: what an attack could read, reach, change or leave behind, and how to see that."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

from agent_graph.sandbox.probe import bwrap_path
from evals.trust.cell.catalogue import Attack

HERE = Path(__file__).parent
PROGRAMS = HERE / "attacks"
_ADD_KEY, _SESSION_RING = 248, -3


class World:
    """One folder `base` with a home full of canaries, mounts, a run folder, and a process that serves canaries."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.canary = f"canary-{secrets.token_hex(8)}"
        self.home, self.data, self.probes = base / "home", base / "data", base / "probes"
        self.tree, self.export, self.run_dir = base / "tree", base / "export", base / "run"
        for folder in (self.home, self.data, self.probes, self.tree, base / "sockets"):
            folder.mkdir()
        # Readable to every uid: that a secret's mode protects it would say nothing about the sandbox.
        for name, mode in (("secret", 0o644), ("private", 0o600)):
            (self.home / f"{name}.txt").write_text(f"{name} {self.canary}\n")
            (self.home / f"{name}.txt").chmod(mode)
        (self.data / "rows.csv").write_text("a,b\n1,2\n")
        shutil.copy(PROGRAMS / "witness.py", self.probes)
        self.bwrap = self._outer_program()
        self.facts: dict[str, Any] = {}
        self._clock = time.time() - time.monotonic()

    def _outer_program(self) -> Path:
        """A copy of bubblewrap, so that an attack on it harms nobody."""
        package = bwrap_path().parents[1]
        for folder in (package, package.parent / f"{package.name}.libs"):
            shutil.copytree(folder, self.home / "lib" / folder.name)
        return self.home / "lib" / package.name / bwrap_path().relative_to(package)

    @contextmanager
    def inhabited(self) -> Iterator[None]:
        """With its bystander, a canary in this process's environment, key ring and open files."""
        os.environ["AGENT_GRAPH_CANARY"] = f"environment {self.canary}"
        command = [sys.executable, str(HERE / "bystander.py"), f"process {self.canary}", str(self.base)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as self.bystander:
            assert self.bystander.stdout is not None  # noqa: S101
            self.facts = json.loads(self.bystander.stdout.readline())
            inherited = os.open(self.home / "private.txt", os.O_RDONLY)
            os.set_inheritable(inherited, True)
            self._plant_key()
            try:
                yield
            finally:
                os.close(inherited)
                self.bystander.kill()

    def _plant_key(self) -> None:
        text = f"key {self.canary}".encode()
        words = (ctypes.c_long(_ADD_KEY), b"user", b"agent-graph-canary", text, ctypes.c_size_t(len(text)))
        ctypes.CDLL(None).syscall(*words, ctypes.c_long(_SESSION_RING))

    def tell(self, attack: Attack, limits: Mapping[str, Any], memory_cgroup: bool) -> None:
        """Furnish the tree for this program, and tell it all that an attacker could wish to know."""
        shutil.rmtree(self.tree, ignore_errors=True)
        shutil.rmtree(self.export, ignore_errors=True)
        (self.tree / "src").mkdir(parents=True)
        shutil.copy(PROGRAMS / f"{attack.program}.py", self.tree / "attack.py")
        shutil.copy(PROGRAMS / "tell.py", self.tree)
        for name, text in attack.plants.items():
            target = text.removeprefix("-> ").format(home=self.home)
            if text.startswith("-> "):
                (self.tree / name).symlink_to(target)
            else:
                (self.tree / name).write_text(text)
        host = {
            **limits, **self.facts, "base": str(self.base), "secret": str(self.home / "secret.txt"),
            "private": str(self.home / "private.txt"), "socket": str(self.home / "socket"), "python": sys.base_prefix,
            "hostname": socket.gethostname(), "bystander": self.bystander.pid, "memory_cgroup": memory_cgroup,
            "cgroup": _own_group(), "uid": os.geteuid(),
        }  # fmt: skip
        (self.tree / "host.json").write_text(json.dumps(host))

    def picture(self) -> dict[str, str]:
        """Every file that no attack may change, and the machine's name."""
        seen = {"the machine's name": socket.gethostname()}
        for folder in (self.home, self.data, self.probes, self.tree, self.base / "sockets"):
            for path in (folder, *folder.rglob("*")):
                facts = path.lstat()
                content = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
                digest = hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()
                seen[str(path)] = f"{facts.st_mode:o} {facts.st_uid} {facts.st_nlink} {facts.st_mtime_ns} {digest}"
        return seen

    def clock_moved(self) -> bool:
        """A second is more than any clock is corrected by in a while."""
        return abs(time.time() - time.monotonic() - self._clock) > 1

    def leftovers(self) -> list[str]:
        """Run folders and control groups that outlived their sandbox."""
        folders = [path.name for path in self.run_dir.iterdir() if path.suffix != ".lock"]
        return folders + groups_of(self.run_dir)

    def bytes_on_disk(self) -> int:
        """All that lies below the base, as the disk counts it."""
        return sum(path.lstat().st_blocks * 512 for path in self.base.rglob("*"))


def groups_of(run_dir: Path) -> list[str]:
    """Control groups of the sandboxes whose run folder this is; others come and go while we look."""
    prefix = f"agent-graph-{crc32(os.fsencode(run_dir)):08x}-"
    return [name for _, names, _ in os.walk("/sys/fs/cgroup") for name in names if name.startswith(prefix)]


def survivors(token: str) -> list[str]:
    """Processes, but this one, whose command line or environment holds the token."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        text = b""
        for name in ("cmdline", "environ"):
            try:
                text += (folder / name).read_bytes()
            except OSError:
                continue
        if token.encode() in text and int(folder.name) != os.getpid():
            found.append(f"{folder.name} {text[:60]!r}")
    return found


def living() -> set[tuple[int, int]]:
    """Every process as its number and start (numbers are given away again); what only waits to be buried is dead."""
    return {(number, start) for number, (_, start) in _processes().items()}


def descendants(root: int) -> set[tuple[int, int]]:
    """The living processes that this one started, or that those started, as in `living`."""
    found = _processes()
    below, known = set[int](), {root}
    while known:
        known = {number for number, (parent, _) in found.items() if parent in known} - below
        below |= known
    return {(number, found[number][1]) for number in below}


def _processes() -> dict[int, tuple[int, int]]:
    """Number -> (parent, start in ticks since the machine's) of what lives."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent, *fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if state not in "ZX":
            found[int(folder.name)] = (int(parent), int(fields[17]))
    return found


def _own_group() -> str:
    """The longest path that /proc/self/cgroup names: what a look at it from inside must not show."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    return max((line.split(":", 2)[2] for line in lines), key=len, default="/")
