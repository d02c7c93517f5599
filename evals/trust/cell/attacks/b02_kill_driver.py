"""Ends or stops the driver that would report on it."""

# ruff: noqa: B023, SIM115

import fcntl
import os
import resource
import signal
import time

from tell import call, said, tried


def send(pid: int, number: int) -> bool:
    os.kill(pid, number)
    return True


for name in ("SIGSTOP", "SIGTSTP", "SIGUSR1", "SIGPIPE", "SIGKILL"):
    tried(name + " to the driver", lambda: send(2, getattr(signal, name)))
fd, problem = call(434, 2, 0)
said("by pidfd", fd >= 0 and call(424, fd, 9, 0, 0)[0] == 0, problem)
said("by thread", call(200, 2, 9)[0] == 0)
said("by queue", call(129, 2, 9, bytes(128))[0] == 0)
for name in ("CPU", "NOFILE", "FSIZE", "NPROC"):
    tried("by its limit of " + name, lambda: resource.prlimit(2, getattr(resource, "RLIMIT_" + name), (1, 1)) and True)
read, out = os.pipe()
fcntl.fcntl(read, fcntl.F_SETOWN, 2)
fcntl.fcntl(read, 10, signal.SIGKILL)  # F_SETSIG
fcntl.fcntl(read, fcntl.F_SETFL, fcntl.fcntl(read, fcntl.F_GETFL) | os.O_ASYNC)
os.write(out, b"x")
time.sleep(0.05)
said("by a file's signal", not os.path.exists("/proc/2"))
tried("by memory", lambda: open("/proc/2/mem", "r+b") and True)
tried("by the oom killer", lambda: open("/proc/2/oom_score_adj", "r+b") and True)
