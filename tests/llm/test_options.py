"""What is wished of models on the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_graph.cli.options import asking_of
from agent_graph.design.asking import Asking
from agent_graph.errors import BadInput

UNTOUCHED: dict[str, Any] = {
    "tries": 3, "base_url": None, "max_usd": None, "max_tokens": None, "max_output": 8_192, "cache": True,
    "record": None, "replay": None, "sample_rows": 0, "ratchet": True,
}  # fmt: skip


def test_without_a_model_and_its_options_playbooks_answer() -> None:
    assert asking_of(None, **UNTOUCHED) is None
    assert asking_of([], tries=3, max_usd=None) is None


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"replay": Path("f.jsonl")}, "--replay"),
        ({"record": Path("f.jsonl")}, "--record"),
        ({"base_url": "http://localhost/v1"}, "--base-url"),
        ({"max_usd": 0.0}, "--max-usd"),
        ({"max_tokens": 5}, "--max-tokens"),
        ({"max_output": 1024}, "--max-output"),
        ({"tries": 5}, "--tries"),
        ({"cache": False}, "--no-cache"),
        ({"sample_rows": 5}, "--share-samples"),
        ({"ratchet": False}, "--no-ratchet"),
        ({"max_usd": 2.0, "cache": False}, "--max-usd and --no-cache"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_option_of_models_without_a_model_is_refused_by_its_name(given: dict[str, Any], option: str) -> None:
    with pytest.raises(BadInput, match=f"^{option} can't be kept without a model: .*--model openai:NAME"):
        asking_of(None, **{**UNTOUCHED, **given})
    assert asking_of(["openai:x"], **{**UNTOUCHED, **given}) is not None


def test_the_command_says_so_in_one_line_and_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    line = [
        str(Path(sys.executable).with_name("agent-graph")),
        "new",
        "Predict b.",
        "--data",
        "data.csv",
        "--replay",
        "f.jsonl",
    ]
    done = subprocess.run(line, cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--replay can't be kept without a model" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv"]


def test_the_files_of_recordings_are_kept_with_their_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asking = Asking(record=Path("a.jsonl"))
    assert asking.record == tmp_path / "a.jsonl"
    assert Asking.model_validate_json(asking.model_dump_json()) == asking


def test_a_run_that_goes_on_keeps_its_recording_and_a_rerun_begins_without() -> None:
    former = Asking(models=("openai:x",), record=Path("a.jsonl"))
    dearer = Asking(models=("openai:x",), max_usd=5.0)
    assert Asking.further(None, former) == former
    assert Asking.further(dearer, former) == dearer.model_copy(update={"record": former.record})
    assert Asking.anew(None, former, "churn") == former.model_copy(update={"record": None})
    assert Asking.anew(dearer, former, "churn") == dearer
    assert Asking.anew(None, None, "churn") is None
    live = Asking.further(dearer, Asking(models=("openai:x",), replay=Path("a.jsonl")))
    assert live is not None
    assert live.replay is None
