"""The door of a container: a unix socket for one visitor, pid 1, which hands over /work and gets its fds."""

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from agent_graph.errors import SandboxSetupError
from agent_graph.sandbox.collect import FOLDER
from agent_graph.sandbox.first import PURPOSES

_PATIENCE_S = 60.0
_NAME = "door"


@dataclass(frozen=True)
class Visitor:
    """Pid 1 of a container: its pid as seen from here, and fds of it and of its /work. Its end is the container's."""

    talk: socket.socket
    pid: int
    pidfd: int
    work: int
    returncode: None = None  # known to the engine only

    def poll(self) -> int | None:
        """0 when it has ended."""
        return 0 if select.select([self.pidfd], [], [], 0)[0] else None

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def wait(self) -> int:
        select.select([self.pidfd], [], [])
        return 0

    def admit(self, given: dict[str, int]) -> None:
        """Hand over fds by purpose; nothing more is said at this door."""
        socket.send_fds(self.talk, [b"G"], [given[purpose] for purpose in PURPOSES])
        self.talk.close()


class Door:
    """Listens in `folder`, which only its owner can enter on this side, until the visitor came."""

    def __init__(self, folder: Path) -> None:
        self._folder = os.open(folder, FOLDER)
        self._socket = socket.socket(socket.AF_UNIX)
        self._visitor: Visitor | None = None
        try:
            # By fd: a socket's path may have 107 bytes only.
            self._socket.bind(f"/proc/self/fd/{self._folder}/{_NAME}")
            (folder / _NAME).chmod(0o666)
            self._socket.listen(1)
        except OSError as problem:
            self.close()
            raise SandboxSetupError(f"no socket can be made in {folder}: {problem.strerror}") from problem

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Whatever happened: no fd stays open."""
        self._socket.close()
        if self._visitor is not None:
            self._visitor.talk.close()
            os.close(self._visitor.pidfd)
            os.close(self._visitor.work)
        os.close(self._folder)

    def wait(self, client: subprocess.Popen[bytes], said: int, uid: int) -> Visitor:
        """The visitor, when it came and is who it should be; then the door is gone.

        SandboxSetupError when the engine's client ended first, with what it wrote to the pipe `said`.
        """
        ended = os.pidfd_open(client.pid)
        try:
            came, _, _ = select.select([self._socket.fileno(), ended], [], [], _PATIENCE_S)
        finally:
            os.close(ended)
        if self._socket.fileno() not in came:
            raise SandboxSetupError(f"the container did not start: {_heard(said) or _NOBODY_CAME}")
        talk, _ = self._socket.accept()
        os.unlink(_NAME, dir_fd=self._folder)
        self._socket.close()
        talk.settimeout(_PATIENCE_S)
        self._visitor = _identify(talk, uid)
        return self._visitor


_NOBODY_CAME = "nobody came to its door; the engine must run on this machine's own kernel and see its files"


def _identify(talk: socket.socket, uid: int) -> Visitor:
    pid, real, _ = struct.unpack("3i", talk.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    if pid <= 0 or real != uid:
        talk.close()
        raise SandboxSetupError(f"the container runs as user {real} and not as {uid}: is the engine's a remapped one?")
    _, fds, _, _ = socket.recv_fds(talk, 1, 1)
    if len(fds) != 1:
        talk.close()
        raise SandboxSetupError("the container came to its door without /work")
    return Visitor(talk, pid, os.pidfd_open(pid), fds[0])


def _heard(said: int) -> str:
    os.set_blocking(said, False)
    try:
        return os.read(said, 1 << 16).decode("utf-8", "replace").strip()[-2000:]
    except BlockingIOError:
        return ""
