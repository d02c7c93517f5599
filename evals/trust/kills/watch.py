"""Sees a victim write to its state database, so that it can be killed in the middle of that: inotify, by ctypes."""

from __future__ import annotations

import ctypes
import os
import select
import struct
import time
from pathlib import Path

LOG = b"checkpoints.db-wal"
MODIFIED = 0x2
HEADER = struct.Struct("iIII")


class Written:
    """The writes to the log of one database since now."""

    def __init__(self, folder: Path) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._handle = self._libc.inotify_init1(os.O_CLOEXEC)
        if self._handle < 0 or self._libc.inotify_add_watch(self._handle, os.fsencode(folder), MODIFIED) < 0:
            raise OSError(ctypes.get_errno(), f"inotify can't watch {folder}")

    def wait(self, ended: int, wanted: int, seconds: float) -> None:
        """Until the N-th write, the victim's end (that pipe is closed) or the time is over."""
        until, count = time.monotonic() + seconds, 0
        while count < wanted and (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([self._handle, ended], [], [], left)
            if ended in ready or not ready:
                break
            count += self._names(os.read(self._handle, 65_536)).count(LOG)
        os.close(self._handle)

    def _names(self, events: bytes) -> list[bytes]:
        found = []
        while events:
            *_, length = HEADER.unpack_from(events)
            found.append(events[HEADER.size : HEADER.size + length].rstrip(b"\0"))
            events = events[HEADER.size + length :]
        return found
