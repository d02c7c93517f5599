"""Takes memory in children, each below any limit of one process."""

import os
import time

from tell import HOST, MiB, said

said("begins", False)
size = int(HOST["memory"] * 0.45)
children = []
for _ in range(5):
    child = os.fork()
    if child == 0:
        block = bytearray(b"x" * MiB) * (size // MiB)
        time.sleep(1.5)
        os._exit(len(block) == 0)
    children.append(child)
ended = [os.waitpid(child, 0)[1] for child in children]
said("all of them", not any(ended), ended)
