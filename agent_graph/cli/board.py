"""The live board: six agents, what each is doing, its checks, the time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from agent_graph.artifacts import ROLE_NAMES, Event
from agent_graph.errors import one_line

ROWS = ("intake", *ROLE_NAMES, "prove", "report")


@dataclass
class Row:
    """One line of the board."""

    state: str = "waiting"  # waiting | working | passed | failed
    text: str = ""
    passed: int = 0
    failed: int = 0
    open: int = 0
    since: float | None = None
    spent: float = 0.0


@dataclass
class Board:
    """Hears events and redraws itself four times a second."""

    console: Console
    rows: dict[str, Row] = field(default_factory=lambda: {name: Row() for name in ROWS})
    current: str = "intake"
    started: float = field(default_factory=time.monotonic)

    def __enter__(self) -> Self:
        self._live = Live(get_renderable=self._draw, console=self.console, refresh_per_second=4, transient=False)
        self._live.start()
        self._switch("intake")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        row = self.rows[self.current]
        if row.state == "working":
            self._stop(row, "failed" if kind else "passed")
        self._live.stop()

    def hear(self, event: Event) -> None:
        """Take one event into the board."""
        if event.stage == "told":  # stays above the board
            self._live.console.print(Text(one_line(event.text)), soft_wrap=True)
            return
        name = event.role or {"prove": "prove", "report": "report", "intake": "intake"}.get(event.stage, self.current)
        if event.stage != "step" and name != self.current:
            self._switch(name)
        row = self.rows[self.current]
        if event.stage == "check":
            row.passed += event.verdict == "passed"
            row.failed += event.verdict == "failed"
            row.open += event.verdict == "not_checked"
        else:
            row.text = one_line(event.text)
        if event.stage in ("gate", "prove", "report") and event.verdict:
            self._stop(row, event.verdict)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """The board stands still meanwhile: somebody is asked."""
        self._live.stop()
        try:
            yield
        finally:
            self._live.start(refresh=True)

    def _switch(self, name: str) -> None:
        former = self.rows[self.current]
        if former.state == "working":
            self._stop(former, "passed")
        self.current = name
        row = self.rows[name]
        row.state, row.since = "working", time.monotonic()
        row.passed = row.failed = row.open = 0

    def _stop(self, row: Row, state: str) -> None:
        row.state = state
        if row.since is not None:
            row.spent += time.monotonic() - row.since
            row.since = None

    def _draw(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for name, row in self.rows.items():
            spent = row.spent + (time.monotonic() - row.since if row.since is not None else 0)
            table.add_row(
                _mark(row),
                name.replace("_", "-"),
                _checks(row),
                f"{spent:.0f} s" if spent >= 1 else "",
                Text(row.text[: max(20, self.console.width - 52)], style="dim", overflow="ellipsis", no_wrap=True),
            )
        return Group(table, Text(f"{time.monotonic() - self.started:.0f} s", style="dim"))


def _mark(row: Row) -> RenderableType:
    if row.state == "working":
        return Spinner("dots")
    return {"waiting": Text("·", style="dim"), "passed": Text("✓", style="green")}.get(
        row.state, Text("✗", style="red")
    )


def _checks(row: Row) -> str:
    counts = ((row.passed, "green", "passed"), (row.failed, "red", "failed"), (row.open, "yellow", "not checked"))
    return ", ".join(f"[{colour}]{count} {word}[/]" for count, colour, word in counts if count)
