"""Leaves processes, names, ports and settings in wait for the session's next step."""

# ruff: noqa: B023, SIM115

import os
import socket
import time

from tell import said, tried, write

PLANT = "import sys, types; sys.modules['planted'] = types.ModuleType('planted')\n"
home = "/home/.local/lib/python3.11/site-packages"
os.makedirs(home, exist_ok=True)
for path in (
    home + "/usercustomize.py",
    home + "/sitecustomize.py",
    "/work/sitecustomize.py",
    "/work/usercustomize.py",
):
    write(path, PLANT)
write(home + "/planted.pth", PLANT.split("\n")[0] + "\n")
write("/home/.profile", "export PLANTED=1\n")
for path in ("/runtime/x.pth", "/sbx/driver.py", "/sbx/capture.py", "/probes/witness.py", "/etc/environment"):
    tried("write " + path, lambda: write(path, PLANT))
tried("environment of the driver", lambda: open("/proc/2/environ", "r+b").write(b"PLANTED=1"))
os.environ["PLANTED"] = "1"
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        name = socket.socket(socket.AF_UNIX)
        name.bind("\0service")
        port = socket.socket()
        port.bind(("127.0.0.1", 8123))
        port.listen()
        until = time.monotonic() + 8
        while time.monotonic() < until:
            write("/work/beat", str(time.monotonic()))
            time.sleep(0.02)
    os._exit(0)
time.sleep(0.2)
said("daemon beats", not os.path.exists("/work/beat"))
