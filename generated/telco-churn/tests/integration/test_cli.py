"""The command line as another program sees it: exit codes, one clear line for bad input, results on stdout."""

import subprocess
import sys
from pathlib import Path

import pytest

from telco_churn.cli import COMMANDS, main
from telco_churn.config import ENV_PREFIX, reset

SOURCES = Path(__file__).resolve().parents[2] / "src"


def _refusal(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr that says what was wrong (log lines are JSON objects and come before it)."""
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    lines = [line for line in captured.err.splitlines() if not line.startswith("{")]
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert command in capsys.readouterr().out


def test_the_list_of_commands_names_each_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")}
    assert listed == set(COMMANDS)


def test_an_unknown_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predikt"]) == 2
    assert "predikt" in _refusal(capsys)


def test_an_unknown_option_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest", "--fast"]) == 2
    assert "--fast" in _refusal(capsys)


@pytest.mark.parametrize("words", [["predict", "--output", "out.csv"], ["validate"]])
def test_a_missing_input_file_is_named(words: list[str], project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--input", str(project / "nowhere.csv")]) == 2
    assert "nowhere.csv" in _refusal(capsys)


def test_a_file_that_is_no_table_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = project / "broken.csv"
    broken.write_bytes(b"\x00\xff\x00\xfe" * 64)
    assert main(["validate", "--input", str(broken)]) in (2, 3)
    assert "Traceback" not in capsys.readouterr().err


def test_an_empty_landing_folder_is_bad_input(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in sorted((project / "data" / "raw").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert main(["ingest"]) == 2
    _refusal(capsys)


def test_a_setting_that_is_no_number_is_named(
    monkeypatch: pytest.MonkeyPatch, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(ENV_PREFIX + "THREADS", "many")
    reset()
    assert main(["ingest"]) == 2
    assert "THREADS" in _refusal(capsys)


def test_the_package_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "telco_churn", "predikt"],
        cwd=SOURCES,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
