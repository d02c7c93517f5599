"""The first process of a container: `python -I -S -B first.py`, pid 1 inside and nobody's child but the engine's.

Looks whether the engine kept what it was asked for, goes to the door (a unix socket that the supervisor closes behind
it) with /work in hand, and comes back with its orders and with real pipes, so that no output and no report passes
through the engine. Then it starts the prologue and stays as the one that reaps. When the supervisor dies the pipe
`life` ends, this process with it, and the kernel ends everything else. Nothing inside can signal pid 1, and it is not
dumpable, so nothing of its uid can reach its fds. Stands alone: standard library only, and it imports nothing of ours.
"""

import array
import ctypes
import json
import os
import select
import signal
import socket
import sys
import traceback
from typing import Any, NoReturn

DOOR = "/sbx/door"
PURPOSES = ("orders", "steps", "filter", "ready", "go", "out", "err", "report", "status", "life")
_TO_PROGRAM = ("ready", "go", "report", "steps")
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 4, 22, 2
_libc = ctypes.CDLL(None, use_errno=True)


def broken_promises(uid: int) -> list[str]:
    """What the engine was asked for and did not do."""
    with open("/proc/self/status") as status:
        facts = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
    with open("/proc/net/dev") as devices:
        interfaces = {line.split(":")[0].strip() for line in devices if ":" in line}
    kept = {
        "--user": os.getresuid() == (uid, uid, uid) and uid != 0,
        "--cap-drop ALL": not any(int(facts[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")),
        "--security-opt no-new-privileges": facts["NoNewPrivs"] == "1",
        "--network none": interfaces == {"lo"},
        "--read-only": bool(os.statvfs("/").f_flag & os.ST_RDONLY),
        "a pid namespace": os.getpid() == 1,
    }
    return [name for name, held in kept.items() if not held]


def _set_dumpable(value: int) -> None:
    if _libc.prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(value), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE)")


def go_to_door() -> dict[str, int]:
    """Hand over /work, and take what the supervisor gives: fds by purpose."""
    work = os.open("/work", os.O_RDONLY | os.O_DIRECTORY)
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(DOOR)
        socket.send_fds(door, [b"W"], [work])
        _, fds, flags, _ = socket.recv_fds(door, 1, len(PURPOSES))
    os.close(work)
    if len(fds) != len(PURPOSES) or flags & socket.MSG_CTRUNC:
        sys.exit("first: the supervisor closed the door")
    return dict(zip(PURPOSES, fds, strict=True))


def read_all(fd: int) -> bytes:
    with os.fdopen(fd, "rb") as file:
        file.seek(0)
        return file.read()


def refuse_calls(program: bytes) -> None:
    """The same filter as bwrap's cell has, on top of the engine's own."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    body = array.array("B", program)
    filters = Program(len(program) // 8, body.buffer_info()[0])
    mode = ctypes.c_ulong(_SECCOMP_MODE_FILTER)
    if _libc.prctl(_PR_SET_SECCOMP, mode, ctypes.byref(filters), ctypes.c_ulong(0), ctypes.c_ulong(0)):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_SECCOMP)")


def become_program(orders: dict[str, Any], fds: dict[str, int]) -> NoReturn:
    """In the fork: the two outputs, four fds, the ordered environment and nothing else; then the prologue."""
    try:
        os.setsid()
        _set_dumpable(1)
        with open("/proc/self/oom_score_adj", "w") as file:  # the kernel picks this before pid 1, which tells of it
            file.write("500")
        nothing = os.open("/dev/null", os.O_RDONLY)
        for source, target in ((nothing, 0), (fds["out"], 1), (fds["err"], 2)):
            os.dup2(source, target)
        for name in _TO_PROGRAM:
            os.set_inheritable(fds[name], True)
        config = {**orders["config"], "ready": fds["ready"], "go": fds["go"]}
        if orders["reports"]:
            config["keep"] = [fds["report"], fds["steps"]]
        numbers = {"{report}": str(fds["report"]), "{steps}": str(fds["steps"])}
        command = [numbers.get(word, word) for word in orders["command"]]
        prologue = [sys.executable, "-I", "-S", "-B", "/sbx/prologue.py", json.dumps(config), *command]
        os.execve(sys.executable, prologue, orders["env"])
    except BaseException:
        traceback.print_exc()
        os._exit(126)


def stay(child: int, life: int, status: int) -> NoReturn:
    """Reap until the program ends; tell how, and wait to be ended: the supervisor looks at the control group first."""
    wake, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(woken)
    signal.raise_signal(signal.SIGCHLD)  # for one that ended before there was somebody to wake
    while True:
        ready, _, _ = select.select([wake, life], [], [])
        if life in ready:
            os._exit(137)
        os.read(wake, 4096)
        while (reaped := _reap())[0]:
            if reaped[0] == child:
                code = os.waitstatus_to_exitcode(reaped[1])
                os.write(status, b'{"exit-code": %d}\n' % (code if code >= 0 else 128 - code))


def _reap() -> tuple[int, int]:
    try:
        return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return 0, 0


def main() -> None:
    if broken := broken_promises(int(sys.argv[1])):
        sys.exit("first: the engine did not keep " + ", ".join(broken))
    _set_dumpable(0)
    fds = go_to_door()
    orders = json.loads(read_all(fds.pop("orders")))
    refuse_calls(read_all(fds.pop("filter")))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        become_program(orders, fds)
    for name in fds.keys() - {"life", "status"}:
        os.close(fds[name])
    stay(child, fds["life"], fds["status"])


if __name__ == "__main__":
    main()
