"""Fills the disk through a map of a file that is gone and closed."""

import mmap
import os
import signal

from tell import HOST, MiB, said

size = HOST["file"] - MiB
maps, done = [], 0
child = os.fork()
if child == 0:
    for number in range(4):
        fd = os.open(f"/work/gone{number}", os.O_CREAT | os.O_RDWR)
        os.ftruncate(fd, size)
        maps.append(mmap.mmap(fd, size))
        os.unlink(f"/work/gone{number}")
        os.close(fd)
        for offset in range(0, size, 4096):
            maps[-1][offset] = 1
            done += 4096
            if done > HOST["disk"] + 8 * MiB:
                os._exit(7)
    os._exit(0)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
said("more than the quota", code == 7, code)
said("ended by", code not in (7, -signal.SIGBUS, -signal.SIGKILL), code)
