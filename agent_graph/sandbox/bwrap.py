"""From a policy to bubblewrap's arguments.

Rules that keep known holes shut: every destination is a fresh top-level folder of bwrap's own root and nothing is
mounted below what a payload could have written (CVE-2026-87766); root uses no user namespace, so that no payload
ever runs as kernel uid 0; only what Python needs is bound, never / itself.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent_graph.errors import SandboxSetupError, SandboxUnavailable
from agent_graph.sandbox.policy import Limits, MiB

RUNTIME = "/runtime"
_RESERVED = {
    "work", "src", "runtime", "sbx", "tmp", "home", "proc", "dev", "sys", "usr", "etc", "bin", "sbin", "lib", "lib64",
    "root", "var", "run", "opt", "mnt", "boot", "srv", "oldroot", "newroot",
}  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
SYSTEM = ("/usr/lib64", "/usr/lib32", "/usr/libexec", "/usr/bin", "/usr/share/zoneinfo", "/usr/share/terminfo")
ETC_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")
ETC_TEXT = {
    "passwd": "sandbox:x:{uid}:{uid}::/home:/bin/sh\n",
    "group": "sandbox:x:{uid}:\n",
    "hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
_MASKED = ("keys", "key-users")  # the user's key rings: what is in them, by name
_INSIDE = ("prologue.py", "driver.py", "fork.py", "capture.py")


@dataclass(frozen=True)
class Room:
    """All that a sandbox is furnished with: host paths and the sizes of what is writable."""

    runtime: Path
    folder: Path  # the slot's private folder, where small files are laid out
    tree: Path
    mounts: Mapping[str, Path]
    env: Mapping[str, str]
    limits: Limits
    uid: int


def is_root() -> bool:
    return os.geteuid() == 0


def namespace_arguments() -> list[str]:
    """Root keeps two capabilities, for the prologue to drop to a uid of its own; others get a user namespace."""
    if is_root():
        spaces = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
        return [*spaces, "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    user = ["--unshare-user", "--uid", "1000", "--gid", "1000", "--disable-userns", "--assert-userns-disabled"]
    return ["--unshare-all", *user, "--cap-drop", "ALL"]


def check_mount_name(name: str) -> str:
    """The name, if it can be a new top-level folder; SandboxSetupError if not."""
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise SandboxSetupError(
            f"mount name {name!r} must be a new top-level folder: a-z, 0-9, _ and -, not a system one"
        )
    return name


def interpreter_home(runtime: Path) -> Path:
    """The base installation that a virtual environment's python belongs to."""
    try:
        lines = (runtime / "pyvenv.cfg").read_text().splitlines()
    except OSError:
        raise SandboxUnavailable(
            f"{runtime} is no virtual environment (no pyvenv.cfg): build the runtime first"
        ) from None
    for line in lines:
        key, _, value = line.partition("=")
        if key.strip() == "home":
            return Path(value.strip()).parent
    raise SandboxUnavailable(f"{runtime}/pyvenv.cfg names no home: build the runtime again")


def lay_out(folder: Path, uid: int) -> None:
    """Small files that are bound from the slot's folder: readable to the payload whatever our umask is."""
    package = Path(__file__).parent
    files = {name: text.format(uid=uid) for name, text in ETC_TEXT.items()}
    files |= {name: (package / name).read_text() for name in _INSIDE}
    for name, text in files.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)


def base_env(cpus: float) -> dict[str, str]:
    """Every variable that exists inside, before the caller's own."""
    return {
        "PATH": f"{RUNTIME}/bin:/usr/bin:/bin", "HOME": "/home", "TMPDIR": "/tmp", "USER": "sandbox",
        "LANG": "C.UTF-8", "TZ": "UTC", "XDG_CACHE_HOME": "/tmp/.cache", "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": str(max(1, int(cpus))), "OPENBLAS_NUM_THREADS": str(max(1, int(cpus))),
        "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet",
        "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1", "PYTHONHASHSEED": "0",
    }  # fmt: skip


class _Arguments:
    """Collects arguments; makes a mount point's ancestors 0755, which bwrap itself would make 0700."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._made = {"/", "/tmp", "/home", "/proc", "/dev"}

    def add(self, *words: str) -> None:
        self.words += words

    def ancestors(self, path: str) -> None:
        for folder in reversed(Path(path).parents):
            if str(folder) not in self._made:
                self.add("--perms", "0755", "--dir", str(folder))
                self._made.add(str(folder))

    def bind(self, source: str | Path, target: str | Path, *, optional: bool = False) -> None:
        self.ancestors(str(target))
        self.add("--ro-bind-try" if optional else "--ro-bind", str(source), str(target))

    def tmpfs(self, path: str, size: int, mode: str = "1777") -> None:
        self.add("--size", str(size), "--perms", mode, "--tmpfs", path)


def arguments(room: Room) -> list[str]:
    """Everything but the fds and the command."""
    words = _Arguments()
    words.add(*namespace_arguments(), "--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox")
    words.tmpfs("/tmp", room.limits.tmp)
    words.tmpfs("/home", 64 * MiB)
    _bind_system(words, room)
    words.add("--proc", "/proc", "--dev", "/dev")
    for name in _MASKED:
        words.add("--ro-bind-try", "/dev/null", f"/proc/{name}")
    words.add("--remount-ro", "/proc")  # bwrap covers /proc/sys only where the file system lets it be written
    words.tmpfs("/dev/shm", room.limits.shm)
    words.add("--remount-ro", "/dev")
    words.bind("/sys/devices/system/cpu", "/sys/devices/system/cpu", optional=True)
    _bind_runtime(words, room.runtime)
    for name, path in room.mounts.items():
        words.bind(path.resolve(), "/" + check_mount_name(name))
    words.bind(room.tree.resolve(), "/src")
    words.tmpfs("/work", room.limits.disk, "0777")
    words.add("--remount-ro", "/", "--chdir", "/")
    for key, value in {**base_env(room.limits.cpus), **room.env}.items():
        words.add("--setenv", key, value)
    return words.words


def _bind_system(words: _Arguments, room: Room) -> None:
    words.bind("/usr/lib", "/usr/lib")
    for path in (*SYSTEM, *ETC_FILES):
        words.bind(path, path, optional=True)
    for path in ("/lib", "/lib64", "/bin", "/sbin"):
        if os.path.islink(path):
            words.add("--symlink", os.readlink(path), path)
        elif os.path.isdir(path) and path.startswith("/lib"):
            words.bind(path, path)
    for name in ETC_TEXT:
        words.bind(room.folder / name, f"/etc/{name}")
    for name in _INSIDE:
        words.bind(room.folder / name, f"/sbx/{name}")


def installations(runtime: Path) -> list[Path]:
    """Where the runtime's base Python must be seen inside: both its names, for uv's own are reached through a link."""
    home = interpreter_home(runtime)
    places = dict.fromkeys((home, home.resolve(), (runtime / "bin/python").resolve().parent.parent))
    found = [path for path in places if path not in (Path("/usr"), Path("/"))]
    for path in found:
        if path.parts[1] in ("work", "src", "runtime", "sbx"):
            raise SandboxUnavailable(f"the Python installation {path} is where the sandbox keeps its own: move it")
    return found


def _bind_runtime(words: _Arguments, runtime: Path) -> None:
    for path in installations(runtime):
        words.bind(path.resolve(), path)
    words.bind(runtime.resolve(), RUNTIME)


def prologue_config(room: Room, *, memory_cgroup: bool, keep: Sequence[int]) -> dict[str, object]:
    """What the prologue is told, fds of the handshake aside."""
    limits = room.limits
    rlimits = {
        "RLIMIT_CORE": 0, "RLIMIT_FSIZE": limits.file, "RLIMIT_NOFILE": limits.nofile, "RLIMIT_NPROC": limits.pids,
        "RLIMIT_MEMLOCK": 64 << 10, "RLIMIT_MSGQUEUE": 0, "RLIMIT_SIGPENDING": 1024, "RLIMIT_RTPRIO": 0,
        "RLIMIT_NICE": 0, "RLIMIT_STACK": 64 * MiB,
    }  # fmt: skip
    if not memory_cgroup:
        rlimits["RLIMIT_DATA"] = limits.memory
    pairs = {name: [value, value] for name, value in rlimits.items()}
    pairs["RLIMIT_CPU"] = [limits.cpu_s, limits.cpu_s + 1]  # SIGXCPU first, so that the cause can be told
    return {"rlimits": pairs, "copy": True, "uid": room.uid if is_root() else None, "keep": list(keep)}
