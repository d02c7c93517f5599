"""A process of the host that minds its own business: its services, memory and name are what an attack wants.

`python bystander.py CANARY FOLDER`: prints where it is as one JSON line, then serves until it is ended.
"""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import signal
import socket
import sys
from pathlib import Path

_SEGMENT_SIZE = 4096
_PR_SET_PDEATHSIG = 1


def segment(text: str) -> int:
    """The number of a shared memory segment that anyone may read; -1 where there is none."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = libc.shmget(0, _SEGMENT_SIZE, 0o1644)
    libc.shmat.restype = ctypes.c_void_p
    where = libc.shmat(number, None, 0)
    if number < 0 or where in (None, ctypes.c_void_p(-1).value):
        return -1
    ctypes.memmove(where, text.encode(), len(text))
    libc.shmctl(number, 0, None)  # IPC_RMID: gone when this process is, and still attachable by its number until then
    return int(number)


def main() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    canary, folder = sys.argv[1], Path(sys.argv[2])
    abstract = f"agent-graph-{os.getpid()}"
    tcp = socket.create_server(("127.0.0.1", 0))
    named, unnamed, shared = (socket.socket(socket.AF_UNIX) for _ in range(3))
    os.umask(0)  # so that only the sandbox keeps anybody out
    # Relative, for a socket's path is short.
    for place, server in ((folder / "home", named), (folder / "sockets", shared)):
        os.chdir(place)
        server.bind("socket")
    unnamed.bind("\0" + abstract)
    with selectors.DefaultSelector() as ready:
        for server in (tcp, named, unnamed, shared):
            server.listen()
            ready.register(server, selectors.EVENT_READ)
        facts = {"tcp": tcp.getsockname()[1], "abstract": abstract, "segment": segment(f"segment {canary}")}
        print(json.dumps(facts), flush=True)
        while True:
            for key, _ in ready.select():
                link, _ = key.fileobj.accept()  # type: ignore[union-attr]
                link.sendall(f"service {canary}".encode())
                link.close()


if __name__ == "__main__":
    main()
