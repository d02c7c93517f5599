"""Makes more files than anyone could want."""

import os
import time

from tell import HOST, said

said("begins", False)
for folder in range(20):
    os.mkdir(f"/work/d{folder}")
    for name in range(HOST["files"] // 5):
        open(f"/work/d{folder}/{name}", "w").close()
time.sleep(2.5)
said("nobody minded", True)
