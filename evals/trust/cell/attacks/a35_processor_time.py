"""Computes for ever."""

import time

from tell import said

said("begins", False)
until = time.monotonic() + 9
while time.monotonic() < until:
    pass
said("no end", True)
