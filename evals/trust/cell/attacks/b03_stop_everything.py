"""Stops every process that it can reach, and then itself."""

import os
import signal

from tell import said

said("begins", False)
if os.getpid() < 100 and os.readlink("/proc/self") == str(os.getpid()):
    try:
        os.kill(-1, signal.SIGSTOP)
    except OSError as problem:
        said("all", False, problem)
os.kill(os.getpid(), signal.SIGSTOP)
said("goes on", True)
