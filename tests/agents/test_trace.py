"""A trace holds the run's stages with their times, and each call to a model below the design it was made for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent_graph.artifacts import Event, ModelCall, Usage
from agent_graph.runner.tracing import EXPERIMENT, Trace

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # mlflow makes a database, and warns below it


def call(began: float, **more: Any) -> ModelCall:
    usage = Usage(calls=1, prompt_tokens=700, completion_tokens=50, usd=0.5, seconds=0.2, tries=1)
    known: dict[str, Any] = {"number": 1, "model": "openai:m", "source": "server", "usage": usage}
    return ModelCall(began=datetime.fromtimestamp(began, UTC).isoformat(), **known | more)


def read_back(address: str) -> tuple[Any, Mapping[str, Any]]:
    """The only trace, and its spans by name."""
    import mlflow

    mlflow.set_tracking_uri(address)
    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    (found,) = mlflow.search_traces(locations=[experiment.experiment_id], return_type="list")
    return found, {span.name: span for span in found.data.spans}


def test_a_trace_can_be_read_back_from_mlflow(tmp_path: Path) -> None:
    heard: list[Event] = []
    trace = Trace(heard.append)
    trace(Event("design", "mlops", "replicas: 2", seconds=1.5))
    trace(Event("gate", "mlops", "measuring"))
    trace(Event("gate", "mlops", "gate passed", "passed", 2.0))
    _, spans = read_back(trace.write(tmp_path, "customers", {"verdict": "proven"}, {}))
    assert len(heard) == 3
    assert set(spans) == {"customers", "design mlops", "gate mlops"}
    design = spans["design mlops"]
    assert design.parent_id == spans["customers"].span_id
    assert round((design.end_time_ns - design.start_time_ns) / 1e9, 1) == 1.5
    assert not [name for name in design.attributes if name.startswith("usage.")]
    assert spans["gate mlops"].attributes["verdict"] == "passed"


def test_each_call_stands_below_its_own_design_and_nothing_is_counted_twice(tmp_path: Path) -> None:
    now = time.time()
    trace = Trace(lambda event: None, began=now - 100)
    bad = call(now - 90, outcome="wrong_shape")
    good = call(now - 80, number=2, again="wrong_shape")
    later = call(now - 20, number=3, design=2)  # its design is made anew after the gate
    earlier = call(now - 5_000, number=4)  # of another run
    lost = call(now - 1, number=5, source="cache", usage=Usage(from_cache=True, tries=1))  # its design never came
    trace.heard += [
        (now - 70, Event("design", "mlops", "first", seconds=25)),
        (now - 10, Event("design", "mlops", "second", seconds=15)),
        (now, Event("report", "", "proven", "passed")),
    ]
    found, spans = read_back(trace.write(tmp_path, "customers", {}, {"mlops": (earlier, bad, good, later, lost)}))
    named = {span.attributes["text"]: span for span in found.data.spans if span.name == "design mlops"}
    calls = {name: span for name, span in spans.items() if name.startswith("call ")}
    below = {name: span.parent_id for name, span in calls.items()}
    first, second, root = (span.span_id for span in (named["first"], named["second"], spans["customers"]))
    assert below == {"call 1 mlops": first, "call 2 mlops": first, "call 3 mlops": second, "call 5 mlops": root}
    assert calls["call 1 mlops"].attributes["outcome"] == "wrong_shape"
    assert calls["call 1 mlops"].status.status_code == "ERROR"
    assert calls["call 2 mlops"].attributes["asked again because"] == "wrong_shape"
    assert calls["call 2 mlops"].attributes["model"] == "openai:m"
    assert calls["call 5 mlops"].attributes["source"] == "cache"
    used = [named[name].attributes["usage.prompt_tokens"] for name in ("first", "second")]
    assert used == [1_400, 700]
    assert spans["customers"].attributes["usage.prompt_tokens"] == sum(used)
    assert spans["customers"].attributes["usage.usd"] == pytest.approx(1.5)
    assert found.info.token_usage["total_tokens"] == 3 * 750  # MLflow's own sum over the trace


def test_where_a_price_is_unknown_no_span_claims_an_amount(tmp_path: Path) -> None:
    now = time.time()
    trace = Trace(lambda event: None, began=now - 9)
    free = call(now - 5, usage=Usage(calls=1, prompt_tokens=9, usd=None))
    trace.heard.append((now, Event("design", "mlops", "made", seconds=8)))
    _, spans = read_back(trace.write(tmp_path, "customers", {}, {"mlops": (free, call(now - 2, number=2))}))
    assert "usage.usd" not in spans["design mlops"].attributes
    assert "usage.usd" not in spans["call 1 mlops"].attributes
    assert spans["call 2 mlops"].attributes["usage.usd"] == 0.5
