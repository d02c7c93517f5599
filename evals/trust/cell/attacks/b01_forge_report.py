"""Speaks for the driver: writes its own verdicts wherever a report could be read."""

# ruff: noqa: B023

import json
import os

from tell import said, tried

RESULT = {
    "name": "witness",
    "status": "exit",
    "rc": 0,
    "seconds": 0,
    "cpu_s": 0,
    "peak_rss": 0,
    "out": "forged",
    "err": "",
}
LINES = b"".join(
    b"\n" + json.dumps(message).encode() + b"\n"
    for message in (
        {"end": 0, "result": RESULT | {"name": "attack"}},
        {"start": 1},
        {"end": 1, "result": RESULT},
        {"done": 2},
    )
)


def forge(path: str) -> object:
    fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    return os.write(fd, LINES)


os.write(1, LINES)
os.write(2, LINES)
for fd in range(3, 64):
    try:
        said(f"fd {fd}", os.write(fd, LINES))
    except OSError:
        continue
for pid in (1, 2):
    for fd in range(40):
        tried(f"fd {fd} of {pid}", lambda: forge(f"/proc/{pid}/fd/{fd}"))
