"""Takes chosen files out of a dead sandbox: by folder fd, never following a link, never blocking, within bounds.

What comes out is opaque: content only, mode 0600, nothing is parsed, loaded or run.
"""

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Literal

from agent_graph.errors import SandboxSetupError
from agent_graph.sandbox.policy import Export, ExportedFile, Limits

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_DENIED = {".git", ".hg", ".svn", ".ssh", ".gitmodules"}
_LONGEST_NAME = 200
_SIGNS = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}  # categories that steer a line instead of standing in it
_MOST_SKIPPED = 1000


class _FullError(Exception):
    """A bound of the whole export is reached; its text says which."""


def checked_path(path: str) -> PurePosixPath:
    """A path to collect, relative to /work; SandboxSetupError if it could lead elsewhere."""
    parts = PurePosixPath(path)
    if parts.is_absolute() or not parts.parts or ".." in parts.parts:
        raise SandboxSetupError(f"cannot collect {path!r}: give a path relative to /work, without '..'")
    return parts


def export(work: int, paths: Sequence[str], target: Path, limits: Limits) -> Export:
    """Copy `paths` below the folder fd `work` into the new or empty folder `target`."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise SandboxSetupError(f"the export folder {target} must be empty")
    collector = _Collector(limits)
    truncated: str | None = None
    with _opened(target) as out:
        try:
            for path in dict.fromkeys(map(checked_path, paths)):
                collector.take(work, out, path)
        except _FullError as full:
            truncated = str(full)
    return Export(target, collector.files, tuple(collector.skipped), collector.bytes, truncated)


@contextmanager
def _opened(path: str | Path, parent: int | None = None) -> Iterator[int]:
    fd = os.open(path, FOLDER, dir_fd=parent)
    try:
        yield fd
    finally:
        os.close(fd)


class _Collector:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.files: dict[str, ExportedFile] = {}
        self.skipped: list[tuple[str, str]] = []
        self.bytes = 0
        self._seen = 0

    def take(self, work: int, out: int, path: PurePosixPath) -> None:
        """Walk down to one asked path, then take it, whole if it is a folder."""
        if str(path) in self.files:
            return
        source, target = os.dup(work), os.dup(out)
        try:
            for depth, part in enumerate(path.parts[:-1]):
                source = _replace(source, os.open(part, FOLDER, dir_fd=source))
                _make_folder(part, target)
                target = _replace(target, os.open(part, FOLDER, dir_fd=target))
                self._check_name(part, "/".join(path.parts[: depth + 1]))
            self._entry(source, target, path.name, str(path), len(path.parts))
        except OSError as problem:
            self._skip(str(path), problem.strerror or "unreadable")
        finally:
            os.close(source)
            os.close(target)

    def _check_name(self, name: str, shown: str) -> bool:
        why = "denied name" if name in _DENIED else _name_problem(name)
        if why:
            self._skip(shown, why)
        return why is None

    def _skip(self, path: str, why: str) -> None:
        self.skipped.append((path.encode("utf-8", "backslashreplace").decode()[:300], why))
        if len(self.skipped) >= _MOST_SKIPPED:
            raise _FullError("too many entries refused")

    def _entry(self, source: int, target: int, name: str, path: str, depth: int) -> None:
        self._seen += 1
        if self._seen > self._limits.files:
            raise _FullError("too many entries")
        if not self._check_name(name, path):
            return
        try:
            facts = os.stat(name, dir_fd=source, follow_symlinks=False)
            if stat.S_ISLNK(facts.st_mode):
                self._skip(path, "symbolic link")
            elif stat.S_ISDIR(facts.st_mode):
                self._folder(source, target, name, path, depth)
            elif stat.S_ISREG(facts.st_mode):
                self._file(source, target, name, path)
            else:
                self._skip(path, "special file")
        except OSError as problem:
            self._skip(path, problem.strerror or "unreadable")

    def _folder(self, source: int, target: int, name: str, path: str, depth: int) -> None:
        if depth >= self._limits.depth:
            self._skip(path, "too deep")
            return
        with _opened(name, source) as below:
            _make_folder(name, target)
            with _opened(name, target) as out, os.scandir(below) as listing:
                for entry in listing:
                    self._entry(below, out, entry.name, f"{path}/{entry.name}", depth + 1)

    def _file(self, source: int, target: int, name: str, path: str) -> None:
        read = os.open(name, _READ, dir_fd=source)
        try:
            facts = os.fstat(read)
            if not stat.S_ISREG(facts.st_mode):
                self._skip(path, "special file")
            elif facts.st_nlink > 1:
                self._skip(path, "hard link")
            elif facts.st_size > self._limits.file:
                self._skip(path, f"too big ({facts.st_size} bytes)")
            elif path not in self.files:
                self._copy(read, target, name, path, facts.st_size)
        finally:
            os.close(read)

    def _copy(self, read: int, target: int, name: str, path: str, size: int) -> None:
        if self.bytes + size > self._limits.disk:
            raise _FullError("too many bytes")
        digest = hashlib.sha256()
        copied = 0
        with os.fdopen(os.open(name, _WRITE, 0o600, dir_fd=target), "wb") as write:
            while data := os.read(read, min(1 << 20, size - copied)):
                write.write(data)
                digest.update(data)
                copied += len(data)
        self.files[path] = ExportedFile(copied, digest.hexdigest())
        self.bytes += copied


def _replace(old: int, new: int) -> int:
    os.close(old)
    return new


def _make_folder(name: str, parent: int) -> None:
    try:
        os.mkdir(name, 0o700, dir_fd=parent)
    except FileExistsError:
        return


def _name_problem(name: str) -> str | None:
    try:
        encoded = name.encode("utf-8")
    except UnicodeEncodeError:
        return "name is not UTF-8"
    if len(encoded) > _LONGEST_NAME:
        return "name is too long"
    if any(unicodedata.category(letter) in _SIGNS for letter in name):
        return "control character in the name"
    return None


def usage(folder: int, limits: Limits) -> Literal["files", "depth"] | None:
    """Which bound the tree below this folder fd breaks, "files" or "depth", if any; never follows a link."""
    return _usage(folder, limits, 0, [0])


def _usage(folder: int, limits: Limits, depth: int, count: list[int]) -> Literal["files", "depth"] | None:
    if depth > limits.depth:
        return "depth"
    try:
        listing = os.scandir(folder)
    except OSError:
        return None
    with listing:
        for entry in listing:
            count[0] += 1
            if count[0] > limits.files:
                return "files"
            if entry.is_dir(follow_symlinks=False):
                try:
                    below = os.open(entry.name, FOLDER, dir_fd=folder)
                except OSError:
                    continue
                try:
                    if broken := _usage(below, limits, depth + 1, count):
                        return broken
                finally:
                    os.close(below)
    return None
