"""Turns off what protects it from others and others from it."""

# ruff: noqa: SIM115

import os

from tell import call, said, tried

said("dumpable", False, call(157, 4, 1, 0, 0, 0))
said("seccomp off", call(157, 22, 0, 0, 0, 0)[0] == 0)
said("seccomp mode", "Seccomp:\t2" not in open("/proc/self/status").read())
said("speculation", False, call(157, 53, 0, 0, 0, 0))
said("move the code", call(157, 35, 1, 0, 0, 0)[0] == 0)
said("securebits", call(157, 28, 0x2F, 0, 0, 0)[0] == 0)
said("a wider landlock", call(446, 99, 0)[0] == 0)
tried("new root", lambda: os.chroot("/work") or True)
tried("personality of a debugger", lambda: call(135, 0x0040000)[0] >= 0)
tried("profile of another", lambda: open("/proc/self/attr/current", "w").write("unconfined"))
