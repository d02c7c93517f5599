"""Leaves a daemon behind: two forks, a session of its own, no open files."""

import os
import signal
import time

from tell import said

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 64)
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(20)
    os._exit(0)
time.sleep(0.2)
said("daemon started", False)
