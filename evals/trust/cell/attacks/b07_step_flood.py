"""Floods its outputs within a session; the next step must have its turn all the same."""

import os

from tell import said

said("begins", False)
block = (b"x" * 99 + b"\n") * 600
for _ in range(4000):
    os.write(1, block)
said("no end", True)
