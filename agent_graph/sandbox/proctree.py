"""What /proc tells of a process and its descendants: how limits are measured where no cgroup does it."""

import os
import resource

_PAGE = resource.getpagesize()
_TICK = os.sysconf("SC_CLK_TCK")
_MOST = 20_000


def descendants(pid: int) -> list[int]:
    """The process itself and all below it, at this moment."""
    todo = [pid]
    seen: list[int] = []
    while todo and len(seen) < _MOST:
        current = todo.pop()
        seen.append(current)
        try:
            for thread in os.listdir(f"/proc/{current}/task"):
                with open(f"/proc/{current}/task/{thread}/children") as children:
                    todo += [int(child) for child in children.read().split()]
        except OSError:
            continue
    return seen


def private_memory(pids: list[int]) -> int:
    """Bytes resident and not backed by files, summed."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/statm") as facts:
                _, resident, shared, *_ = facts.read().split()
        except (OSError, ValueError):
            continue
        total += (int(resident) - int(shared)) * _PAGE
    return total


def cpu_seconds(pids: list[int]) -> float:
    """User and system time of these and of their reaped children."""
    ticks = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as facts:
                ticks += sum(map(int, facts.read().rsplit(") ", 1)[1].split()[11:15]))
        except (OSError, ValueError, IndexError):
            continue
    return ticks / _TICK
