"""Asks the kernel for what only its keeper may have."""

import struct
import time

from tell import refused, said

refused("io_uring", 425, 1, bytes(120))
refused("bpf", 321, 0, bytes(64), 64)
refused("perf", 298, struct.pack("IIQ", 1, 112, 0) + bytes(96), 0, -1, -1, 0)
refused("kernel log", 103, 3, bytes(100), 100)
refused("module", 175, b"", 0, b"")
refused("module by fd", 313, 0, b"", 0)
refused("kexec", 246, 0, 0, 0, 0)
refused("clock", 227, 0, struct.pack("qq", int(time.time()), 0))
refused("adjust the clock", 159, bytes(208))
refused("accounting", 163, b"/work/none")
refused("reboot without its magic", 169, 0, 0, 0, 0)
refused("host name", 170, b"sandbox", 7)
refused("ports", 173, 0, 1, 1)
refused("descriptor table", 154, 0, bytes(16), 16)
refused("memory policy", 238, 0, 0, 0)
refused("move pages", 279, 0, 0, 0, 0, 0, 0)
refused("secret memory", 447, 0)
refused("terminal hang-up", 153)
refused("file system types", 139, 3)
refused("personality", 135, 0x0040000)
refused("what is newer than the filter", 471)
said("still here", False)
