"""A project in which the whole pipeline has run on made-up rows, for the tests that need one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from telco_churn import config
from telco_churn.cli import main

Enter = Callable[[Path, pytest.MonkeyPatch], None]


@pytest.fixture(scope="session")
def trained(
    tmp_path_factory: pytest.TempPathFactory, blank: Path, enter: Enter, lay_store: Callable[[Path], None]
) -> Path:
    """The root of a project in which every command from `ingest` to `promote` has done its work."""
    root = Path(shutil.copytree(blank, tmp_path_factory.mktemp("pipeline") / "project"))
    (root / "config" / "tuned.json").unlink(missing_ok=True)
    (root / "artifacts").mkdir()
    lay_store(root / "artifacts")
    with pytest.MonkeyPatch.context() as patch:
        enter(root, patch)
        _make_quick(root / "config")
        enter(root, patch)
        for command in ("ingest", "validate", "features", "train", "evaluate", "promote"):
            assert main([command]) == 0, command
    return root


@pytest.fixture
def root(trained: Path, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The trained project as the working directory."""
    enter(trained, monkeypatch)
    return trained


def _make_quick(folder: Path) -> None:
    """Small members and no bars: made-up rows carry a signal of their own, not that of real ones."""
    training = config.load("training")
    members = [member | {"rounds": 8, "max_rounds": 8} for member in training["members"]]
    for name, changed in (
        ("training", training | {"members": members}),
        ("features", config.load("features") | {"thresholds": []}),
    ):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(changed), encoding="utf-8")
