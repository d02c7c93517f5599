"""The ratchet in a real cell: features that carry signal, but less than the playbook's, are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent_graph import agent, gates, intake
from agent_graph.artifacts import Authorship, FeatureDesign, Specification
from agent_graph.cli.commands import DEMO_STATEMENT
from agent_graph.context import Context
from agent_graph.role import Role
from agent_graph.state import inputs_of
from agent_graph.team import BY_NAME
from agent_graph.workspace import Workspace
from tests.integration.runs import ROOT, TELCO

pytestmark = pytest.mark.slow
WEAK = {"payment_method", "paperless_billing", "senior_citizen", "internet_service"}


def weaker(design: FeatureDesign) -> FeatureDesign:
    kept = tuple(feature for feature in design.features if set(feature.columns) <= WEAK)
    return design.model_copy(
        update={
            "features": kept,
            "slices": tuple(name for name in design.slices if name in WEAK),
            "invariant": tuple(name for name in design.invariant if name in WEAK),
            "directional": tuple(setting for setting in design.directional if setting.key in WEAK),
        }
    )


@pytest.mark.parametrize("on", [True, False])
def test_a_models_weaker_features_are_refused_unless_the_ratchet_is_off(tmp_path: Path, on: bool) -> None:
    workspace = Workspace(tmp_path / "project", tmp_path / "run")
    context = Context(tmp_path / "run", ROOT / "generated" / ".agent-graph" / "cache", workspace, ratchet=on)
    context.folder.mkdir()
    specification = Specification(
        name="telco-churn", statement=DEMO_STATEMENT, data=(str(TELCO),), target="churn", budget_s=10
    )
    profile, problem = intake.understand(specification, context)
    state: Any = {"specification": specification, "problem": problem, "tries": 3, "revision": 1, "user_edits": ()}
    state |= intake.found(specification, profile, problem, context)

    def designed(role: Role) -> Any:
        return agent.playbook(role, inputs_of(role, state))

    engineer, scientist = BY_NAME["data_engineer"], BY_NAME["data_scientist"]
    state["data"] = designed(engineer)
    assert gates.run_gate(engineer, state, context).passed
    state["features"] = weaker(designed(scientist))
    state["data_scientist_authorship"] = Authorship(author="openai:weak", designs=1)
    result = gates.run_gate(scientist, state, context)
    (check,) = [check for check in result.checks if check.name == "no_worse_than_playbook"]
    measured = {measure.name: measure.value for measure in check.measures}
    assert check.verdict == ("failed" if on else "not_checked"), check.evidence
    assert result.passed is not on
    if on:
        assert measured["playbook"] - measured["model"] > measured["standard_error"] > 0
