"""How a hostile program reports, and what it was told about the host: lies beside each of them in /work."""

# ruff: noqa: SIM115

import ctypes
import errno
import json
import os
from collections.abc import Callable
from typing import Any

HOST: dict[str, Any] = json.loads(open(os.path.dirname(os.path.abspath(__file__)) + "/host.json").read())
MiB = 1 << 20
_REFUSALS = ("EPERM", "EACCES", "ENOSYS", "EAFNOSUPPORT")
_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def said(name: str, got: object, detail: object = "") -> None:
    """One try: `got` is true when the attack got what it wanted."""
    line = json.dumps({"try": name, "got": bool(got), "detail": str(detail)[:200]})
    os.write(1, f"SAID {line}\n".encode())


def tried(name: str, action: Callable[[], object]) -> None:
    """Got when the action returns something true; an exception means that it was refused."""
    try:
        value = action()
    except BaseException as problem:
        said(name, False, f"{type(problem).__name__}: {problem}")
    else:
        said(name, value, value)


def call(number: int, *words: Any) -> tuple[int, str]:
    """A raw system call (x86_64 numbers): its value and the name of its error."""
    ctypes.set_errno(0)
    value = _libc.syscall(ctypes.c_long(number), *[ctypes.c_long(w) if isinstance(w, int) else w for w in words])
    return value, errno.errorcode.get(ctypes.get_errno(), "") if value < 0 else ""


def refused(name: str, number: int, *words: Any) -> None:
    """Got when the kernel took the call up at all: success, or an error that isn't a refusal."""
    value, problem = call(number, *words)
    said(name, value >= 0 or problem not in _REFUSALS, (value, problem))


def write(path: str, text: str = "overwritten") -> str:
    with open(path, "w") as file:
        file.write(text)
    return path
