"""Makes system calls through the doors for 32-bit programs."""

import ctypes
import mmap
import os
import signal

from tell import call, said

GETPID_BY_INT80 = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"
X32_BIT = 0x40000000


def int80() -> None:
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(GETPID_BY_INT80)
    where = ctypes.addressof(ctypes.c_char.from_buffer(code))
    os._exit(0 if ctypes.CFUNCTYPE(ctypes.c_int)(where)() > 0 else 1)


def x32() -> None:
    value, problem = call(X32_BIT | 39)
    os._exit(0 if value > 0 else 2 if problem == "ENOSYS" else 1)


for door in (int80, x32):
    child = os.fork()
    if child == 0:
        door()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said(door.__name__, code != -signal.SIGSYS, code)
