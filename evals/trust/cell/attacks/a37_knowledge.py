"""Learns about the host what it has no need to know."""

# ruff: noqa: B023, SIM115

import os

from tell import HOST, said, tried

SECRETS = ("kcore", "kmsg", "vmallocinfo", "slabinfo", "pagetypeinfo", "keys", "key-users", "sched_debug", "timer_list")
for path in ("/dev/kmsg", "/dev/mem", *("/proc/" + name for name in SECRETS)):
    tried(path, lambda: open(path, "rb").read(20))
tried(
    "kernel addresses", lambda: [line for line in open("/proc/kallsyms") if not line.startswith("0000000000000000")][:1]
)
tried(
    "network devices",
    lambda: [line for line in open("/proc/net/dev").read().splitlines()[2:] if not line.strip().startswith("lo:")],
)
tried("host sockets", lambda: [line for line in open("/proc/net/unix") if HOST["abstract"] in line])
tried("network of the host", lambda: os.listdir("/sys/class/net"))
said("the host's name", HOST["hostname"] in open("/proc/sys/kernel/hostname").read())
said("the host's groups", HOST["cgroup"] != "/" and HOST["cgroup"] in open("/proc/self/cgroup").read())
