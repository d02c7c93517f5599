"""Leaves more results, and more refusals, than a collector should list."""

import os

from tell import said

os.makedirs("/work/out")
for number in range(1400):
    os.symlink("/", f"/work/out/link{number}")
said("left", False, len(os.listdir("/work/out")))
