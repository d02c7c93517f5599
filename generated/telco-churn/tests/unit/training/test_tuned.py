"""config/tuned.json: followed when sound, refused with a clear word when not, and defaults without it."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from telco_churn import config
from telco_churn.errors import BadInput
from telco_churn.training.material import Checkpoints
from telco_churn.training.recipes import recipes

SOUND: dict[str, Any] = {"name": "linear", "kind": "linear", "parameters": {}, "rounds": 5, "weight": 1.0}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration folder of its own, without tuned.json."""
    own = tmp_path / "config"
    shutil.copytree(config.settings().config_dir, own)
    (own / "tuned.json").unlink(missing_ok=True)
    monkeypatch.setenv(config.ENV_PREFIX + "CONFIG_DIR", str(own))
    monkeypatch.setenv(config.ENV_PREFIX + "ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    config.reset()
    return own


def test_without_a_search_every_member_counts_the_same(folder: Path) -> None:
    found = recipes()
    assert [one.name for one in found] == ["linear", "lightgbm", "catboost", "lightgbm_random"]
    assert len({one.weight for one in found}) == 1
    assert sum(one.weight for one in found) == pytest.approx(1.0)


def test_a_search_result_is_followed(folder: Path) -> None:
    (folder / "tuned.json").write_text(json.dumps({"members": [SOUND]}))
    (only,) = recipes()
    assert (only.name, only.rounds, only.weight) == ("linear", 5, 1.0)
    (folder / "tuned.json").write_text(json.dumps({"members": [SOUND | {"rounds": 1}]}))
    config.reset()
    assert recipes()[0].rounds == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "oracle"}, "oracle"),
        ({"rounds": 0}, "round"),
        ({"weight": 0.0}, "weight"),
        ({"weight": 0.4}, "sum to 1"),
        ({"weight": "heavy"}, "no result of tune"),
    ],
)
def test_a_broken_result_is_refused(folder: Path, change: dict[str, Any], said: str) -> None:
    (folder / "tuned.json").write_text(json.dumps({"members": [SOUND | change]}))
    with pytest.raises(BadInput, match=said):
        recipes()


def test_a_piece_of_work_is_found_again_and_only_for_the_same_inputs(folder: Path) -> None:
    kept = Checkpoints("train", "rows", 1)
    kept.keep("fold 0", {"losses": [0.5]}, {"values": np.arange(3.0)})
    found = Checkpoints("train", "rows", 1).find("fold 0")
    assert found is not None
    assert found[0] == {"losses": [0.5]}
    np.testing.assert_array_equal(found[1]["values"], np.arange(3.0))
    assert kept.find("fold 1") is None
    assert Checkpoints("train", "other rows", 1).find("fold 0") is None
    kept.clear()
    assert kept.find("fold 0") is None
