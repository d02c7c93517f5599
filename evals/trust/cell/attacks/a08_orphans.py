"""Makes processes that leave their parents, each in a session of its own."""

import os
import time

from tell import HOST, said

made = 0
for _ in range(HOST["pids"] * 3):
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        os.setsid()
        try:
            if os.fork() == 0:
                time.sleep(20)
                os._exit(0)
        except OSError:
            os._exit(1)
        os._exit(0)
    made += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
said("orphans", made >= HOST["pids"], made)
said("made some", made < 8, made)
