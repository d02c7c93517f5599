"""Traces, reads and signals processes that are not its own."""

# ruff: noqa: B023, SIM115

import ctypes
import os

from tell import HOST, call, refused, said, tried

buffer = ctypes.create_string_buffer(64)
vector = (ctypes.c_ulong * 2)(ctypes.addressof(buffer), 64)
host = HOST["bystander"]
refused("seize pid 1", 101, 0x4206, 1, 0, 0)
refused("read pid 1", 310, 1, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0)
refused("write pid 1", 311, 1, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0)
refused("compare with pid 1", 312, 1, os.getpid(), 0, 0, 0)
refused("advise pid 1", 440, 0, ctypes.byref(vector), 1, 21, 0)
fd, _ = call(434, 1, 0)
said("a file of pid 1", fd >= 0 and call(438, fd, 0, 0)[0] >= 0)
for name in ("mem", "environ", "maps", "auxv", "syscall", "stack"):
    tried("pid 1 " + name, lambda: open(f"/proc/1/{name}", "rb").read(8))
tried("pid 1 memory for writing", lambda: open("/proc/1/mem", "r+b") and True)
tried("signal to the host", lambda: "canary" in open(f"/proc/{host}/cmdline").read() and not os.kill(host, 0))
tried(
    "a host process",
    lambda: open(f"/proc/{host}/cmdline").read() if "canary" in open(f"/proc/{host}/cmdline").read() else "",
)
said("host processes seen", len([name for name in os.listdir("/proc") if name.isdigit()]) > 12)
