"""Locks that must not be installed from, each beside the same lock in order; nothing is fetched, nothing is run."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agent_graph.errors import RuntimeUnavailable
from agent_graph.sandbox import build_runtime

NAME, VERSION = "six", "99.0"  # an allowed name, at a version that no index has
OFFLINE = {"UV_NO_INDEX": "1", "UV_OFFLINE": "1"}
ZEROS = "0" * 64


def wheel(name: str = NAME) -> bytes:
    """A wheel of one module."""
    info = f"{name}-{VERSION}.dist-info"
    files = {
        f"{name}.py": "x = 1\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {VERSION}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: trust\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()) for path, text in files.items()}
    files[f"{info}/RECORD"] = "".join(
        f"{path},sha256={digests[path].decode().rstrip('=')},{len(text)}\n" for path, text in files.items()
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return made.getvalue()


def source(mark: Path) -> bytes:
    """A source distribution whose building runs a program on this machine."""
    text = (
        f"open({str(mark)!r}, 'w').close()\nfrom setuptools import setup\nsetup(name={NAME!r}, version={VERSION!r})\n"
    )
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        facts = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n"
        for path, content in (("setup.py", text), ("PKG-INFO", facts)):
            entry = tarfile.TarInfo(f"{NAME}-{VERSION}/{path}")
            entry.size = len(content.encode())
            archive.addfile(entry, io.BytesIO(content.encode()))
    return made.getvalue()


def pinned(content: bytes, name: str = NAME) -> str:
    """The lock of one file."""
    return f"{name}=={VERSION} --hash=sha256:{hashlib.sha256(content).hexdigest()}\n"


Lock = Callable[[Path], tuple[Mapping[str, bytes], str]]  # folder of a mark -> files that can be had, lock


def of_a_wheel(change: Callable[[str], str], name: str = NAME) -> Lock:
    """A wheel is there; the lock is changed."""
    made = wheel(name)
    return lambda folder: ({f"{name}-{VERSION}-py3-none-any.whl": made}, change(pinned(made, name)))


def of_a_source(folder: Path) -> tuple[Mapping[str, bytes], str]:
    """Only a source distribution is there, under its true hash."""
    made = source(folder / "ran")
    return {f"{NAME}-{VERSION}.tar.gz": made}, pinned(made)


REFUSED: dict[str, tuple[Lock, str]] = {
    "a package that isn't on the list": (of_a_wheel(str, "evil"), "evil isn't on the list"),
    "a wheel of another hash": (of_a_wheel(lambda lock: f"{lock[:-65]}{ZEROS}\n"), "[Hh]ash"),
    "no hash": (of_a_wheel(lambda lock: f"{NAME}=={VERSION}\n"), "hash"),
    "no version": (of_a_wheel(lambda lock: lock.replace(f"=={VERSION}", "")), "version"),
    "an index of its own": (of_a_wheel(lambda lock: f"--index-url http://127.0.0.1:9/simple\n{lock}"), "index-url"),
    "another folder to look in": (of_a_wheel(lambda lock: f"--find-links /tmp\n{lock}"), "find-links"),
    "an address": (of_a_wheel(lambda lock: f"six @ http://127.0.0.1:9/six.whl --hash=sha256:{ZEROS}\n"), "six @"),
    "a folder of code": (of_a_wheel(lambda lock: f"{lock}-e .\n"), "-e"),
    "another file of requirements": (of_a_wheel(lambda lock: f"{lock}-r /etc/hostname\n"), "-r /etc"),
    "a source distribution, which runs when it is built": (of_a_source, "wheel|binary"),
}


def fault_of(lock: Lock, words: str) -> str | None:
    """Build from one bad lock; None when it was refused in words and left nothing."""
    import re

    with tempfile.TemporaryDirectory(prefix="trust-lock-") as name:
        folder = Path(name)
        said = _built(folder, *lock(folder))
        left = [path.name for path in (folder / "cache").glob("runtimes/*") if path.is_dir()]
        if (folder / "ran").exists():
            return "its code ran on this machine"
        if said is None or left:
            return f"was installed: {left}"
        return None if re.search(words, said) else f"refused for another reason: {said[:200]}"


def control() -> str | None:
    """The wheel under its true hash has to be installed, or the refusals above mean nothing."""
    with tempfile.TemporaryDirectory(prefix="trust-lock-") as name:
        folder = Path(name)
        return _built(folder, *of_a_wheel(str)(folder))


def _built(folder: Path, files: Mapping[str, bytes], lock: str) -> str | None:
    wheels = folder / "wheels"
    wheels.mkdir()
    for name, content in files.items():
        (wheels / name).write_bytes(content)
    with _environment({**OFFLINE, "UV_FIND_LINKS": str(wheels), "UV_CACHE_DIR": str(folder / "uv")}):
        try:
            build_runtime(lock, folder / "cache")
        except RuntimeUnavailable as error:
            return str(error)
    return None


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
