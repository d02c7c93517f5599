"""Digs folders deeper than any walker can follow."""

import os
import time

from tell import HOST, said

said("begins", False)
for _ in range(HOST["depth"] * 4):
    os.mkdir("d")
    os.chdir("d")
time.sleep(2)
said("nobody minded", True)
