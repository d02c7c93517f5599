"""The session's next step: is the ground that it stands on still its own? Trusted; lies in a read-only mount."""

import json
import os
import socket
import sys
import time


def said(name: str, got: object) -> None:
    print("SAID " + json.dumps({"try": "witness: " + name, "got": bool(got), "detail": str(got)[:200]}), flush=True)


def beats() -> str:
    try:
        return open("/work/beat").read()
    except OSError:
        return ""


PORT = 8123
link = socket.socket()
try:
    link.bind(("127.0.0.1", PORT))
    said("the port was taken", "")
except OSError as problem:
    said("the port was taken", problem)
name = socket.socket(socket.AF_UNIX)
try:
    name.bind("\0service")
    said("the name was taken", "")
except OSError as problem:
    said("the name was taken", problem)
before = beats()
time.sleep(0.25)
said("something still works", beats() != before)
others = [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) not in (1, 2, os.getpid())]
said("somebody is still there", others)
said("a planted module was loaded", "planted" in sys.modules)
said("the environment was changed", os.environ.get("PLANTED"))
said("limits were changed", os.getpriority(os.PRIO_PROCESS, 0) < 0)
print("WITNESS " + os.environ["NONCE"], flush=True)
