"""Refuses to end: every signal is ignored and blocked."""

import os
import signal
import time

from tell import said

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        continue
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
said("begins", False)
if os.fork() == 0:
    os.setsid()
time.sleep(6)
said("outlived its time", True)
