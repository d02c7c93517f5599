"""Kills every process that it can reach."""

# ruff: noqa: SIM115

import os
import signal

from tell import HOST, said

said("begins", False)
# Outside a pid namespace of its own this would end the user's processes: then only the one put there for it.
alone = os.path.exists("/proc/1/status") and "bwrap" in open("/proc/1/status").readline()
try:
    os.kill(-1 if alone else HOST["bystander"], signal.SIGKILL)
except OSError as problem:
    said("all", False, problem)
