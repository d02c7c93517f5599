"""One agent is sent back: what it changes, what follows, and what stays byte for byte."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_graph import Asking, runner
from agent_graph.artifacts import ROLE_NAMES
from agent_graph.errors import BadInput, MergeConflict
from agent_graph.runner import Outcome
from agent_graph.workspace import Workspace
from tests.integration.asked import asker
from tests.llm.server import ModelServer, serving
from tests.revise.conftest import Kept, Make, Measured, changed, hashes, nothing, project

NOTES = {
    "data_engineer": "Keep raw data for 200 days.",
    "data_scientist": "Don't use gender.",
    "ml_engineer": "At most 7 trials.",
    "python_pro": "The coverage of tests must be at least 92 %.",
    "mlops": "At least 3 replicas.",
    "observability": "Use a PSI threshold of 0.3.",
}
REPORT = {"README.md", "model_card.md"}


def owners() -> dict[str, str]:
    run = runner.project("customers")
    return Workspace(Path(run.path), runner.records.runs_folder() / run.name).owned()


@pytest.fixture(params=["playbooks", "a stub model"])
def server(request: pytest.FixtureRequest, make: Make, kept: Kept, measured: Measured) -> Iterator[ModelServer | None]:
    """The project, made by playbooks (None), or with a model that changes nothing of their designs."""
    if request.param == "playbooks":
        kept.after("made", measured, make)
        yield None
        return
    with serving(ModelServer()) as server:
        server.always = nothing
        make(asking=Asking(models=("openai:stub", "intake=playbook"), base_url=server.url))
        yield server


def test_each_role_s_rerun_changes_only_files_of_its_own_and_of_those_after_it(
    server: ModelServer | None, measured: Measured
) -> None:
    for role in reversed(ROLE_NAMES):
        before, owned = hashes(project()), owners()
        measured.gates.clear()
        asked_before = len(server.requests) if server else 0
        outcome = runner.rerun("customers", role, NOTES[role])
        if server:
            asked = [asker(request) for request in server.requests[asked_before:]]
            assert asked[0] == role
            assert set(asked) <= set(ROLE_NAMES[ROLE_NAMES.index(role) :])
        touched = {name for name in changed(before, hashes(project())) if not name.startswith("reports/")} - REPORT
        after = ROLE_NAMES[ROLE_NAMES.index(role) :]
        assert touched, role
        assert {owned.get(name, role) for name in touched} <= set(after), role
        assert {name for name in touched if owned.get(name) == role}, role
        assert measured.gates[0] == role
        assert set(measured.gates) <= set(after), role
        (said,) = [account for account in outcome.report.notes if account.note.text == NOTES[role]]
        assert [wish.verdict for wish in said.wishes] == ["followed"], said
        assert not said.not_understood


def test_a_note_that_nobody_understands_changes_nothing_and_is_said(made: Outcome, measured: Measured) -> None:
    before = hashes(project())
    measured.gates.clear()
    proofs = measured.proofs
    outcome = runner.rerun("customers", "data-scientist", "Sing a song about churn.")
    assert {name for name in changed(before, hashes(project())) if not name.startswith("reports/")} <= REPORT
    assert not measured.gates
    assert measured.proofs == proofs
    (said,) = outcome.report.notes
    assert said.not_understood


def test_notes_stay_with_their_role_until_they_are_withdrawn(made: Outcome) -> None:
    runner.rerun("customers", "data-scientist", "Don't use gender.")
    second = runner.rerun("customers", "data-scientist", "Add the ratio of monthly_bill to tenure.")
    assert [note.note.text for note in second.report.notes] == [
        "Don't use gender.",
        "Add the ratio of monthly_bill to tenure.",
    ]
    assert all(wish.verdict == "followed" for note in second.report.notes for wish in note.wishes)
    assert "gender" not in runner.state("customers")["features"].columns_used
    third = runner.rerun("customers", "data-scientist", forget=True)
    assert not third.report.notes
    assert "gender" in runner.state("customers")["features"].columns_used


def test_another_metric_is_settled_from_the_data_scientist_on(made: Outcome) -> None:
    outcome = runner.rerun("customers", "ml-engineer", "Judge by log loss.")
    assert outcome.report.problem.metric == "log_loss"
    assert runner.state("customers")["features"].metric == "log_loss"
    assert outcome.comparison is None


def test_nothing_to_do_is_said(made: Outcome) -> None:
    with pytest.raises(BadInput, match="nothing would change"):
        runner.rerun("customers", "mlops")
    with pytest.raises(BadInput, match="there is no agent 'chef'"):
        runner.rerun("customers", "chef", "cook")


def test_the_user_s_edits_survive_and_their_owner_s_gate_is_measured_again(made: Outcome, measured: Measured) -> None:
    name = next(
        name for name, owner in owners().items() if owner == "data_scientist" and name.endswith("features/pipeline.py")
    )
    path = project() / name
    path.write_text(path.read_text("utf-8") + "\n\nMINE = 1\n", "utf-8")
    (project() / "notes.txt").write_text("mine\n", "utf-8")
    measured.gates.clear()
    runner.rerun("customers", "observability", "Use a PSI threshold of 0.3.")
    assert path.read_text("utf-8").endswith("MINE = 1\n")
    assert (project() / "notes.txt").read_text("utf-8") == "mine\n"
    assert measured.gates[0] == "data_scientist"
    (edit,) = runner.state("customers")["user_edits"]
    assert (edit.path, edit.owner) == (name, "data_scientist")
    assert "+MINE = 1" in edit.text


def test_a_conflict_loses_nothing_and_is_settled_by_hand(made: Outcome) -> None:
    path = project() / "config" / "monitoring.yaml"
    mine = path.read_text("utf-8").replace("psi: 0.1", "psi: 0.7777")
    assert mine != path.read_text("utf-8")
    path.write_text(mine, "utf-8")
    with pytest.raises(MergeConflict, match=r"config/monitoring\.yaml"):
        runner.rerun("customers", "observability", "Use a PSI threshold of 0.3.")
    assert path.read_text("utf-8") == mine
    assert runner.project("customers").status == "stopped"
    identity = ["-c", "user.name=uma", "-c", "user.email=uma@example.org"]
    subprocess.run(["git", *identity, "merge", "-X", "ours", "--no-edit", "agents"], cwd=project(), check=True)
    outcome = runner.resume("customers")
    assert outcome.revision == 2
    assert "psi: 0.7777" in path.read_text("utf-8")


def test_a_note_for_another_packaging_is_built_with_it_and_only_who_sees_the_choice_designs_again(
    made: Outcome, measured: Measured
) -> None:
    before = runner.state("customers")
    measured.gates.clear()
    outcome = runner.rerun("customers", "mlops", "Use Helm instead of Kustomize.")
    after = runner.state("customers")
    assert after["stack"].option("packaging") == "helm"
    assert "a note asks for it" in next(each.reason for each in after["stack"].chosen if each.choice == "packaging")
    assert (project() / "deploy" / "helm" / "Chart.yaml").is_file()
    assert not (project() / "deploy" / "kubernetes").exists()
    assert [wish.verdict for said in outcome.report.notes for wish in said.wishes] == ["followed"]
    assert measured.gates == ["mlops", "observability"], "what the lock's owner wrote is the same: its result stands"
    for key in ("data", "features", "training", "monitoring"):
        assert after[key] == before[key]


def test_a_note_for_another_way_to_serve_changes_the_lock_the_service_and_what_is_probed(
    made: Outcome, measured: Measured
) -> None:
    measured.gates.clear()
    outcome = runner.rerun("customers", "mlops", "Use BentoML instead of FastAPI.")
    after = runner.state("customers")
    assert after["stack"].option("serving") == "bentoml"
    assert [wish.verdict for said in outcome.report.notes for wish in said.wishes] == ["followed"]
    assert measured.gates == ["python_pro", "mlops", "observability"], "the lock's owner declares other packages"
    assert after["deployment"].readiness_path == "/readyz"
    assert "path: /readyz" in (project() / "deploy/kubernetes/base/deployment.yaml").read_text("utf-8")
    assert "bentoml==" in (project() / "requirements.lock").read_text("utf-8")
    assert not list(project().rglob("tests/unit/serving/test_routes.py")), "FastAPI's own test is gone with it"
