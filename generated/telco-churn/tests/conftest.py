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
def enter() -> Callable[[Path, pytest.MonkeyPatch], None]:
    """`enter(root, patch)`: the project in this folder is the one that commands work on, until the patch is undone."""

    def entered(root: Path, patch: pytest.MonkeyPatch) -> None:
        for name in config.Settings.model_fields:
            patch.delenv(config.ENV_PREFIX + name.upper(), raising=False)
        patch.setenv(config.ENV_PREFIX + "ROOT", str(root))
        patch.chdir(root)
        config.reset()

    return entered


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory, enter: Callable[[Path, pytest.MonkeyPatch], None]) -> Path:
    """A project with this checkout's config, raw files of 300 made-up rows, nothing made yet; tests get copies."""
    root = tmp_path_factory.mktemp("blank")
    shutil.copytree(ROOT / "config", root / "config")
    with pytest.MonkeyPatch.context() as patch:
        enter(root, patch)
        write_raw(make_rows(LANDED), root / "data" / "raw")
    return root


@pytest.fixture(scope="session")
def lay_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Gives a project's `artifacts` an empty MLflow database: making one takes seconds, copying it none."""
    import sqlite3
    from contextlib import closing

    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")  # waits for the disk once a change, not four times
    MlflowClient(f"sqlite:///{path}").search_experiments()

    def lay(artifacts: Path) -> None:
        with closing(sqlite3.connect(path)) as made, closing(sqlite3.connect(artifacts / "mlflow.db")) as copy:
            made.backup(copy)

    return lay


@pytest.fixture
def project(
    tmp_path: Path,
    blank: Path,
    enter: Callable[[Path, pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The root of a project of its own: this checkout's config, filled landing folder, nothing made yet."""
    root = Path(shutil.copytree(blank, tmp_path / "project"))
    enter(root, monkeypatch)
    return root
