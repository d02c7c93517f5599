"""A trace holds the run's stages with their times, and what each role's questions cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_graph.artifacts import Usage
from agent_graph.context import Event
from agent_graph.tracing import EXPERIMENT, Trace


@pytest.mark.slow  # mlflow makes a database
@pytest.mark.filterwarnings("ignore")  # of the libraries below mlflow
def test_a_trace_can_be_read_back_from_mlflow(tmp_path: Path) -> None:
    import mlflow

    heard: list[Event] = []
    trace = Trace(heard.append)
    trace(Event("design", "mlops", "replicas: 2", seconds=1.5))
    trace(Event("gate", "mlops", "measuring"))
    trace(Event("gate", "mlops", "gate passed", "passed", 2.0))
    address = trace.write(tmp_path, "customers", {"verdict": "proven"}, {"mlops": Usage(calls=3, prompt_tokens=700)})
    assert len(heard) == 3
    mlflow.set_tracking_uri(address)
    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    (found,) = mlflow.search_traces(locations=[experiment.experiment_id], return_type="list")
    spans = {span.name: span for span in found.data.spans}
    assert set(spans) == {"customers", "design mlops", "gate mlops"}
    design = spans["design mlops"]
    assert design.parent_id == spans["customers"].span_id
    assert round((design.end_time_ns - design.start_time_ns) / 1e9, 1) == 1.5
    assert design.attributes["usage.prompt_tokens"] == "700"
    assert spans["gate mlops"].attributes["verdict"] == "passed"
