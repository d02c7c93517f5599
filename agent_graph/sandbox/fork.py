"""Inside the sandbox, in a fresh fork of the driver: sheds what is the driver's, then is the step."""

import atexit
import ctypes
import os
import runpy
import struct
import sys
import threading
import traceback
from types import TracebackType
from typing import Any, NoReturn

_PR_SET_DUMPABLE = 4
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_REFER, _PATH_BENEATH = 1 << 13, 1  # moving and linking files between folders
_SCOPES = 3  # abstract sockets and signals stay within the domain
_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def set_dumpable(value: int) -> None:
    """0 keeps processes of the same uid out of this one's memory and fds."""
    if _libc.prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(value), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE)")


def scope_signals() -> None:
    """Enter a Landlock domain that can't signal or trace the driver; older kernels rely on the rest.

    Every domain refuses to move files between folders (EXDEV) unless it is allowed, so it is, everywhere.
    """
    attributes = (ctypes.c_uint64 * 3)(_REFER, 0, _SCOPES)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    ruleset = _libc.syscall(ctypes.c_long(_CREATE_RULESET), ctypes.byref(attributes), size, ctypes.c_long(0))
    if ruleset < 0:
        return
    top = os.open("/", os.O_PATH | os.O_CLOEXEC)
    rule = struct.pack("=Qi", _REFER, top)
    kind, none = ctypes.c_long(_PATH_BENEATH), ctypes.c_long(0)
    _libc.syscall(ctypes.c_long(_ADD_RULE), ctypes.c_long(ruleset), kind, rule, none)
    _libc.syscall(ctypes.c_long(_RESTRICT_SELF), ctypes.c_long(ruleset), ctypes.c_long(0))
    os.close(top)
    os.close(ruleset)


def become(step: dict[str, Any], pipes: list[tuple[int, int]], private: list[int]) -> NoReturn:
    """In the fork: shed what is the driver's, then be the step."""
    code = 1
    try:
        os.setsid()
        nothing = os.open("/dev/null", os.O_RDONLY)
        for source, target in ((nothing, 0), (pipes[0][1], 1), (pipes[1][1], 2)):
            os.dup2(source, target)
        for fd in {*private, nothing, *(fd for pipe in pipes for fd in pipe)} - {0, 1, 2}:
            os.close(fd)
        set_dumpable(1)
        scope_signals()
        os.environ.update(step["env"])
        os.chdir(step["cwd"])
        code = _perform(step)
    except BaseException:  # this is the program's edge: whatever it is, it ends this process only
        traceback.print_exc()
    finally:
        os._exit(code)


def _perform(step: dict[str, Any]) -> int:
    argv = step["argv"]
    if step["kind"] == "exec":
        try:
            os.execvp(argv[0], argv)
        except OSError as problem:
            sys.stderr.write(f"sandbox: cannot start {argv[0]}: {problem.strerror}\n")
            return 127
    sys.path.insert(0, step["source"])
    sys.argv = list(argv)
    _reseed()
    code = _run_python(step["kind"], argv)
    return _finish(code)


def _reseed() -> None:
    """A fresh process has its own entropy; `random` sees to itself."""
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _run_python(kind: str, argv: list[str]) -> int:
    try:
        if kind == "module":
            runpy.run_module(argv[0], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(argv[0], run_name="__main__")
    except SystemExit as leave:
        if leave.code is None or isinstance(leave.code, int):
            return (leave.code or 0) & 0xFF
        sys.stderr.write(f"{leave.code}\n")
        return 1
    except BaseException as problem:
        problem.__traceback__ = _own_frames(problem.__traceback__)
        sys.excepthook(type(problem), problem, problem.__traceback__)
        return 1
    return 0


def _own_frames(trace: TracebackType | None) -> TracebackType | None:
    """The traceback as `python -m` would show it: without the driver and runpy."""
    ours = {__file__, runpy.__file__, "<frozen runpy>"}
    while trace is not None and trace.tb_frame.f_code.co_filename in ours:
        trace = trace.tb_next
    return trace


def _finish(code: int) -> int:
    """What the interpreter does at its end, for os._exit skips it: threads, atexit, buffers."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        return code or 120
    return code
