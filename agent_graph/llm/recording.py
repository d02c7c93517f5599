"""A run's exchanges as a file of lines, to be repeated exactly and without a network."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeGuard

from pydantic import TypeAdapter, ValidationError

from agent_graph.errors import BadInput
from agent_graph.llm.request import Call
from agent_graph.llm.wire import Fault, Reply

FORMAT = 1


class ReplayMiss(BadInput):
    """The recording doesn't hold this question: prompts, model or parameters are others than then."""


class Recorder:
    """Appends one line for each exchange: what was asked, and the reply or fault. Never a key or a header."""

    def __init__(self, path: Path, scrub: Callable[[str], str]) -> None:
        self._path, self._scrub, self._lock = path, scrub, threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("", "utf-8")  # a recording is of one run
        except OSError as error:
            raise BadInput(f"--record {path} can't be written: {error.strerror}") from error

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
    except (ValueError, KeyError, TypeError, ValidationError):
        raise BadInput(f"{where} is no line of a recording (format {FORMAT})") from None


def _scrubbed(value: Any, scrub: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {scrub(key): _scrubbed(part, scrub) for key, part in value.items()}
    return [_scrubbed(part, scrub) for part in value] if _is_list(value) else value


def _is_list(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, list | tuple)
