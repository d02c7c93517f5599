"""Builds a generated project's runtime: its locked dependencies as wheels, once per lock, outside the sandbox."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agent_graph.errors import RuntimeUnavailable
from agent_graph.sandbox import packages

OnLine = Callable[[str], None]
_DONE = "agent-graph-runtime"  # written last: a folder without it was never finished
_LOCK = "agent-graph-runtime.lock"  # what it was made of
_LAST_LINES = 12
_PYTHON = "{}.{}.{}".format(*sys.version_info[:3])


def tool_path(name: str) -> Path:
    """A tool that came with our own dependencies, such as uv or ruff; RuntimeUnavailable if it is nowhere."""
    beside = Path(sys.executable).parent
    found = shutil.which(name, path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is not None:
        return Path(found)
    if name == "uv":
        import uv

        return Path(uv.find_uv_bin())
    raise RuntimeUnavailable(f"{name} is neither beside {sys.executable} nor on PATH: reinstall agent-graph")


def build_runtime(
    lock: Path | str,
    cache: Path,
    on_line: OnLine | None = None,
    more: Mapping[str, str] = packages.NOTHING_MORE,
) -> Path:
    """The virtual environment for `lock` (a hashed requirements file, or its text), built if it isn't cached.

    RuntimeUnavailable when the lock names what isn't allowed (`packages`; `more` of its own) or an installation fails;
    nothing half-built stays.
    """
    text = lock.read_text() if isinstance(lock, Path) else lock
    packages.locked(text, more)
    key = hashlib.sha256(f"{_PYTHON}\n{text}".encode()).hexdigest()[:16]
    runtimes = cache.absolute() / "runtimes"
    runtimes.mkdir(parents=True, exist_ok=True)
    final = runtimes / key
    if (final / _DONE).exists():
        return final
    with _locked(runtimes / f"{key}.lock"):
        if not (final / _DONE).exists():
            _build(text, final, on_line or _silent, _larger(text, runtimes))
    return final


def _silent(line: str) -> None:
    """Nobody wants to hear of the progress."""


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One builder at a time; the others wait, then find it done."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _larger(text: str, runtimes: Path) -> Path | None:
    """A finished environment that holds all of this lock and more, for the same interpreter."""
    wanted = packages.entries(text)
    for lock in sorted(runtimes.glob(f"*/{_LOCK}")):
        made_for, _, known = lock.read_text().partition("\n")
        if made_for == _PYTHON and wanted and wanted < packages.entries(known) and (lock.parent / _DONE).exists():
            return lock.parent
    return None


def _build(text: str, final: Path, on_line: OnLine, larger: Path | None = None) -> None:
    """Install a lock; of a `larger` environment by taking away the rest, with its files linked and compiled already."""
    uv = str(tool_path("uv"))
    shutil.rmtree(final, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=f"{final.name}-", dir=final.parent))
    try:
        venv, requirements = scratch / "venv", scratch / "requirements.lock"
        requirements.write_text(text)
        if larger is not None:
            on_line(f"Taken from {larger.name}, which holds more")
            shutil.copytree(larger, venv, symlinks=True, copy_function=os.link)
            for name in (_DONE, _LOCK):  # links: written anew, never through
                (venv / name).unlink()
        else:
            _uv([uv, "venv", "--relocatable", "--no-project", "--python", sys.executable, str(venv)], on_line)
        install = [uv, "pip", "sync", "--python", str(venv / "bin/python"), "--require-hashes"]
        _uv([*install, "--only-binary", ":all:", "--allow-empty-requirements", str(requirements)], on_line)
        (venv / _LOCK).write_text(f"{_PYTHON}\n{text}")
        (venv / _DONE).write_text(hashlib.sha256(text.encode()).hexdigest() + "\n")
        venv.rename(final)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _uv(command: list[str], on_line: OnLine) -> None:
    """Run uv; RuntimeUnavailable with what it said last. World-readable, for the sandbox's uid is not ours."""
    env = {**os.environ, "UV_COMPILE_BYTECODE": "1", "UV_NO_CONFIG": "1", "UV_NO_PROGRESS": "1"}
    lines: list[str] = []
    with subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", umask=0o022,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            on_line(line.rstrip())
    if process.returncode:
        said = " / ".join(line.strip() for line in lines[-_LAST_LINES:] if line.strip())
        raise RuntimeUnavailable(f"the locked dependencies couldn't be installed: {said}. {_remedy(said)}")


def _remedy(said: str) -> str:
    if any(word in said.lower() for word in ("dns", "connect", "timed out", "network", "error sending request")):
        return "Remedy: check the network or proxy, or set UV_INDEX_URL to a package index that you can reach"
    if "hash" in said.lower():
        return "Remedy: make the lock again; a package on the index differs from the one that was locked"
    return "Remedy: make the lock again for this Python and platform (binary wheels only)"
