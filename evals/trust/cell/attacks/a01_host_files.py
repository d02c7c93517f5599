"""Reads what lies on the host, by every path that may lead there."""

# ruff: noqa: B023, SIM115

import os

from tell import HOST, said, tried

PLACES = ("", "/proc/1/root", "/proc/self/root", "/oldroot", "/newroot", "/work/../../..", "/proc/self/cwd/../..")
for place in PLACES:
    for name in ("secret", "private"):
        tried(place + " " + name, lambda: open(place + HOST[name]).read())
for path in ("/etc/shadow", "/etc/machine-id", "/root/.ssh/id_rsa", "/etc/ssh/sshd_config", "/var/log/lastlog"):
    tried(path, lambda: open(path, "rb").read(40))
for folder in ("/root", "/var", "/run", "/srv", "/mnt", "/boot", "/media"):
    tried("list " + folder, lambda: os.listdir(folder) and folder not in HOST["python"] and os.listdir(folder)[:3])
tried("the real passwd", lambda: "daemon" in open("/etc/passwd").read())
said("the host's name", os.uname().nodename == HOST["hostname"])
