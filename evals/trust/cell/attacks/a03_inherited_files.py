"""Uses every open file that it was born with, or that its neighbours have."""

# ruff: noqa: B023

import os
import stat

from tell import said, tried


def read(path: str) -> object:
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    return os.pread(fd, 100, 0)


for fd in range(3, 1024):
    try:
        said(f"inherited fd {fd}", True, (oct(os.fstat(fd).st_mode), os.read(fd, 100)))
    except OSError:
        continue
said(
    "standard input",
    stat.S_ISFIFO(os.fstat(0).st_mode) or stat.S_ISSOCK(os.fstat(0).st_mode),
    os.readlink("/proc/self/fd/0"),
)
for pid in ("1", str(os.getppid())):
    if pid != str(os.getpid()):
        for fd in range(20):
            tried(f"fd {fd} of {pid}", lambda: read(f"/proc/{pid}/fd/{fd}"))
