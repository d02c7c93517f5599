"""Mounts, unmounts, and asks for handles past the mounts."""

# ruff: noqa: SIM115

from tell import refused, tried

HERE = -100
refused("tmpfs", 165, b"none", b"/tmp", b"tmpfs", 0, 0)
refused("bind", 165, b"/", b"/tmp", 0, 4096, 0)
refused("root writable", 165, b"none", b"/", 0, 32 | 4096, 0)
refused("data writable", 165, b"none", b"/data", 0, 32 | 4096, 0)
for path in (b"/src", b"/proc", b"/etc/passwd"):
    refused(f"unmount {path!r}", 166, path, 2)
refused("pivot_root", 155, b"/work", b"/work")
refused("chroot", 161, b"/tmp")
for flags in (0, 1):
    refused(f"open_tree {flags}", 428, HERE, b"/", flags)
refused("fsopen", 430, b"tmpfs", 0)
refused("move_mount", 429, HERE, b"/", HERE, b"/tmp", 0)
refused("fspick", 433, HERE, b"/", 0)
refused("mount_setattr", 442, HERE, b"/", 0, 0, 0)
refused("statmount", 457, 0, 0, 0, 0)
refused("listmount", 458, 0, 0, 0, 0)
refused("swapon", 167, b"/work/none", 0)
refused("quotactl", 179, 0, 0, 0, 0)
tried("the old root", lambda: [line for line in open("/proc/self/mountinfo") if "/oldroot" in line])
