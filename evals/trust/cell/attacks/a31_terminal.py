"""Types into the terminal that the user sits at."""

import fcntl
import os

from tell import call, said, tried

for name, request in (("TIOCSTI", 0x5412), ("TIOCLINUX", 0x541C)):
    for high in (0, 1 << 32):
        value, problem = call(16, 0, request | high, b"x")
        said(f"{name} {high:x}", value >= 0 or problem != "EPERM", problem)
said("a session of the host", os.getsid(0) == 0, os.getsid(0))
tried("the terminal", lambda: os.open("/dev/tty", os.O_RDWR) or True)
tried("steal it", lambda: fcntl.ioctl(0, 0x540E, 1) == 0)
for number in range(3):
    said(f"fd {number} is a terminal", os.isatty(number))
