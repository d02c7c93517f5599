"""What every tracking option is held to: the host compares what the tool wrote with what the project did."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent_graph import register
from agent_graph.artifacts import Chosen, Setting, Stack
from agent_graph.measuring.reported import recomputed
from agent_graph.options.tracking import conformance
from agent_graph.sandbox import Result, SessionResult, StepResult
from tests.checks.test_ml_engineer import answers, problem, seal, table

MEMBER = {"name": "linear", "weight": 1.0, "parameters": {"C": 0.3}}
NAMES = {"trials_tracked", "tracked_scores_true", "tracked_run_whole", "champion_tracked"}


class Store:
    """A bench whose project kept one model, and a probe that tells this of the tool."""

    def __init__(self, folder: Path) -> None:
        truth, values = answers()
        self.folder = folder
        self.told: dict[str, Any] = {}
        self.adopted = {"config/tuned.json": json.dumps({"members": [MEMBER], "trials": {"complete": 2, "pruned": 1}})}
        self.bench: Any = SimpleNamespace(
            store=folder, stack=Stack(), problem=problem(), sealed=seal(folder, truth), adopted=self.adopted,
            manifest=SimpleNamespace(champion="champion", experiment="e", registered_model="m"), session=self.session,
            training=None,
        )  # fmt: skip
        kept = {
            "reports/evaluation.json": json.dumps({"members": [{"name": "linear", "weight": 1.0}]}),
            "plots/importance.png": "a picture",
            "models/7/weights.npz": "weights",
            "models/7/model.json": "stamped later",
            "serving/current.json": json.dumps({"version": "7"}),
        }
        for name, text in kept.items():
            (folder / "artifacts" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "artifacts" / name).write_text(text)
        table(values).write_csv(folder / "artifacts" / "oof.csv")
        self.score = recomputed(problem(), truth, values)["roc_auc"]
        files = [folder / "artifacts" / name for name in list(kept)[:3]]
        train = {
            "id": "r", "of": "r", "parameters": {"linear.C": "0.3", "linear.weight": "1.0"},
            "metrics": {"roc_auc": self.score, "seconds": 3.0},
            "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        }  # fmt: skip
        self.told["runs"] = {"trials": 3, "whole": 3, "parents": 1, "runs": [train]}
        self.told["versions"] = {"versions": ["6", "7"], "aliases": {"champion": "7"}, "runs": {"6": "q", "7": "r"}}

    def session(self, steps: Any, **_: object) -> tuple[SessionResult, Path]:
        told = [StepResult(s.name, "exit", 0, 0.1, 0.1, 1, json.dumps(self.told[s.name]), "") for s in steps]
        return SessionResult(Result.__new__(Result), tuple(told), None), self.folder

    def verdicts(self) -> dict[str, str]:
        return {check.name: check.verdict for check in conformance.check(self.bench)}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_a_store_that_holds_what_the_project_did_passes(store: Store) -> None:
    assert store.verdicts() == dict.fromkeys(NAMES, "passed")
    assert set(register.choices()["tracking"].checks) == NAMES


def test_an_evaluation_may_be_a_run_of_its_own(store: Store) -> None:
    (train,) = store.told["runs"]["runs"]
    evaluation = {**train, "id": "s", "metrics": {"evaluation_roc_auc": store.score}, "parameters": {}}
    store.told["runs"]["runs"] = [{**train, "files": {"w": train["files"]["weights.npz"]}}, evaluation]
    assert set(store.verdicts().values()) == {"passed"}


@pytest.mark.parametrize(
    ("check", "path", "value"),
    [
        ("trials_tracked", ("runs", "trials"), 2),
        ("trials_tracked", ("runs", "whole"), 2),
        ("trials_tracked", ("runs", "parents"), 3),
        ("trials_tracked", ("runs", "trials"), "3"),
        ("tracked_scores_true", ("runs", "runs", 0, "metrics"), {"roc_auc": 0.999}),
        ("tracked_scores_true", ("runs", "runs", 0, "metrics"), {"roc_auc": "high"}),
        ("tracked_scores_true", ("runs", "runs", 0, "metrics"), {"evaluation_roc_auc": 0.999}),
        ("tracked_scores_true", ("runs", "runs", 0, "metrics"), {"seconds": 3.0}),
        ("tracked_scores_true", ("runs", "runs"), []),
        ("tracked_run_whole", ("runs", "runs", 0, "parameters"), {"linear.C": "0.4", "linear.weight": "1.0"}),
        ("tracked_run_whole", ("runs", "runs", 0, "parameters"), {"linear.C": "0.3"}),
        ("tracked_run_whole", ("runs", "runs", 0, "files", "importance.png"), "0" * 64),
        ("tracked_run_whole", ("runs", "runs", 0, "files", "weights.npz"), "0" * 64),
        ("tracked_run_whole", ("runs", "runs", 0, "files"), {}),
        ("tracked_run_whole", ("versions", "runs"), {"7": "another"}),
        ("champion_tracked", ("versions", "aliases"), {"champion": "6"}),
        ("champion_tracked", ("versions", "aliases"), {}),
        ("champion_tracked", ("versions", "aliases"), {"champion": "../7"}),
        ("champion_tracked", ("versions", "versions"), ["6"]),
        ("champion_tracked", ("versions", "runs"), {"7": "gone"}),
    ],
)
def test_what_the_tool_keeps_otherwise_is_a_fault(store: Store, check: str, path: tuple[Any, ...], value: Any) -> None:
    place: Any = store.told
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    assert store.verdicts()[check] == "failed"


@pytest.mark.parametrize("answer", [None, 7, [], {"runs": 3}, {"runs": [3, {"id": "r"}]}])
def test_an_answer_of_no_sense_is_a_fault_and_no_crash(store: Store, answer: Any) -> None:
    store.told["runs"] = answer
    assert set(store.verdicts().values()) == {"failed"}


@pytest.mark.parametrize(
    ("value", "said", "same"),
    [(True, "true", True), (True, "True", True), (True, True, True), (True, "false", False), (False, "0.3", False),
     (0.05, "0.05", True), (3, "3.0", True), (3, 4, False), ("auto", "auto", True), (None, "None", True)],
)  # fmt: skip
def test_a_parameter_is_the_same_however_a_tool_writes_it(store: Store, value: Any, said: Any, same: bool) -> None:
    member = MEMBER | {"parameters": {"extra": value}}
    store.adopted["config/tuned.json"] = json.dumps({"members": [member], "trials": {"complete": 2, "pruned": 1}})
    (run,) = store.told["runs"]["runs"]
    run["parameters"] = {"linear.extra": said, "linear.weight": "1.0"}
    assert (store.verdicts()["tracked_run_whole"] == "passed") is same


def test_the_plan_s_plain_member_may_have_been_taken_for_the_search_s(store: Store) -> None:
    plain = SimpleNamespace(name="linear", kind="linear", parameters=(Setting(key="C", value="1.0"),))
    trees = SimpleNamespace(name="trees", kind="lightgbm", parameters=())
    (run,) = store.told["runs"]["runs"]
    run["parameters"] = {"linear.C": "1.0", "linear.weight": "1.0"}
    assert store.verdicts()["tracked_run_whole"] == "failed"
    store.bench.training = SimpleNamespace(members=(plain, trees))
    assert store.verdicts()["tracked_run_whole"] == "passed"
    run["parameters"] = {"linear.C": "2.0", "linear.weight": "1.0"}
    assert store.verdicts()["tracked_run_whole"] == "failed", "neither the search's nor the plan's"
    both = [{"name": "linear", "weight": 0.5, "parameters": {"C": 0.3}}, {"name": "trees", "weight": 0.5}]
    store.adopted["config/tuned.json"] = json.dumps({"members": both, "trials": {"complete": 2, "pruned": 1}})
    evaluation = store.folder / "artifacts" / "reports" / "evaluation.json"
    evaluation.write_text(json.dumps({"members": both}))
    run["parameters"] = {"linear.C": "1.0", "linear.weight": "0.5", "trees.weight": "0.5"}
    run["files"]["evaluation.json"] = hashlib.sha256(evaluation.read_bytes()).hexdigest()
    assert store.verdicts()["tracked_run_whole"] == "failed", "beside others it is the search's"


def test_a_model_that_was_changed_after_its_run_is_a_fault(store: Store) -> None:
    (store.folder / "artifacts" / "models" / "7" / "weights.npz").write_text("other weights")
    assert store.verdicts()["tracked_run_whole"] == "failed"


@pytest.mark.parametrize(
    "written",
    ["[]", '{"members": 3}', '{"members": [3]}', '{"members": [{"name": [1], "weight": 1}]}',
     '{"members": [{"name": "linear"}]}', "[" * 9000,
     '{"members": [{"name": "linear", "weight": 1, "parameters": [1]}]}'],
)  # fmt: skip
def test_a_report_of_another_form_is_a_fault_of_the_project_and_none_of_ours(store: Store, written: str) -> None:
    (store.folder / "artifacts" / "reports" / "evaluation.json").write_text(written)
    assert store.verdicts()["tracked_run_whole"] == "failed"


@pytest.mark.parametrize("digest", [["x"], {"a": 1}, None, 3])
def test_a_digest_that_is_none_is_no_file(store: Store, digest: object) -> None:
    store.told["runs"]["runs"][0]["files"] = {"weights.npz": digest}
    assert store.verdicts()["tracked_run_whole"] == "failed"


def test_only_the_description_of_the_version_itself_may_change_afterwards(store: Store) -> None:
    (store.folder / "artifacts" / "models" / "7" / "members").mkdir()
    (store.folder / "artifacts" / "models" / "7" / "members" / "model.json").write_text("a member's own")
    assert store.verdicts()["tracked_run_whole"] == "failed"


def test_a_version_is_served_that_the_registry_does_not_call_champion(store: Store) -> None:
    (store.folder / "artifacts" / "serving" / "current.json").write_text('{"version": "6"}')
    assert store.verdicts()["champion_tracked"] == "failed"


def test_what_cannot_be_compared_is_not_checked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.adopted.clear()  # no sound search result
    assert store.verdicts()["trials_tracked"] == "not_checked"
    option = replace(register.option_of(Stack(), "tracking"), name="silent", says=None)
    monkeypatch.setattr(register, "options", lambda: {("tracking", "silent"): option})
    chosen = Chosen(choice="tracking", option="silent", confidence=1.0, reason="a stranger's")
    store.bench.stack = Stack(chosen=(chosen,))
    assert store.verdicts() == dict.fromkeys(NAMES, "not_checked")


def test_before_anything_was_trained_nothing_is_checked(store: Store) -> None:
    store.bench.store = store.folder / "nowhere"
    assert store.verdicts() == dict.fromkeys(NAMES, "not_checked")
