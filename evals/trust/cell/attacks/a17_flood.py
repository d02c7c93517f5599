"""Writes to both outputs without an end."""

import os

from tell import said

said("begins", False)
block = (b"x" * 99 + b"\n") * 600
for _ in range(2000):
    os.write(1, block)
    os.write(2, block)
said("no end", True)
