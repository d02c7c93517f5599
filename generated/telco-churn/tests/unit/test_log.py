"""Logs: one JSON object a line on stderr, nothing on stdout."""

import json

import pytest

from telco_churn.log import get_logger


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_a_line_holds_time_level_logger_message_and_the_extra_fields(capsys: pytest.CaptureFixture[str]) -> None:
    get_logger("somewhere").warning("read %d rows", 3, extra={"file": "a.csv"})
    (line,) = _lines(capsys)
    assert line["level"] == "warning"
    assert line["logger"] == "telco_churn.somewhere"
    assert line["message"] == "read 3 rows"
    assert line["file"] == "a.csv"
    assert str(line["time"]).endswith("+00:00")


def test_a_message_over_several_lines_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    get_logger("somewhere").error("first\nsecond")
    assert [line["message"] for line in _lines(capsys)] == ["first\nsecond"]


def test_an_exception_carries_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("told you so")
    except ValueError:
        get_logger("somewhere").exception("it broke")
    (line,) = _lines(capsys)
    assert "told you so" in str(line["traceback"])


def test_what_cannot_be_written_as_json_is_written_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    get_logger("somewhere").error("odd", extra={"thing": {1}})
    assert _lines(capsys)[0]["thing"] == "{1}"
