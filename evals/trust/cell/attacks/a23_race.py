"""Swaps a result between file and link while it is collected."""

import os
import time

from tell import HOST, said

os.makedirs("/work/out")
os.symlink(HOST["secret"], "/work/link")
with open("/work/plain", "w") as file:
    file.write("plain")
if os.fork() == 0:
    os.setsid()
    until = time.monotonic() + 8
    while time.monotonic() < until:
        for source in ("/work/link", "/work/plain"):
            os.link(source, "/work/next", follow_symlinks=False)
            os.rename("/work/next", "/work/out/result")
time.sleep(0.3)
said("swapping", False)
