"""The demo's trace opens in `mlflow ui`."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_graph.artifacts import ROLE_NAMES
from tests.integration import mlflow_ui
from tests.integration.runs import command, finished


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the libraries below mlflow
def test_the_trace_of_the_demo_opens_in_mlflow_ui(tmp_path: Path) -> None:
    made = finished(tmp_path, "demo", command(tmp_path, "demo", "--trace"))
    with mlflow_ui.opened(made.state) as address:
        trace = mlflow_ui.only_trace(address)
    (root,) = [span for span in trace.data.spans if span.parent_id is None]
    below = {span.name for span in trace.data.spans if span.parent_id == root.span_id}
    assert root.name == "demo"
    assert root.inputs["verdict"] == made.report.verdict
    assert {f"{stage} {role}" for stage in ("design", "gate") for role in ROLE_NAMES} <= below
    assert not [span for span in trace.data.spans if span.name.startswith("call ")], "no model was asked"
