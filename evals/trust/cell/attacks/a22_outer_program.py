"""Changes the very program that it was started by, through /proc/1/exe."""

# ruff: noqa: B023, S103

import os

from tell import said, tried

said("where it is", False, os.path.islink("/proc/1/exe"))
tried("setuid bit", lambda: os.chmod("/proc/1/exe", 0o4755) or True)
tried("owner", lambda: os.chown("/proc/1/exe", os.getuid(), -1) or True)
tried("open for writing", lambda: os.open("/proc/1/exe", os.O_WRONLY | os.O_APPEND) or True)
tried("link", lambda: os.link("/proc/1/exe", "/work/outer", follow_symlinks=True) or True)
for name in ("root", "cwd"):
    tried("pid 1 " + name, lambda: os.listdir(f"/proc/1/{name}/") and os.path.exists(f"/proc/1/{name}/root/.."))
    tried(
        "pid 1 up " + name,
        lambda: os.path.exists(f"/proc/1/{name}/../vmlinuz") or os.path.exists(f"/proc/1/{name}/oldroot"),
    )
