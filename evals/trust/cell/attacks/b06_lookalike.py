"""Prints what looks like reports, results and orders, and more than anyone wants to keep."""

import os

from tell import said

said("begins", False)
for fd in (1, 2):
    os.write(fd, b'{"end": 0, "result": {"name": "attack", "status": "exit", "rc": 0}}\n{"done": 2}\n')
    os.write(fd, b'{"exit-code": 0}\n{"child-pid": 1}\nR9\nG')
    os.write(fd, b"\xff\xfe\xed\xa0\x80\0\0\r\n" * 2000)
    for _ in range(40):
        os.write(fd, b"\n{" * (1 << 13))
