"""What /proc tells of a process and its descendants: how limits are measured where no cgroup does it."""

import os
import select

from agent_graph.errors import SandboxSetupError

_TICK = os.sysconf("SC_CLK_TCK")
_MOST = 20_000
_DEATH_S = 10.0  # as long as the kernel may take to free what it had


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


def memory(pids: list[int], limit: int) -> int:
    """Bytes resident and not backed by a disk, summed; what is shared counts once, where it decides about the limit."""
    facts = [_fields(pid, "status") for pid in pids]
    private = sum(fact.get("RssAnon", 0) for fact in facts)
    shared = [fact.get("RssShmem", 0) for fact in facts]
    if private + sum(shared) <= limit:
        return private + sum(shared)
    # Each process's share is exact and slow; one that doesn't let us look at it has to answer for all that it maps.
    shares = (_fields(pid, "smaps_rollup").get("Pss_Shmem", most) for pid, most in zip(pids, shared, strict=True))
    return private + sum(shares)


def _fields(pid: int, name: str) -> dict[str, int]:
    """The sizes that a file of /proc/PID gives in kB, in bytes; none for a process that has gone."""
    try:
        with open(f"/proc/{pid}/{name}") as lines:
            pairs = [line.partition(":") for line in lines if line.endswith(" kB\n")]
        return {key: int(value.split()[0]) << 10 for key, _, value in pairs}
    except (OSError, ValueError):
        return {}


def await_death(pidfd: int) -> None:
    """Return when this killed process and the namespace that it is pid 1 of have ended; SandboxSetupError if not."""
    death = select.poll()
    death.register(pidfd, select.POLLIN)
    if not death.poll(1000 * _DEATH_S):
        raise SandboxSetupError(
            f"a killed sandbox still lived after {_DEATH_S:.0f} s: look what holds it in the kernel"
        )


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
