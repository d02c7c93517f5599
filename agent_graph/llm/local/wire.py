"""A GGUF file as a provider: llama.cpp in a process of its own, which is loaded at the first question of a run."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from agent_graph.errors import BadInput
from agent_graph.llm.abilities import Ability, Mode
from agent_graph.llm.local.pinned import ENGINE_EXTRA, ENGINE_MODULE, has_engine, is_fetched, pinned, reader_path
from agent_graph.llm.local.process import Ended, TooSlow, Worker, command_of
from agent_graph.llm.notes import system_of
from agent_graph.llm.request import Call
from agent_graph.llm.spec import INTAKE, Models, ModelSpec
from agent_graph.llm.wire import Fault, Reply, Unable

CONTEXT = 8_192  # tokens, question and answer
MOST_THREADS = 8
LOADING_S = 180.0  # the most; from a warm disk it takes 2 s
Start = Callable[[], Worker]


def require_local(spec: ModelSpec) -> Path:
    """The spec's file. BadInput, with the remedy, when it or llama.cpp isn't there. Imports nothing."""
    own = spec.name == pinned().name
    path = reader_path() if own else Path(spec.name)
    if own and not is_fetched():
        raise BadInput(f"--model {spec}: the reader isn't on this machine: run `agent-graph fetch reader`")
    if not path.is_file():
        raise BadInput(f"--model {spec}: there is no such file")
    if not has_engine():
        raise BadInput(f"--model {spec}: {ENGINE_MODULE} is not installed: pip install '{ENGINE_EXTRA}'")
    return path


def default_reader() -> ModelSpec | None:
    """The reader, where it was fetched and can be run; None elsewhere: nobody has to have it."""
    return ModelSpec("local", pinned().name) if is_fetched() and has_engine() else None


def with_reader(models: Models) -> Models:
    """The models of a run, and the reader for intake where nobody was named for it and the reader is here."""
    reader = default_reader()
    if reader is None or not models.of(INTAKE).is_playbook or INTAKE in dict(models.by_role):
        return models
    return replace(models, by_role=(*models.by_role, (INTAKE, reader)))


def starter(path: Path) -> Start:
    """Starts a worker that holds this file."""
    threads = max(1, min(MOST_THREADS, len(os.sched_getaffinity(0))))
    return lambda: Worker(command_of(str(path), threads, CONTEXT))


class LocalWire:
    """One file's worker; questions of several threads are asked one after the other."""

    modes: tuple[Mode, ...] = ("strict", "plain")

    def __init__(self, start: Start, timeout_s: float) -> None:
        self._start, self._timeout_s = start, timeout_s
        self._worker: Worker | None = None
        self._lock = threading.Lock()

    def send(self, call: Call, ability: Ability) -> Reply | Fault | Unable:
        """One exchange within the limit of time; a worker that ended is started anew by the next one."""
        with self._lock:
            try:
                worker = self._worker = self._worker or self._loaded()
            except (Ended, TooSlow, OSError) as error:  # as it will the next time
                words = f"{Path(call.spec.name).name} can't be loaded: its process {_how(error)}"
                return Fault("no_such_model", words)
            try:
                found = worker.ask(_question(call, ability.mode), self._timeout_s)
            except TooSlow:
                self._worker = None
                return Fault("timed_out", f"no answer within {self._timeout_s:.0f} s", began=True)
            except Ended as ended:
                self._worker = None
                return Fault("server_error", f"the model's process {ended}", began=True)
        return _unable(found, ability, self.modes) or _fault(found) or _reply(found)

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            if self._worker is not None:
                self._worker.close()
            self._worker = None

    def _loaded(self) -> Worker:
        worker = self._start()
        worker.hear(LOADING_S)  # that it is ready
        return worker


def _how(error: Exception) -> str:
    if isinstance(error, TooSlow):
        return f"was not ready after {LOADING_S:.0f} s"
    return f"can't be started ({error.strerror})" if isinstance(error, OSError) else str(error)


def _question(call: Call, mode: Mode) -> dict[str, Any]:
    messages = [{"role": message.role, "content": message.text} for message in call.messages]
    choice = None
    if call.choice:
        choice = {"opening": call.choice.opening, "candidates": list(call.choice.candidates)}
    else:
        messages[0]["content"] = system_of(call, mode)
    schema = {"name": call.schema_name, "schema": call.schema, "strict": True}
    return {
        "messages": messages,
        "choice": choice,
        "max_tokens": call.parameters.max_output,
        "temperature": call.parameters.temperature or 0.0,
        "seed": call.parameters.seed,
        "response_format": {"type": "json_schema", "json_schema": schema} if mode == "strict" else None,
    }


def _unable(found: dict[str, Any], ability: Ability, modes: tuple[Mode, ...]) -> Unable | None:
    """A schema that llama.cpp can make no grammar of is told in words instead."""
    below = ability.below(modes)
    said = str(found.get("error", "")).lower()
    return Unable(below, said) if below and any(word in said for word in ("grammar", "schema")) else None


def _fault(found: dict[str, Any]) -> Fault | None:
    if "error" not in found:
        return None
    if found.get("type") == "exceed_context_size_error":
        return Fault("prompt_too_long", f"the question is longer than {CONTEXT} tokens, which is what it was given")
    kind: Literal["bad_request", "server_error"] = (
        "bad_request" if found.get("type") == "invalid_request_error" else "server_error"
    )
    return Fault(kind, str(found["error"]))


def _reply(found: dict[str, Any]) -> Reply:
    finish: Any = found["finish"] if found["finish"] in ("stop", "length") else "unknown"
    return Reply(found["text"], finish, found["prompt_tokens"], found["cached_tokens"] or 0, found["completion_tokens"])
