"""The control group that an engine made for a container, read back: a limit counts only when it is seen in force."""

import os
from pathlib import Path

from agent_graph.errors import SandboxUnavailable
from agent_graph.sandbox.cgroup import ControlGroup, groups_of
from agent_graph.sandbox.policy import Limits

_ROOT = Path("/sys/fs/cgroup")
_CONTROLLERS = ("memory", "pids", "cpu", "cpuacct")
_SWAP_V1, _SWAP_V2 = "memory.memsw.limit_in_bytes", "memory.swap.max"


class ContainerGroup(ControlGroup):
    """Not ours to remove. It goes with the container, so what was last read of it is kept."""

    def __init__(self, pid: int, limits: Limits) -> None:
        self._seen: dict[tuple[str, ...], str] = {}
        places = groups_of(pid)
        self.paths = {name: _ROOT / name / places[name].lstrip("/") for name in _CONTROLLERS if name in places}
        self.kind = dict.fromkeys(("memory", "pids", "cpu"), "v1")
        if "memory" not in places and "v2" in places:
            self.paths = {"v2": _ROOT / places["v2"].lstrip("/")}
            self.kind = dict.fromkeys(self.kind, "v2")
        if ignored := self._ignored(limits):
            raise SandboxUnavailable(
                f"the engine did not limit {', '.join(ignored)}, so generated code was NOT run. Remedy: "
                "give it control groups (v2, delegated to the user if it is rootless); or choose --sandbox bwrap"
            )

    def _ignored(self, limits: Limits) -> list[str]:
        """Which limits aren't what was asked for, seen in the files of the kernel."""
        quota, period = (self._read("cpu.max") or "0 0").split()
        if quota == "0":
            quota, period = self._read("cpu.cfs_quota_us") or "-1", self._read("cpu.cfs_period_us") or "1"
        asked = min(limits.cpus, os.cpu_count() or 1)
        swap = self._read(_SWAP_V2) or "0"
        both = self._read(_SWAP_V1) or "0"  # memory and swap; no file: this kernel counts no swap
        held = {
            "memory": 0 < _number(self._read("memory.limit_in_bytes", "memory.max")) <= limits.memory
            and _number(swap) == 0
            and _number(both) <= limits.memory,
            "processes": 0 < _number(self._read("pids.max")) <= limits.pids,
            "cpu": 0 < _number(quota) <= asked * _number(period) * 1.01,
        }
        return [name for name, held_so in held.items() if not held_so]

    def _read(self, *names: str) -> str | None:
        try:
            text = super()._read(*names)
        except OSError:
            text = None
        if text is not None:
            self._seen[names] = text
        return self._seen.get(names)

    def look(self) -> None:
        """Read what will be asked for after the container's end."""
        self.peak_memory()
        self.peak_pids()
        self.cpu_seconds()
        self.out_of_memory()


def _number(text: str | None) -> float:
    """Of "max" too."""
    return 0.0 if text is None else float("inf") if text.strip() == "max" else float(text)
