"""A run's exchanges as a file of lines, to be repeated exactly and without a network."""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard

from pydantic import TypeAdapter, ValidationError

from agent_graph.errors import BadInput
from agent_graph.llm.request import Call
from agent_graph.llm.wire import Fault, Reply

FORMAT = 1
_BEGINS = b'{"format": '  # every line of a recording


class ReplayMiss(BadInput):
    """The recording doesn't hold this question: prompts, model or parameters are others than then."""


def require_new(path: Path) -> None:
    """BadInput when there is something at the path of a recording that is about to begin."""
    if path.exists() and (not path.is_file() or path.stat().st_size):
        raise BadInput(f"--record {path} exists already: name another file, or move that one away")


def one_of(record: Path | None, replay: Path | None) -> None:
    """BadInput when both are wished for."""
    if record and replay:
        raise BadInput("--record and --replay exclude each other: a replay asks nobody; give one of them")


class Recorder:
    """Appends one line for each exchange: what was asked, and the reply or fault. Never a key or a header.

    What the file holds already stays: a resumed run goes on in its recording. See `require_new` for one that begins.
    """

    def __init__(self, path: Path, scrub: Callable[[str], str]) -> None:
        """BadInput when the file can't be written."""
        self._path, self._scrub, self._lock = path, scrub, threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            with path.open("r+b") as file:
                _mend(file)
                file.seek(0)
                self._held = Counter(_replied(line) for line in file.read().splitlines())
        except OSError as error:
            raise BadInput(f"--record {path} can't be written: {error.strerror}") from error

    def again(self, call: Call, reply: Reply, seconds: float) -> None:
        """Append a reply of before the run was killed, unless the kill came after it was recorded."""
        with self._lock:
            held = self._held[call.digest] > 0
            self._held[call.digest] -= held
        if not held:
            self.write(call, reply, seconds)

    def write(self, call: Call, outcome: Reply | Fault, seconds: float) -> None:
        """Append one exchange."""
        line = {
            "format": FORMAT,
            "digest": call.digest,
            "request": _scrubbed(call.content(), self._scrub),
            "reply" if isinstance(outcome, Reply) else "fault": _scrubbed(asdict(outcome), self._scrub),
            "seconds": round(seconds, 3),
        }
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _mend(file: BinaryIO) -> None:
    """Take off a last line of ours that a kill or a full disk left half written; end any other."""
    content = file.read()
    start = content.rfind(b"\n") + 1
    tail = content[start:]
    if not tail:
        return
    if tail.startswith(_BEGINS) and not tail.endswith(b"}"):
        file.truncate(start)
    else:
        file.write(b"\n")


def _replied(line: bytes) -> str:
    """The digest of the call that a line holds the reply to; "" when it holds none."""
    try:
        digest, outcome, _ = _exchange(line.decode("utf-8"), "")
    except (BadInput, UnicodeDecodeError):
        return ""
    return digest if isinstance(outcome, Reply) else ""


class Replay:
    """Answers from a recording, each question's in the order in which they came."""

    def __init__(self, path: Path) -> None:
        """Read the whole file. BadInput when it isn't a recording."""
        self._path, self._lock = path, threading.Lock()
        self._left: defaultdict[str, deque[tuple[Reply | Fault, float]]] = defaultdict(deque)
        try:
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                digest, outcome, seconds = _exchange(line, f"{path}, line {number}")
                self._left[digest].append((outcome, seconds))
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"--replay {path} can't be read: {error}") from error

    def take(self, call: Call) -> tuple[Reply | Fault, float]:
        """The next recorded outcome of this call and its seconds. ReplayMiss when there is none left."""
        with self._lock:
            left = self._left[call.digest]
            if not left:
                raise ReplayMiss(
                    f"{self._path} holds no answer of {call.spec} to this question ({call.digest[:12]}): the prompt, "
                    "the model, the parameters or the data have changed; record it anew"
                )
            return left.popleft()


def _exchange(line: str, where: str) -> tuple[str, Reply | Fault, float]:
    try:
        loaded = json.loads(line)
        kind: type[Reply | Fault] = Reply if "reply" in loaded else Fault
        outcome = TypeAdapter(kind).validate_python(loaded["reply" if kind is Reply else "fault"])
        return str(loaded["digest"]), outcome, float(loaded["seconds"])
    except (ValueError, KeyError, TypeError, ValidationError, RecursionError):
        raise BadInput(f"{where} is no line of a recording (format {FORMAT})") from None


def _scrubbed(value: Any, scrub: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {scrub(key): _scrubbed(part, scrub) for key, part in value.items()}
    return [_scrubbed(part, scrub) for part in value] if _is_list(value) else value


def _is_list(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, list | tuple)
