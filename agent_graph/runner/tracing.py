"""`--trace`: what a run did, as spans in MLflow: its stages, designs with their calls, gates with their checks.

The spans are made when the run has ended, from the events that it told and the calls that its report lists: a run
without a trace pays nothing for it. Neither prompts nor answers are written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from agent_graph.artifacts import Event, ExecutionReport, ModelCall, Usage
from agent_graph.settings import settings

EXPERIMENT = "agent-graph"
KINDS = {"design": "AGENT", "gate": "EVALUATOR", "prove": "EVALUATOR", "check": "EVALUATOR", "step": "TOOL"}
NANO = 1_000_000_000
Calls = Mapping[str, tuple[ModelCall, ...]]  # by role


@dataclass
class Trace:
    """Listens to a run; `finish` turns what it heard into one MLflow trace."""

    emit: Callable[[Event], None]
    began: float = field(default_factory=time.time)
    heard: list[tuple[float, Event]] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        """Hear an event and pass it on."""
        self.heard.append((time.time(), event))
        self.emit(event)

    def finish(self, report: ExecutionReport) -> None:
        """Write the trace of the run that has made this report, beside the runs, and say how to look at it."""
        facts = {"statement": report.statement, "verdict": report.verdict, "reason": report.reason}
        calls: Calls = {each.role: each.authorship.calls for each in report.roles if each.authorship}
        address = self.write(settings().state_dir / "traces", report.name, facts, calls)
        self.emit(Event("report", "", f"trace: mlflow ui --backend-store-uri {address}"))

    def write(self, folder: Path, name: str, facts: dict[str, Any], calls: Calls) -> str:
        """Write the trace into `<folder>/mlflow.db`; returns the address that `mlflow ui --backend-store-uri` takes.

        `facts` stand at the run's span. Of the calls, those of this run stand each below the design it was made for;
        every span above holds the sum of what is below it.
        """
        import mlflow

        folder.mkdir(parents=True, exist_ok=True)
        address = f"sqlite:///{folder / 'mlflow.db'}"
        mlflow.set_tracking_uri(address)
        mlflow.set_experiment(EXPERIMENT)
        left = {role: [call for call in made if _began(call) >= self.began] for role, made in calls.items()}
        everything = _used([call for made in left.values() for call in made])
        root = _span(name, "WORKFLOW", None, self.began, everything, inputs=facts)
        for moment, event in self.heard:
            if event.seconds:
                _stage(root, moment, event, left)
        last = max([self.began, *(moment for moment, _ in self.heard)])
        for role, made in left.items():  # of a design that never was: nobody told its end
            _calls(root, role, made, last)
        root.set_outputs(facts.get("verdict"))
        root.end(end_time_ns=int(last * NANO))
        mlflow.flush_trace_async_logging()
        return address


def _stage(root: Any, moment: float, event: Event, left: dict[str, list[ModelCall]]) -> None:
    """The span of a stage; a design's takes the calls that were made for it out of those that are left."""
    mine: list[ModelCall] = []
    if event.stage == "design":
        mine = [call for call in left.get(event.role, []) if _began(call) <= moment]
        left[event.role] = [call for call in left.get(event.role, []) if _began(call) > moment]
    attributes = {"stage": event.stage, "text": event.text, "verdict": event.verdict, **_used(mine)}
    name = f"{event.stage} {event.role or event.text}".strip()
    span = _span(name, KINDS.get(event.stage, "TASK"), root, moment - event.seconds, attributes)
    _calls(span, event.role, mine, moment)
    span.end(end_time_ns=int(moment * NANO))


def _calls(parent: Any, role: str, calls: list[ModelCall], latest: float) -> None:
    """A span for each call. What was received before a kill took its seconds then, so it may end `latest`."""
    for call in calls:
        attributes = {
            "model": call.model,
            "outcome": call.outcome,
            "asked again because": call.again,
            "source": call.source,
            "revision": call.revision,
            "design": call.design,
            "mlflow.chat.tokenUsage": {  # MLflow adds these up for the trace; only calls have it, so nothing twice
                "input_tokens": call.usage.prompt_tokens,
                "output_tokens": call.usage.completion_tokens,
                "total_tokens": call.usage.tokens,
                "cache_read_input_tokens": call.usage.cached_tokens,
            },
            **_used([call]),
        }
        span = _span(f"call {call.number} {role}", "CHAT_MODEL", parent, _began(call), attributes)
        span.set_status("OK" if call.outcome == "answered" else "ERROR")
        span.end(end_time_ns=int(min(_began(call) + call.usage.seconds, latest) * NANO))


def _span(name: str, kind: str, parent: Any, began: float, attributes: dict[str, Any], **more: Any) -> Any:
    import mlflow

    return mlflow.start_span_no_context(
        name, span_type=kind, parent_span=parent, attributes=attributes, start_time_ns=int(began * NANO), **more
    )


def _used(calls: list[ModelCall]) -> dict[str, Any]:
    """What calls used together, as attributes; {} without calls, and no amount of money where a price is unknown."""
    if not calls:
        return {}
    found = sum((call.usage for call in calls), Usage()).model_dump()
    return {f"usage.{key}": value for key, value in found.items() if value is not None}


def _began(call: ModelCall) -> float:
    return datetime.fromisoformat(call.began).timestamp()
