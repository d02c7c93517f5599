"""The ratchet in a real cell: features that carry signal, but less than the playbook's, are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_graph import gates
from agent_graph.artifacts import Authorship, FeatureDesign
from agent_graph.team import BY_NAME
from tests.integration.turns import until_features

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
    state, context = until_features(tmp_path, budget_s=10)
    context.ratchet = on
    state["features"] = weaker(state["features"])
    state["data_scientist_authorship"] = Authorship(author="openai:weak", designs=1)
    result = gates.run_gate(BY_NAME["data_scientist"], state, context)
    (check,) = [check for check in result.checks if check.name == "no_worse_than_playbook"]
    measured = {measure.name: measure.value for measure in check.measures}
    assert check.verdict == ("failed" if on else "not_checked"), check.evidence
    assert result.passed is not on
    if on:
        assert measured["playbook"] - measured["model"] > measured["standard_error"] > 0
