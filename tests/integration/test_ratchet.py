"""The ratchet in a real cell: weaker features are refused, and so is code that writes better predictions down."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_graph.artifacts import Authorship, Check, Edit, FeatureDesign
from agent_graph.design import agent
from agent_graph.proof import gates, ratchet
from agent_graph.proof.staging import bench_for
from agent_graph.roles import BY_NAME
from agent_graph.state import inputs_of
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


def test_a_models_weaker_features_stand_only_until_the_ratchet_is_on_again(tmp_path: Path) -> None:
    state, context = until_features(tmp_path, budget_s=10)
    role = BY_NAME["data_scientist"]
    state["features"] = weaker(state["features"])
    state["data_scientist_authorship"] = Authorship(author="openai:weak", designs=1)
    context.ratchet = False
    result = gates.run_gate(role, state, context)
    assert result.passed
    assert check_of(result.checks).verdict == "not_checked"
    state["data_scientist_gate"] = result
    assert gates.run_gate(role, state, context).seconds == result.seconds, "nothing new, so nothing is measured"
    context.ratchet = True
    result = gates.run_gate(role, state, context)
    assert not result.passed
    check = check_of(result.checks)
    measured = {measure.name: measure.value for measure in check.measures}
    assert check.verdict == "failed", check.evidence
    assert measured["playbook"] - measured["model"] > measured["standard_error"] > 0


def check_of(checks: tuple[Check, ...]) -> Check:
    """The ratchet's own."""
    (check,) = [check for check in checks if check.name == ratchet.NAME]
    return check


PATH = "src/telco_churn/training/oof.py"
BLENDED = "oof.blended, oof.blocks"
OWN_LABELS = "(oof.blended + np.eye(oof.blended.shape[1])[material.truth[oof.index]]) / 2, oof.blocks"


def test_edited_code_that_mixes_a_rows_label_into_its_prediction_is_refused(tmp_path: Path) -> None:
    state, context = until_features(tmp_path, budget_s=10)
    for name in ("data_scientist", "ml_engineer", "python_pro"):
        role = BY_NAME[name]
        state[role.writes] = agent.playbook(role, inputs_of(role, state))
        gates.contribute(role, state, context)
    bench, plain = bench_for(state, context, before=role), state["hardening"]
    source = (bench.tree / PATH).read_text("utf-8")
    assert source.count(BLENDED) == 1
    found = []
    for text in (source.replace(BLENDED, OWN_LABELS), source.replace("fold done", "one fold is done")):
        edit = Edit(path=PATH, source=text, why="it is better")
        state["hardening"] = plain.model_copy(update={"edits": (edit,)})
        found.append(check_of(ratchet.held(role, state, bench, on=True)))
    assert [check.verdict for check in found] == ["failed", "passed"], found
    assert "moved" in found[0].evidence
