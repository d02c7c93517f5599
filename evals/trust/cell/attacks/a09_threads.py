"""Makes as many threads as it gets."""

import os
import threading
import time

from tell import HOST, said

threading.stack_size(1 << 16)
made = 0
try:
    while made < HOST["pids"] * 4:
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
        made += 1
except RuntimeError:
    pass
said("threads", made >= HOST["pids"], made)
said("made some", made < 8, made)
os._exit(0)
