"""Runs inside the sandbox, before the untrusted command: `python -I -S -B prologue.py CONFIG command...`.

Copies the tree into the private /work, drops to an unprivileged uid when bwrap was started by root, sets rlimits
(after the namespaces exist, so RLIMIT_NPROC counts this sandbox only), adds a Landlock domain (a second,
independent wall round the files, and round pid 1), lets the supervisor pin /work, and becomes the command.
Stands alone: standard library only, and it imports nothing of ours.
"""

import json
import os
import resource
import select
import sys
from typing import Any

WRITABLE = ("/work", "/tmp", "/home", "/dev/shm")
LEFT_OUT = (".git", ".agent-graph")  # history and caches are the host's business
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_WRITE_FILE, _TRUNCATE = 1 << 1, 1 << 14
_DEVICE_NODES = (1 << 6) | (1 << 11)


def write_rights(abi: int) -> int:
    """Every Landlock right that changes a file system, as far as this kernel knows it."""
    rights = sum(1 << bit for bit in (1, 4, 5, 6, 7, 8, 9, 10, 11, 12))
    return rights | (1 << 13 if abi >= 2 else 0) | (_TRUNCATE if abi >= 3 else 0)


def restrict_writes() -> int:
    """Enter a Landlock domain that may write below WRITABLE only; gives the ABI, 0 where there is none."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long

    def call(number: int, *arguments: Any) -> int:
        words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
        return int(libc.syscall(ctypes.c_long(number), *words))

    abi = call(_CREATE_RULESET, None, 0, 1)
    if abi < 1:
        return 0
    rights = write_rights(abi)
    attributes = (ctypes.c_uint64 * 3)(rights, 0, 3 if abi >= 6 else 0)  # 3: abstract sockets, signals
    ruleset = call(_CREATE_RULESET, ctypes.byref(attributes), 24 if abi >= 6 else 16 if abi >= 4 else 8, 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")

    class Beneath(ctypes.Structure):
        _pack_ = 1
        _fields_ = (("rights", ctypes.c_uint64), ("fd", ctypes.c_int32))

    devices = _WRITE_FILE | (rights & _TRUNCATE)  # /dev/null and its like
    for path, allowed in [(p, rights & ~_DEVICE_NODES) for p in WRITABLE] + [("/dev", devices)]:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        if call(_ADD_RULE, ruleset, 1, ctypes.byref(Beneath(allowed, fd)), 0):
            raise OSError(ctypes.get_errno(), "landlock_add_rule " + path)
        os.close(fd)
    if call(_RESTRICT_SELF, ruleset, 0):
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    os.close(ruleset)
    return abi


class Owner:
    """Switches between the uid that may read the tree (the host user's) and the one that will own the copy."""

    def __init__(self, uid: int | None) -> None:
        self._uid = uid

    def reads(self) -> None:
        if self._uid is not None:
            os.seteuid(0)

    def writes(self) -> None:
        if self._uid is not None:
            os.seteuid(self._uid)


def copy_tree(source: str, target: str, owner: Owner, *, top: bool = True) -> None:
    """Plain files, folders and links; the copy is the payload's own."""
    owner.reads()
    with os.scandir(source) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        path = target + "/" + entry.name
        if top and entry.name in LEFT_OUT:
            continue
        owner.reads()
        if entry.is_symlink():
            link = os.readlink(entry.path)
            owner.writes()
            os.symlink(link, path)
        elif entry.is_dir():
            owner.writes()
            os.mkdir(path, 0o700)
            copy_tree(entry.path, path, owner, top=False)
        elif entry.is_file():
            copy_file(entry.path, path, owner)
    owner.writes()


def copy_file(source: str, target: str, owner: Owner) -> None:
    read = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    mode = 0o600 | os.fstat(read).st_mode & 0o100
    owner.writes()
    write = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    while os.sendfile(write, read, None, 1 << 24):
        pass
    os.close(read)
    os.close(write)


def set_limits(limits: dict[str, list[int]]) -> None:
    for name, (soft, hard) in limits.items():
        which = getattr(resource, name)
        ceiling = resource.getrlimit(which)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(which, (soft, hard))


def clear_capabilities() -> None:
    """The inheritable ones too, which a change of uid leaves."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    if libc.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)())):
        raise OSError(ctypes.get_errno(), "capset")


def drop_to(uid: int) -> None:
    """For good; exits if any capability is left."""
    os.seteuid(0)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    clear_capabilities()
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(("CapInh", "CapEff", "CapPrm", "CapAmb")) and int(line.split()[1], 16):
                sys.exit("prologue: capabilities left after setuid: " + line)


def leave_if_alone(go: int) -> None:
    """A supervisor that died before bwrap could ask to die with it has left a pipe that nobody can write to."""
    pipe = select.poll()
    pipe.register(go, 0)
    if pipe.poll(0):
        sys.exit("prologue: the supervisor is gone")


def handshake(ready: int, go: int, landlock: int) -> None:
    """The supervisor pins /work by a folder fd before any untrusted instruction."""
    os.write(ready, b"R%d\n" % landlock)
    if os.read(go, 1) != b"G":
        sys.exit("prologue: no leave to start")


def main() -> None:
    config = json.loads(sys.argv[1])
    uid = config["uid"]
    leave_if_alone(config["go"])
    os.umask(0o077)
    if config["copy"]:
        if uid is not None:
            os.setegid(uid)
        copy_tree("/src", "/work", Owner(uid))
    set_limits(config["rlimits"])
    if uid is not None:
        drop_to(uid)
    os.nice(5)
    os.chdir("/work")
    os.environ["PWD"] = "/work"  # noqa: S105
    handshake(config["ready"], config["go"], restrict_writes())
    keep = sorted(config["keep"])
    for low, high in zip([2, *keep], [*keep, 1 << 16], strict=True):
        os.closerange(low + 1, high)
    for fd in keep:
        os.set_inheritable(fd, True)
    command = sys.argv[2:]
    try:
        os.execvp(command[0], command)
    except OSError as problem:
        sys.stderr.write(f"sandbox: cannot start {command[0]}: {problem.strerror}\n")
        sys.stderr.flush()
        os._exit(127)


if __name__ == "__main__":
    main()
