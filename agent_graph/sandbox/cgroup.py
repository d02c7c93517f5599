"""A control group of its own for each sandbox, below ours, where this machine lets us make one (v1 or v2)."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent_graph.sandbox.policy import Limits

_ROOT = Path("/sys/fs/cgroup")
_OPTIONAL = ("memory.memsw", "memory.swappiness", "memory.swap")  # a kernel without swap accounting lacks them
_PERIOD_US = 100_000


class ControlGroup:
    """The folders made, by controller; `kind` says which version each one is. Empty where none can be made."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.paths: dict[str, Path] = {}
        self.kind: dict[str, str] = {}
        self._name = name
        own = groups_of("self")
        quota = int(_PERIOD_US * limits.cpus)
        memory, pids = str(limits.memory), str(limits.pids)
        self._make_v1(own, "memory", {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory})
        self._make_v1(own, "pids", {"pids.max": pids})
        self._make_v1(own, "cpu", {"cpu.cfs_period_us": str(_PERIOD_US), "cpu.cfs_quota_us": str(quota)})
        self._make_v1(own, "cpuacct", {})
        if "memory" not in self.paths and "v2" in own:
            settings = {"memory.max": memory, "memory.swap.max": "0", "pids.max": pids}
            self._make_v2(own["v2"], settings | {"cpu.max": f"{quota} {_PERIOD_US}"})

    def _make_v1(self, own: dict[str, str], controller: str, settings: dict[str, str]) -> None:
        if controller in own:
            base = _ROOT / controller / own[controller].lstrip("/")
            if base.is_dir() and _make(base / self._name, settings):
                self.paths[controller] = base / self._name
                self.kind[controller] = "v1"

    def _make_v2(self, own: str, settings: dict[str, str]) -> None:
        for root in (_ROOT, _ROOT / "unified"):
            base = root / own.lstrip("/")
            try:
                given = (base / "cgroup.subtree_control").read_text().split()
            except OSError:
                continue
            if {"memory", "pids", "cpu"} <= set(given) and _make(base / self._name, settings):
                self.paths["v2"] = base / self._name
                self.kind |= {"memory": "v2", "pids": "v2", "cpu": "v2"}
                return

    def add(self, pid: int) -> None:
        """Before its first instruction. OSError if the kernel refuses."""
        for path in self.paths.values():
            (path / "cgroup.procs").write_text(str(pid))

    def _read(self, *names: str) -> str | None:
        for path in self.paths.values():
            for name in names:
                if (path / name).exists():
                    return (path / name).read_text()
        return None

    def peak_memory(self) -> int | None:
        text = self._read("memory.max_usage_in_bytes", "memory.peak")
        return int(text) if text else None

    def out_of_memory(self) -> bool:
        """True when the kernel killed something in here for want of memory."""
        text = self._read("memory.oom_control", "memory.events") or ""
        return any(line.startswith("oom_kill ") and not line.endswith(" 0") for line in text.splitlines())

    def cpu_seconds(self) -> float | None:
        if text := self._read("cpuacct.usage"):
            return int(text) / 1e9
        for line in (self._read("cpu.stat") or "").splitlines():
            if line.startswith("usage_usec "):
                return int(line.split()[1]) / 1e6
        return None

    def peak_pids(self) -> int:
        text = self._read("pids.peak", "pids.current")
        return int(text) if text else 0

    def remove(self) -> None:
        for path in self.paths.values():
            _remove(path)


@contextmanager
def control_group(name: str, limits: Limits) -> Iterator[ControlGroup]:
    """Removed, with all in it, at the end."""
    group = ControlGroup(name, limits)
    try:
        yield group
    finally:
        group.remove()


def groups_of(pid: int | str) -> dict[str, str]:
    """Where a process is, by controller ("v2" for the unified tree), as paths below the controllers' mounts."""
    own: dict[str, str] = {}
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    except OSError:
        return own
    for line in lines:
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(",") if controllers else ["v2"]:
            own[controller] = path
    return own


def _make(path: Path, settings: dict[str, str]) -> bool:
    """False, and nothing left, if this user can't make or set it."""
    if path.exists():  # the slot's former holder was killed before it could tidy up
        _remove(path)
    try:
        path.mkdir()
        for name, value in settings.items():
            if (path / name).exists() or not name.startswith(_OPTIONAL):
                (path / name).write_text(value)
    except OSError:
        _remove(path)
        return False
    return True


def _remove(path: Path) -> None:
    deadline = time.monotonic() + 2
    while path.exists() and time.monotonic() < deadline:
        try:
            path.rmdir()
            return
        except OSError:
            _kill_all(path)
            time.sleep(0.005)


def _kill_all(path: Path) -> None:
    try:
        pids = (path / "cgroup.procs").read_text().split()
    except OSError:
        return
    for pid in pids:
        try:
            os.kill(int(pid), signal.SIGKILL)
        except OSError:
            continue
