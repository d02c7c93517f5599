"""Fixtures that every test may use: made-up rows, a landing folder, a whole project. No real data is needed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from synthetic import LANDED, make_rows, write_raw

from telco_churn import config

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _fresh_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test starts from this checkout's configuration and leaves no settings behind."""
    monkeypatch.setenv(config.ENV_PREFIX + "CONFIG_DIR", str(ROOT / "config"))
    monkeypatch.delenv(config.ENV_PREFIX + "ENVIRONMENT", raising=False)
    config.reset()
    yield
    config.reset()


@pytest.fixture
def rows() -> Callable[..., pd.DataFrame]:
    """`rows(n=200, seed=0)`: made-up rows that keep the contract, with label and row number."""
    return make_rows


@pytest.fixture(scope="session")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw files of 300 made-up rows, written once; tests get copies."""
    folder = tmp_path_factory.mktemp("landed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(config.ENV_PREFIX + "CONFIG_DIR", str(ROOT / "config"))
        config.reset()
        write_raw(make_rows(LANDED), folder)
    config.reset()
    return folder


@pytest.fixture(scope="session")
def lay_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Gives a project's `artifacts` an empty MLflow database: making one takes seconds, copying it none."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()

    def lay(artifacts: Path) -> None:
        shutil.copy(path, artifacts / "mlflow.db")

    return lay


@pytest.fixture
def raw_folder(tmp_path: Path, landed: Path) -> Path:
    """A landing folder with the raw files of 300 made-up rows."""
    return Path(shutil.copytree(landed, tmp_path / "raw"))


@pytest.fixture
def project(tmp_path: Path, raw_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a project of its own: this checkout's config, filled landing folder, nothing made yet."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "config", root / "config")
    (root / "data").mkdir()
    shutil.move(raw_folder, root / "data" / "raw")
    for name in config.Settings.model_fields:
        monkeypatch.delenv(config.ENV_PREFIX + name.upper(), raising=False)
    monkeypatch.setenv(config.ENV_PREFIX + "ROOT", str(root))
    monkeypatch.chdir(root)
    config.reset()
    return root
