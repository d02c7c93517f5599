"""Leaves dead children unreaped, as many as it can."""

import os
import time

from tell import HOST, said

made = 0
for _ in range(HOST["pids"] * 4):
    try:
        if os.fork() == 0:
            os._exit(0)
    except OSError:
        break
    made += 1
time.sleep(0.2)
said("zombies", made >= HOST["pids"], made)
