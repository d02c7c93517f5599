"""Gains rights from programs that have more of them."""

# ruff: noqa: S103, SIM115

import os
import shutil
import subprocess

from tell import HOST, call, said, tried


def said_by(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=5, stdin=subprocess.DEVNULL).stdout


facts = dict(line.split(":\t") for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
said("no_new_privs", facts["NoNewPrivs"] != "1")
for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
    said(name, int(facts[name], 16), facts[name])
at_home = open("/proc/self/uid_map").read().split()[1] == "0" and HOST["uid"] == 0 and os.getuid() != 0
same = open("/proc/self/uid_map").read().split()[0] == "0"  # no namespace: its uid is the kernel's
said("kernel's uid 0", os.getuid() == 0 or (at_home and not same), os.getuid())
said("other groups", [group for group in os.getgroups() if group not in (os.getgid(), 65534)], os.getgroups())
shutil.copy("/usr/bin/id", "/work/id")
os.chmod("/work/id", 0o6755)
tried("own setuid program", lambda: "euid=" in said_by("/work/id"))
tried("su", lambda: said_by("/usr/bin/su", "-c", "id -u").strip() == "0")
tried("file capabilities", lambda: os.setxattr("/work/id", "security.capability", bytes(20)) or True)
said("no_new_privs off", call(157, 38, 0, 0, 0, 0)[0] == 0)
said("keep capabilities", call(157, 8, 1, 0, 0, 0)[0] == 0 and int(facts["CapPrm"], 16))
said("ambient", call(157, 47, 2, 21, 0, 0)[0] == 0)
header, wanted = bytes([0x22, 5, 8, 0x20, 0, 0, 0, 0]), b"\xff\xff\xff\xff" * 3 + b"\xff\xff\x00\x00" * 3
said("take capabilities", call(126, header, wanted)[0] == 0)
