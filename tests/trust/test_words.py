"""The words of `python -m evals.trust`: what is none of them starts nothing."""

from __future__ import annotations

import pytest

from evals.trust import __main__ as trust


@pytest.mark.parametrize("word", ["inpust", "--sampel", "--fast", "-x", "evals"])
def test_an_unknown_word_is_refused_with_one_line_and_starts_nothing(
    word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust.importlib, "import_module", _never)
    assert trust.main(["inputs", word]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert word in line
    assert "supply" in line, "what there is"


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_prints_the_parts_and_starts_nothing(
    word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust.importlib, "import_module", _never)
    assert trust.main([word]) == 0
    said = capsys.readouterr().out
    assert all(part in said for part in (*trust.PARTS, *trust.LONGER, "--sample"))


def _never(name: str) -> None:
    raise AssertionError(f"{name} was started")
