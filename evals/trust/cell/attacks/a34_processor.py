"""Keeps every processor busy with many processes."""

import os
import time

from tell import said

said("begins", False)
until = time.monotonic() + 2
children = []
for _ in range(24):
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        while time.monotonic() < until:
            pass
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
