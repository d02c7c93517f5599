"""From rows to a served champion on made-up rows: train, evaluate, promote, roll back, predict, search."""

import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from made_up import WEAK as HELD

from telco_churn import config
from telco_churn.data import ingest
from telco_churn.errors import BadInput, QualityGateFailed
from telco_churn.evaluation import evaluate
from telco_churn.models.model import Model
from telco_churn.problem.answers import read
from telco_churn.registry import versions
from telco_churn.registry.versions import Trained, out_of_fold_file
from telco_churn.serving import predict
from telco_churn.training import train, tune

Enter = Callable[[Path, pytest.MonkeyPatch], None]
LINEAR = {"name": "linear", "kind": "linear", "parameters": {}, "rounds": 5, "weight": 1.0}
WEAK = LINEAR | {"name": "weak", "parameters": HELD}


# Each stage is made once, of a copy of the one before it; a test works on a copy of its own.


@pytest.fixture(scope="module")
def ingested(
    tmp_path_factory: pytest.TempPathFactory, blank: Path, enter: Enter, lay_store: Callable[[Path], None]
) -> Path:
    """A project with an empty store and its rows ingested."""
    root = Path(shutil.copytree(blank, tmp_path_factory.mktemp("ingested") / "project"))
    (root / "artifacts").mkdir()
    lay_store(root / "artifacts")
    with pytest.MonkeyPatch.context() as patch:
        enter(root, patch)
        ingest.run()
    return root


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory, ingested: Path, enter: Enter) -> tuple[Path, str]:
    """A project in which a linear candidate was trained, and its version."""
    root = Path(shutil.copytree(ingested, tmp_path_factory.mktemp("once") / "project"))
    (root / "config" / "tuned.json").write_text(json.dumps({"members": [LINEAR]}))
    with pytest.MonkeyPatch.context() as patch:
        enter(root, patch)
        return root, str(train.run()["version"])


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory, once: tuple[Path, str], enter: Enter) -> tuple[Path, str]:
    """A project in which the same candidate was trained again, and the second version."""
    root = Path(shutil.copytree(once[0], tmp_path_factory.mktemp("twice") / "project"))
    with pytest.MonkeyPatch.context() as patch:
        enter(root, patch)
        return root, str(train.run()["version"])


@pytest.fixture
def fresh(project: Path, ingested: Path) -> Path:
    """A project with an empty store and its rows ingested."""
    return Path(shutil.copytree(ingested, project, dirs_exist_ok=True))


@pytest.fixture
def trained(project: Path, once: tuple[Path, str]) -> str:
    """The version of a linear candidate that was just trained."""
    shutil.copytree(once[0], project, dirs_exist_ok=True)
    return once[1]


@pytest.fixture
def again(project: Path, trained: str, twice: tuple[Path, str]) -> str:
    """The version that a second training of the same rows gave."""
    shutil.copytree(twice[0], project, dirs_exist_ok=True)
    return twice[1]


def ask(project: Path, name: str) -> pd.DataFrame:
    """The champion's predictions of the landing folder."""
    predict.run(input=project / "data" / "raw", output=project / name)
    return pd.read_csv(project / name)


def test_a_champion_is_promoted_replaced_and_brought_back(
    project: Path, trained: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(QualityGateFailed, match="no evaluation"):
        versions.promote(version=None, force=False)
    versions.record_evaluation(trained, False)
    with pytest.raises(QualityGateFailed, match="failed"):
        versions.promote(version=None, force=False)
    versions.record_evaluation(trained, True)
    assert versions.promote(version=None, force=False) == {"champion": trained, "previous": None}
    first = ask(project, "first.csv")
    assert first["row"].tolist() == list(range(len(first)))

    (project / "config" / "tuned.json").write_text(json.dumps({"members": [WEAK]}))
    monkeypatch.setattr(train, "plain_is_better", lambda *_: False)  # so that the second is another model
    done = train.run()
    assert set(done["members"]) == {"weak"}
    second = str(done["version"])
    versions.promote(version=second, force=True)
    assert versions.champion().version == second
    assert not ask(project, "second.csv").equals(first)
    assert versions.rollback() == {"champion": trained, "previous": second}
    pd.testing.assert_frame_equal(ask(project, "again.csv"), first)
    assert [one["version"] for one in versions.versions()] == [second, trained]


def test_the_plain_member_is_the_model_where_it_does_better(
    project: Path, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "config" / "tuned.json").write_text(json.dumps({"members": [WEAK]}))
    plain = next(member["name"] for member in config.load("training")["members"] if member["kind"] == "linear")
    monkeypatch.setattr(train, "plain_is_better", lambda *_: True)
    assert set(train.run()["members"]) == {plain}


def test_what_is_served_is_what_was_promoted_whatever_its_number(project: Path, trained: str) -> None:
    """A registry that was lost counts from 1 again; a disk may damage an export."""
    serving, model = project / "artifacts" / "serving", project / "artifacts" / "models" / trained
    versions.promote(version=trained, force=True)
    assert versions.content_digest(versions.champion_folder()) == versions.content_digest(model)
    first = versions.champion_folder()
    (first / "model.json").write_text("{}")
    versions.promote(version=trained, force=True)
    assert versions.champion_folder() == first
    assert versions.champion().version == trained

    description = json.loads((model / "model.json").read_text()) | {"trained_rows": 1}
    (model / "model.json").write_text(json.dumps(description))
    versions.promote(version=trained, force=True)
    assert versions.champion().trained_rows == 1
    assert first.is_dir()  # a service may still be reading it
    assert [path.name for path in serving.iterdir() if path.name.startswith(".")] == []


def test_a_final_model_is_no_candidate_and_leaves_the_real_one_to_be_evaluated(project: Path, trained: str) -> None:
    made = train.final()
    assert versions.aliased(versions.CANDIDATE) == trained
    with contextlib.suppress(QualityGateFailed):
        assert evaluate.run()["version"] == trained
    with pytest.raises(QualityGateFailed, match="no evaluation"):
        versions.promote(version=made["version"], force=False)
    versions.promote(version=made["version"], force=True)
    assert versions.champion().version == made["version"]


def test_each_version_knows_what_it_was_trained_on(project: Path, trained: str, again: str) -> None:
    first, second = (Trained.of(version) for version in (trained, again))
    assert first.batches == second.batches == sorted(set(ingest.load_processed()[ingest.BATCH]))
    assert out_of_fold_file(again).read_bytes() == (project / "artifacts" / "oof.csv").read_bytes()
    out_of_fold_file(trained).unlink()
    with pytest.raises(BadInput, match="train"):
        out_of_fold_file(trained)


def test_an_evaluation_says_what_it_measured(project: Path, trained: str) -> None:
    with contextlib.suppress(QualityGateFailed):  # made-up labels hold no signal: a threshold may well be missed
        evaluate.run()
    report = json.loads((project / "artifacts" / "reports" / "evaluation.json").read_text())
    assert report["version"] == trained
    assert report["passed"] == all(one["passed"] for one in report["thresholds"])
    assert report["low"] <= report["score"] <= report["high"]
    assert set(report["baselines"]) == {"dummy", "linear"}
    rises = [one["loss_increase"] for one in report["importance"]]
    assert rises == sorted(rises, reverse=True)
    assert all(one["low"] <= one["loss_increase"] <= one["high"] for one in report["importance"])
    read = {name for feature in config.load("features")["features"] for name in feature["columns"]}
    assert sorted(name for one in report["importance"] for name in one["columns"]) == sorted(read)
    assert sum(one["rows"] for one in report["calibration"]["bins"]) == report["rows"]
    assert (project / "artifacts" / "plots" / "importance.png").stat().st_size > 1000


def test_the_same_rows_give_the_same_model(project: Path, trained: str, again: str) -> None:
    assert again != trained
    rows = ingest.read_rows(project / "data" / "raw", labelled=False)
    models = [Model.load(config.settings().models_dir / version) for version in (trained, again)]
    first, second = (model.predict_frame(rows) for model in models)
    np.testing.assert_array_equal(first.predicted, second.predicted)
    assert models[0].data_digest == models[1].data_digest


def test_out_of_fold_predictions_hold_each_validated_row_once(project: Path, trained: str) -> None:
    table = pd.read_csv(project / "artifacts" / "oof.csv")
    assert not table.duplicated(["batch", "row"]).any()
    assert np.isfinite(read(table)).all()


def test_a_search_writes_what_train_follows(project: Path, fresh: Path) -> None:
    plan = config.load("training")
    members = [one | {"max_rounds": 20} for one in plan["members"]]
    few = plan | {"members": members, "search": plan["search"] | {"trials": len(members)}}
    (project / "config" / "training.yaml").write_text(yaml.safe_dump(few))
    config.reset()
    result = tune.run(budget=2.0, output=None)
    tuned = json.loads((project / "config" / "tuned.json").read_text())
    assert sum(one["weight"] for one in tuned["members"]) == pytest.approx(1.0, abs=1e-3)
    assert tuned["trials"]["complete"] >= 1
    assert result["members"] == [one["name"] for one in tuned["members"]]
    assert set(tuned["baselines"]) >= {"dummy", "linear"}


def test_what_is_missing_is_named(project: Path, fresh: Path) -> None:
    with pytest.raises(BadInput, match="promote"):
        versions.champion()
    with pytest.raises(BadInput, match="train"):
        versions.promote(version=None, force=False)
    with pytest.raises(BadInput, match="roll back"):
        versions.rollback()
    with pytest.raises(BadInput, match="train"):
        evaluate.run()
    with pytest.raises(BadInput, match="budget"):
        tune.run(budget=0.0, output=None)
    with pytest.raises(BadInput, match=r"absent\.csv"):
        predict.run(input=project / "absent.csv", output=project / "out.csv")
