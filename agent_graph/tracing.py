"""`--trace`: what a run did, as spans in MLflow: its stages, designs with what they cost, gates with their checks.

The spans are made when the run has ended, from the events that it told: a run without a trace pays nothing for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent_graph.artifacts import Usage
from agent_graph.context import Event

EXPERIMENT = "agent-graph"
KINDS = {"design": "AGENT", "gate": "EVALUATOR", "prove": "EVALUATOR", "check": "EVALUATOR", "step": "TOOL"}
NANO = 1_000_000_000


@dataclass
class Trace:
    """Listens to a run; `write` turns what it heard into one MLflow trace."""

    emit: Callable[[Event], None]
    heard: list[tuple[float, Event]] = field(default_factory=list)
    began: float = field(default_factory=time.time)

    def __call__(self, event: Event) -> None:
        """Hear an event and pass it on."""
        self.heard.append((time.time(), event))
        self.emit(event)

    def write(self, folder: Path, name: str, facts: dict[str, Any], usage: dict[str, Usage]) -> str:
        """Write the trace into `<folder>/mlflow.db`; returns the address that `mlflow ui --backend-store-uri` takes.

        `facts` stand at the run's span, `usage` (by role) at the role's designs.
        """
        import mlflow

        folder.mkdir(parents=True, exist_ok=True)
        address = f"sqlite:///{folder / 'mlflow.db'}"
        mlflow.set_tracking_uri(address)
        mlflow.set_experiment(EXPERIMENT)
        root = mlflow.start_span_no_context(
            name, span_type="WORKFLOW", inputs=facts, start_time_ns=int(self.began * NANO)
        )
        for moment, event in self.heard:
            if event.seconds:
                self._span(root, moment, event, usage)
        root.set_outputs(facts.get("verdict"))
        root.end(end_time_ns=int(max([self.began, *(moment for moment, _ in self.heard)]) * NANO))
        mlflow.flush_trace_async_logging()
        return address

    def _span(self, root: Any, moment: float, event: Event, usage: dict[str, Usage]) -> None:
        import mlflow

        attributes = {"stage": event.stage, "text": event.text, "verdict": event.verdict}
        if event.stage == "design" and event.role in usage:
            attributes |= {f"usage.{key}": str(value) for key, value in usage[event.role].model_dump().items()}
        span = mlflow.start_span_no_context(
            f"{event.stage} {event.role or event.text}".strip(),
            span_type=KINDS.get(event.stage, "TASK"),
            parent_span=root,
            attributes=attributes,
            start_time_ns=int((moment - event.seconds) * NANO),
        )
        span.end(end_time_ns=int(moment * NANO))
