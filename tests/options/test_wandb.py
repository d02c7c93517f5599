"""tracking=wandb: offline runs are read back from the library's own file; no trace of MLflow is left."""

from __future__ import annotations

import hashlib
import json
import runpy
import sqlite3
import struct
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from agent_graph import register
from agent_graph.sandbox import packages as listed
from agent_graph.writing import formatting
from evals.trust.projects.options.tracking_wandb import PAIRS
from tests.feedback.test_options import settled
from tests.options.conftest import Project

PROBE = Path(str(register.options()["tracking", "wandb"].says.probe))


@pytest.fixture(scope="module")
def files(project: Project) -> dict[str, str]:
    """The example's project, tracked by Weights & Biases."""
    return formatting.formatted(project(tracking="wandb"))


def test_the_project_sends_nothing_and_keeps_versions_of_its_own(files: dict[str, str]) -> None:
    package = "src/telco_churn"
    assert 'setdefault("WANDB_MODE", "offline")' in files[f"{package}/config.py"]
    assert "sqlite3" in files[f"{package}/registry/catalogue.py"]
    assert "wandb" not in files[f"{package}/registry/catalogue.py"] + files[f"{package}/registry/versions.py"]
    assert "import wandb" not in "".join(text for path, text in files.items() if path.startswith(f"{package}/serving"))
    assert "registry.db" in files["runbooks/disaster-recovery.md"]


def test_what_only_mlflow_needs_is_neither_locked_nor_named(files: dict[str, str], project: Project) -> None:
    mine, theirs = (set(listed.locked(found["requirements.lock"])) for found in (files, project()))
    assert "wandb" in mine - theirs
    assert {"mlflow", "mlflow-skinny", "flask"} <= theirs - mine
    assert not [path for path, text in files.items() if "mlflow" in f"{path}\n{text}".lower()]


@pytest.mark.parametrize(
    "words",
    [
        "We track our experiments in Weights & Biases.",
        "Experiments have to be tracked with W&B, not MLflow.",
        "Bitte mit wandb statt MLflow.",
    ],
)
def test_words_ask_for_it(words: str) -> None:
    assert settled(words).option("tracking") == "wandb"
    assert settled(words, tracking="mlflow").option("tracking") == "mlflow"


def test_jobs_reach_a_database_only_where_the_tracking_has_one(files: dict[str, str], project: Project) -> None:
    policy = "deploy/kubernetes/base/network.yaml"
    assert "5432" in project()[policy]
    assert "5432" not in files[policy]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_its_lies_and_their_twins_change_a_file_that_it_brings(
    pair: Any, files: dict[str, str], tmp_path: Path
) -> None:
    brought = [path for path in files if "/registry/" in path]
    for number, patch in enumerate((pair.lie, pair.honest)):
        tree = tmp_path / str(number)
        for path in brought:
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(files[path])
        patch(tree)
        assert [path for path in brought if (tree / path).read_text() != files[path]]


# The probe, on a file of runs that this test writes: frames as LevelDB's log has them, messages as JSON.


class Message(SimpleNamespace):
    """Stands in for a message of the library's protocol."""

    def ParseFromString(self, content: bytes) -> None:  # noqa: N802  # the library's name
        found = json.loads(content, object_hook=lambda each: SimpleNamespace(**each))
        self.__dict__.update(found.__dict__)

    def WhichOneof(self, _: str) -> str:  # noqa: N802
        return str(self.kind)


def framed(*messages: dict[str, Any]) -> bytes:
    """Records in blocks of 32 KiB, split where a block ends."""
    content = b":W&B" + b"\0\0\0"
    for message in messages:
        rest, first = json.dumps(message).encode(), True
        while True:
            left = 32_768 - len(content) % 32_768
            if left < 7:
                content += b"\0" * left
                continue
            piece, rest = rest[: left - 7], rest[left - 7 :]
            kind = (1 if not rest else 2) if first else (4 if not rest else 3)
            content += struct.pack("<IHB", 0, len(piece), kind) + piece
            first = False
            if not rest:
                break
    return content


def items(**values: Any) -> list[dict[str, Any]]:
    return [{"key": key, "nested_key": [], "value_json": json.dumps(value)} for key, value in values.items()]


def run(kind: str, identity: str, group: str, config: dict[str, Any]) -> dict[str, Any]:
    head = {"run_id": identity, "run_group": group, "job_type": kind, "project": "churn"}
    return {"kind": "run", "run": {**head, "config": {"update": items(**config)}}}


def history(**values: Any) -> dict[str, Any]:
    return {"kind": "history", "history": {"item": items(**values)}}


def lay(artifacts: Path, name: str, *messages: dict[str, Any]) -> Path:
    folder = artifacts / "wandb" / f"offline-run-{name}"
    folder.mkdir(parents=True)
    (folder / f"run-{name}.wandb").write_bytes(framed(*messages))
    return folder


def probed(command: str, artifacts: Path, name: str, monkeypatch: pytest.MonkeyPatch, said: Any) -> Any:
    protocol = ModuleType("wandb.proto")
    protocol.wandb_internal_pb2 = SimpleNamespace(Record=Message)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wandb", ModuleType("wandb"))
    monkeypatch.setitem(sys.modules, "wandb.proto", protocol)
    monkeypatch.setattr(sys, "argv", [str(PROBE), command, str(artifacts), name])
    runpy.run_path(str(PROBE))
    return json.loads(said.readouterr().out)


def test_runs_are_read_from_their_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "weights.npz"
    model.write_text("weights")
    entry = {"path": "weights.npz", "local_path": str(model)}
    artifact = {"kind": "artifact", "artifact": {"type": "model", "manifest": {"contents": [entry]}}}
    lay(tmp_path, "a", run("tune", "s", "s", {"rows": 9}), history(validation=0.8))
    lay(tmp_path, "b", run("trial", "t1", "s", {"C": 0.3}), history(loss=0.2, _step=0))
    lay(tmp_path, "c", run("trial", "t2", "s", {}), history(loss=0.2))
    long = {"linear": {"C": 0.3, "weight": 1.0}, "note": "x" * 70_000, "_wandb": {"v": 1}}
    lay(tmp_path, "d", run("train", "r", "r", long), history(roc_auc=0.8, _runtime=3), artifact)
    picture = {"_type": "image-file", "path": "media/p.png", "sha256": "what it says of itself"}
    folder = lay(tmp_path, "e", run("evaluation", "v", "r", {"evaluates": "r"}), history(plot=picture))
    (folder / "files" / "media").mkdir(parents=True)
    (folder / "files" / "media" / "p.png").write_text("a picture")
    lay(tmp_path, "f", {**run("train", "x", "x", {}), "run": {**run("train", "x", "x", {})["run"], "project": "other"}})
    found = probed("runs", tmp_path, "churn", monkeypatch, capsys)
    assert {key: found[key] for key in ("trials", "whole", "parents")} == {"trials": 2, "whole": 1, "parents": 1}
    train, evaluation = found["runs"]
    assert (train["id"], train["of"], evaluation["of"]) == ("r", "r", "r")
    assert train["parameters"] == {"linear.C": 0.3, "linear.weight": 1.0, "note": "x" * 70_000}
    assert train["metrics"] == {"roc_auc": 0.8}
    assert train["files"] == {"model/weights.npz": hashlib.sha256(b"weights").hexdigest()}
    assert evaluation["files"] == {"plot": hashlib.sha256(b"a picture").hexdigest()}


def test_trials_of_a_search_that_is_not_there_have_no_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(tmp_path, "b", run("trial", "t1", "gone", {"C": 0.3}), history(loss=0.2))
    assert probed("runs", tmp_path, "churn", monkeypatch, capsys)["parents"] == 0


def test_versions_are_read_from_the_projects_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], files: dict[str, str]
) -> None:
    tables = files["src/telco_churn/registry/catalogue.py"].split('TABLES = """')[1].split('"""')[0]
    with sqlite3.connect(tmp_path / "registry.db") as store:
        store.executescript(tables)
        store.executemany("INSERT INTO versions (run_id) VALUES (?)", [("q",), ("r",)])
        store.execute("INSERT INTO aliases VALUES ('champion', 2)")
    found = probed("versions", tmp_path, "churn", monkeypatch, capsys)
    assert found == {"versions": ["1", "2"], "aliases": {"champion": "2"}, "runs": {"1": "q", "2": "r"}}
