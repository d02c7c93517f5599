"""Makes files that are huge but hold nothing, and leaves them as its results."""

import os
import signal

from tell import HOST, MiB, said, tried

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
os.makedirs("/work/out")


def sparse(name: str, size: int) -> object:
    path = "/work/out/" + name
    with open(path, "wb") as file:
        try:
            file.truncate(size)
        except OSError:
            os.remove(path)
            raise
    return size


tried("8 TiB", lambda: sparse("endless", 8 << 40))
tried("past the limit", lambda: sparse("long", HOST["file"] + MiB))
for number in range(8):
    said("many", False, sparse(f"many{number}", HOST["file"] - MiB))
