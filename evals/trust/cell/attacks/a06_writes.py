"""Writes, renames, links and removes outside its own folders."""

# ruff: noqa: B023, E501, S103, S108

import os
import site
import sys

from tell import HOST, tried

PLACES = (
    "/usr/lib/x", "/usr/bin/x", "/etc/x", "/etc/passwd", "/etc/ld.so.preload", "/x", "/sbx/x", "/sbx/prologue.py", "/sbx/driver.py",
    "/data/x", "/data/rows.csv", "/src/x", "/src/attack.py", "/dev/x", "/dev/shm/../x", "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches", "/sys/devices/system/cpu/cpu1/online", "/runtime/bin/x",
    sys.base_prefix + "/x", os.path.dirname(os.__file__) + "/x.py", HOST["secret"], HOST["base"] + "/x",
)  # fmt: skip


def opened(path: str) -> str:
    """Open for writing is proof enough: where nothing holds, a word in /proc/sys or sysrq-trigger would do real harm."""
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | (0 if path.startswith(("/proc", "/sys")) else os.O_CREAT), 0o600)
    os.close(fd)
    return path


for path in (*PLACES, *(folder + "/x.pth" for folder in site.getsitepackages())):
    tried("write " + path, lambda: opened(path))


def again() -> object:
    return os.open(f"/proc/self/fd/{os.open('/data/rows.csv', os.O_RDONLY)}", os.O_RDWR)


tried("open a mount's file again for writing", again)
for folder in ("/data", "/src"):
    name = os.listdir(folder)[0]
    tried(folder + " chmod", lambda: os.chmod(f"{folder}/{name}", 0o777) or True)
    tried(folder + " remove", lambda: os.remove(f"{folder}/{name}") or True)
    tried(folder + " time", lambda: os.utime(f"{folder}/{name}") or True)
    tried(folder + " link", lambda: os.link(f"{folder}/{name}", "/work/linked") or True)
    tried(folder + " rename", lambda: os.rename(folder, folder + "2") or True)
    tried(folder + " attribute", lambda: os.setxattr(f"{folder}/{name}", "user.x", b"x") or True)
