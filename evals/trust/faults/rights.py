"""Root without root's rights over files: then a folder that may not be written can't be, as for everybody else."""

from __future__ import annotations

import ctypes
import os
import struct

OVERRIDES = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
PR_CAPBSET_DROP, VERSION_3 = 24, 0x20080522


def be_ordinary() -> None:
    """Give up the rights to write and read what isn't one's own, in this process and all that it starts.

    Another user would do too, if the interpreter weren't so often where only root may read. OSError when it can't be.
    """
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    for right in OVERRIDES:
        if libc.prctl(PR_CAPBSET_DROP, right, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "a capability can't be dropped")
    header, held = struct.pack("Ii", VERSION_3, 0), ctypes.create_string_buffer(24)
    if libc.capget(header, held):
        raise OSError(ctypes.get_errno(), "capabilities can't be read")
    words = list(struct.unpack("6I", held.raw))
    for place in (0, 1, 2):  # effective, permitted, inheritable: the lower 32 rights
        words[place] &= ~sum(1 << right for right in OVERRIDES)
    if libc.capset(header, struct.pack("6I", *words)):
        raise OSError(ctypes.get_errno(), "capabilities can't be given up")
