"""Makes as many processes as it gets."""

import os
import time

from tell import HOST, said

made, why = 0, "my own limit"
while made < HOST["pids"] * 4:
    try:
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
    except OSError as problem:
        why = str(problem)
        break
    made += 1
said("forks", made >= HOST["pids"], f"{made}, then {why}")
said("made some", made < 8, made)
