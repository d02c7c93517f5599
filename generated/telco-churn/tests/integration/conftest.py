"""A project in which the whole pipeline has run on made-up rows, for the tests that need one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from telco_churn import config
from telco_churn.cli import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, landed: Path, lay_store: Callable[[Path], None]) -> Path:
    """The root of a project in which every command from `ingest` to `promote` has done its work."""
    root = tmp_path_factory.mktemp("pipeline")
    shutil.copytree(ROOT / "config", root / "config")
    (root / "config" / "tuned.json").unlink(missing_ok=True)
    _make_quick(root / "config")
    shutil.copytree(landed, root / "data" / "raw")
    (root / "artifacts").mkdir()
    lay_store(root / "artifacts")
    with pytest.MonkeyPatch.context() as patch:
        _enter(root, patch)
        for command in ("ingest", "validate", "features", "train", "evaluate", "promote"):
            assert main([command]) == 0, command
    return root


@pytest.fixture
def root(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The trained project as the working directory."""
    _enter(trained, monkeypatch)
    return trained


def _make_quick(folder: Path) -> None:
    """Small members and no bars: made-up rows carry a signal of their own, not that of real ones."""
    training = yaml.safe_load((folder / "training.yaml").read_text(encoding="utf-8"))
    for member in training["members"]:
        member["rounds"] = member["max_rounds"] = 8
    (folder / "training.yaml").write_text(yaml.safe_dump(training), encoding="utf-8")
    features = yaml.safe_load((folder / "features.yaml").read_text(encoding="utf-8")) | {"thresholds": []}
    (folder / "features.yaml").write_text(yaml.safe_dump(features), encoding="utf-8")


def _enter(root: Path, patch: pytest.MonkeyPatch) -> None:
    for name in config.Settings.model_fields:
        patch.delenv(config.ENV_PREFIX + name.upper(), raising=False)
    patch.setenv(config.ENV_PREFIX + "ROOT", str(root))
    patch.chdir(root)
    config.reset()
