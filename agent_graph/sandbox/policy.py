"""What may run, how much of the machine it gets, and what came of it: plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

MiB = 1 << 20
GiB = 1 << 30

Status = Literal["ok", "exit", "signal", "timeout", "cpu", "memory", "disk", "files", "depth", "output"]


@dataclass(frozen=True)
class Limits:
    """Bounds of one sandbox; seconds and bytes. RAM behind /work, /tmp and /dev/shm is used only when written."""

    wall_s: float = 900
    cpu_s: int = 3600  # of one process
    cpus: float = 2
    memory: int = 6 * GiB
    pids: int = 256
    nofile: int = 4096
    disk: int = 4 * GiB  # /work, a hard quota
    tmp: int = 1 * GiB
    shm: int = 512 * MiB
    file: int = 2 * GiB
    files: int = 200_000
    depth: int = 64
    out_head: int = 32 << 10
    out_tail: int = 32 << 10
    out_kill: int = 64 * MiB


@dataclass(frozen=True)
class Policy:
    """What one sandbox sees.

    `tree` is copied to /work; `mounts` maps a name to a host path, read-only at /name; `collect` lists paths
    below /work that leave as opaque bytes into `export_to`. `require` turns a control that doesn't hold in the
    wanted way (a prefix, such as memory="cgroup") into SandboxUnavailable.
    """

    tree: Path | None = None
    mounts: Mapping[str, Path] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    collect: Sequence[str] = ()
    export_to: Path | None = None
    require: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ExportedFile:
    """One collected file: bytes, and their sha256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Export:
    """What left the sandbox: copies below `root` by path relative to /work, and what was refused, with the reason."""

    root: Path
    files: Mapping[str, ExportedFile]
    skipped: tuple[tuple[str, str], ...]
    bytes: int
    truncated: str | None = None


@dataclass(frozen=True)
class Result:
    """How one sandbox ended. `rc` is the program's word: no proof of anything.

    `out` and `err` hold the head and the tail; `*_total` count every byte written. `enforced` says which
    control really held each limit. Times in seconds, memory in bytes, `startup_ms` from call to first instruction.
    """

    status: Status
    rc: int | None
    wall: float
    cpu: float
    peak_mem: int | None
    startup_ms: float
    out: str
    err: str
    out_total: int
    err_total: int
    pids_peak: int
    enforced: Mapping[str, str]
    export: Export | None = None
