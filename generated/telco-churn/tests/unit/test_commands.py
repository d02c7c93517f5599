"""How a command's outcome becomes output and an exit code."""

import json

import pytest

from telco_churn import cli
from telco_churn.data import ingest
from telco_churn.errors import BadInput, ProjectError, QualityGateFailed


def _outcome(monkeypatch: pytest.MonkeyPatch, run: object) -> int:
    monkeypatch.setattr(ingest, "run", run)
    return cli.main(["ingest"])


def test_a_result_is_printed_as_one_json_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _outcome(monkeypatch, lambda: {"rows": 3}) == 0
    assert json.loads(capsys.readouterr().out) == {"rows": 3}


def test_a_command_without_a_result_prints_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _outcome(monkeypatch, lambda: None) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("kind", "code"), [(ProjectError, 1), (BadInput, 2), (QualityGateFailed, 3)])
def test_each_kind_of_failure_has_its_exit_code(
    kind: type[ProjectError], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise kind("the thing\nis wrong", {"breaches": 2})

    assert _outcome(monkeypatch, fail) == code
    captured = capsys.readouterr()
    assert captured.err == "error: the thing is wrong\n"
    assert json.loads(captured.out) == {"breaches": 2}


def test_a_bug_shows_its_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ZeroDivisionError("ours")

    assert _outcome(monkeypatch, fail) == 1
    assert "Traceback" in capsys.readouterr().err


def test_no_command_at_all_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "COMMAND" in capsys.readouterr().err
