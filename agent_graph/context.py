"""The tools that travel with a run, beside its state: folders, the cell, the voice. Never stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent_graph.artifacts import Event, silent
from agent_graph.backends import Backend
from agent_graph.llm import Door
from agent_graph.llm.request import Sending, unread
from agent_graph.sandbox import Sandbox, build_runtime
from agent_graph.sandbox.packages import NOTHING_MORE, RUN, WHOLE
from agent_graph.workspace import Workspace


@dataclass(frozen=True)
class Colleague:
    """The models of a run, and how they are asked."""

    door: Door
    max_output: int = 8_192  # tokens of one answer, reasoning included
    sample_rows: int = 0  # open rows that a prompt may show; 0: statistics only
    on_call: Callable[[Sending], None] = unread


@dataclass
class Context:
    """One run's surroundings. `folder` holds its sealed data and what the gates keep."""

    folder: Path
    cache: Path
    workspace: Workspace
    home: Path | None = None  # the run's folder when `folder` is that of an alternative beside it
    backend: Backend = "bwrap"
    binary: Path | None = None
    guess: bool = False  # open questions are answered with the likeliest, and every verdict says so
    emit: Callable[[Event], None] = silent
    colleague: Colleague | None = None  # None: playbooks only
    ratchet: bool = True  # a model's design must not score worse than the playbook's
    stop: Callable[[], bool] = lambda: False  # whether somebody wants it to end
    review: frozenset[str] = frozenset()  # where a person wants to look: "plan", each design; "code", before the proof
    _cells: dict[str, Sandbox] = field(default_factory=dict)

    def cell(self, lock: str | None = None) -> Sandbox:
        """The sandbox with these locked dependencies, by default the project's; they are installed once per lock."""
        lock = self.workspace.text(WHOLE) if lock is None else lock
        if lock not in self._cells:
            runtime = self.environment(lock)
            self._cells[lock] = Sandbox(
                runtime, backend=self.backend, run_dir=self.cache / "cells", binary=self.binary, stop=self.stop
            )
        return self._cells[lock]

    def environment(self, lock: str, licences: Mapping[str, str] = NOTHING_MORE) -> Path:
        """The virtual environment of a lock, installed once; `licences` are of packages that only an option brings.

        RuntimeUnavailable when the lock names other packages than may be installed, or they can't be.
        """
        return build_runtime(lock, self.cache, lambda line: self.emit(Event("runtime", "", line)), licences)

    def shipped(self) -> Sandbox:
        """The sandbox with what the project ships; with everything where an older version wrote it in one lock."""
        return self.cell(self.workspace.text(RUN) if RUN in self.workspace.owned() else None)

    @property
    def store(self) -> Path:
        """What the gates of this run left for later gates: processed layers, models, the registry."""
        return self.folder / "store"

    @property
    def sealed(self) -> Path:
        """Where intake puts the open rows, the held-out rows and, outside both, the labels."""
        return (self.home or self.folder) / "sealed"

    @property
    def scratch(self) -> Path:
        """What the run needs for a moment; emptied when it is taken up again."""
        folder = self.folder / "scratch"
        folder.mkdir(parents=True, exist_ok=True)
        return folder
