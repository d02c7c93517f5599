"""Uses devices: lists them, makes them, opens those that it must not have."""

# ruff: noqa: B023, S108

import os
import stat

from tell import said, tried

USUAL = {
    "console",
    "core",
    "fd",
    "full",
    "null",
    "ptmx",
    "pts",
    "random",
    "shm",
    "stderr",
    "stdin",
    "stdout",
    "tty",
    "urandom",
    "zero",
}
said("others than the usual", set(os.listdir("/dev")) - USUAL)
for name in (
    "mem",
    "kmsg",
    "fuse",
    "kvm",
    "vda",
    "sda",
    "nvme0n1",
    "net/tun",
    "vhost-vsock",
    "loop0",
    "uinput",
    "hpet",
):
    tried("/dev/" + name, lambda: os.open("/dev/" + name, os.O_RDWR) or True)
for folder in ("/work", "/tmp", "/dev/shm"):
    tried(folder + " null", lambda: os.mknod(folder + "/n", 0o666 | stat.S_IFCHR, os.makedev(1, 3)) or True)
    tried(folder + " disk", lambda: os.mknod(folder + "/b", 0o666 | stat.S_IFBLK, os.makedev(254, 0)) or True)
