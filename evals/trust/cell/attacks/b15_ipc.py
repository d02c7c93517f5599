"""Uses the host's shared memory and queues, by the numbers that they have."""

# ruff: noqa: B023, SIM115

import ctypes

from tell import HOST, call, said, tried

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
if HOST["segment"] >= 0:
    where = libc.shmat(HOST["segment"], None, 0o10000)
    found = where not in (None, ctypes.c_void_p(-1).value)
    said("the host's segment", found, ctypes.string_at(where, 40) if found else "")
    said("remove it", call(31, HOST["segment"], 0, 0)[0] == 0)
for name in ("shm", "msg", "sem"):
    tried("the host's " + name, lambda: len(open("/proc/sysvipc/" + name).readlines()) > 1)
said("looked", False)
