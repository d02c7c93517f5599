"""What an option of the choice `monitoring` says of a project, whatever its tool: its alerts, and what they read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent_graph import register
from agent_graph.bench import Bench


@dataclass(frozen=True)
class Alert:
    """One alert, and the file that says what to do when it fires ("" where it names none)."""

    name: str
    runbook: str


@dataclass(frozen=True)
class Reads:
    """Names of the metrics that one alert, dashboard or query reads, and where it stands."""

    where: str
    metrics: frozenset[str]


@dataclass(frozen=True)
class Monitoring:
    """What an option says of itself; of a project's tree each."""

    alerts: Callable[[Path], tuple[Alert, ...]]
    reads: Callable[[Path], tuple[Reads, ...]]  # what its tool can't parse is left out: the option's own check says so
    made: frozenset[str] = frozenset()  # names of metrics that the tool makes for itself


def monitoring(bench: Bench) -> Monitoring | None:
    """How this project is watched; None where the option says nothing of it."""
    return register.said(bench.stack, "monitoring", Monitoring)
