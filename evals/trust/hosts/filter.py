"""`python -m evals.trust.hosts.filter COMMAND...`: becomes the command behind a system call filter, as in a container.

The filter is the product's own: it refuses namespaces and mounts as Docker's does.
"""

from __future__ import annotations

import ctypes
import os
import sys

from agent_graph.sandbox.seccomp import build_filter

_NO_NEW_PRIVS, _SECCOMP, _MODE_FILTER = 38, 22, 2
_INSTRUCTION = 8  # bytes


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def main() -> None:
    code = build_filter(memory_cgroup=True)
    program = _Program(len(code) // _INSTRUCTION, code)
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(_SECCOMP, _MODE_FILTER, ctypes.byref(program)):
        sys.exit(f"the filter can't be loaded: {os.strerror(ctypes.get_errno())}")
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606


if __name__ == "__main__":
    main()
