"""Takes memory that limits of a process do not see: memfd, shared segments, shared maps."""

import mmap
import os

from tell import HOST, MiB, call, said

said("begins", False)
bound = int(HOST["memory"] * 1.5)
taken = 0
fd, problem = call(319, b"x", 0)
said("memfd", False, problem)
if fd >= 0:
    try:
        while taken < bound:
            taken += os.write(fd, b"x" * MiB)
    except OSError as why:
        said("memfd full", False, why)
said("memfd size", taken >= bound, taken)
segment, problem = call(29, 0, bound, 0o1600)
said("segment", segment >= 0 and not HOST["memory_cgroup"], problem)
shared = 0
try:
    block = mmap.mmap(-1, bound)
    for offset in range(0, bound, 4096):
        block[offset] = 1
        shared += 4096
except (OSError, MemoryError) as why:
    said("map", False, why)
said("shared map", shared >= bound, shared)
