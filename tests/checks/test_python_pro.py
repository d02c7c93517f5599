"""Tests that are kept from running, and lines that are kept from being counted, are named."""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent_graph.measuring import reading
from agent_graph.roles.python_pro.checks.static import _tests_configured
from agent_graph.roles.python_pro.checks.tests import never_ran

HONEST = """
[pytest.ini_options]
testpaths = ["tests"]
addopts = "-q --strict-markers --strict-config --color=no --cov"
[coverage.run]
source = ["src/p"]
branch = true
[coverage.report]
fail_under = 80
exclude_also = ["if TYPE_CHECKING:"]
"""


def faults(text: str) -> list[str]:
    design: Any = SimpleNamespace(minimum_coverage=0.8)
    return _tests_configured(tomllib.loads(text), design)


def test_an_honest_configuration_of_tests_has_no_faults() -> None:
    assert faults(HONEST) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("--color=no", "--ignore=tests/unit/test_a.py", "pytest is told --ignore"),
        ("--color=no", "--deselect=tests/unit/test_a.py::test_it", "pytest is told --deselect"),
        ("--color=no", "-k fast", "pytest is told -k"),
        ("--color=no", "-p myplugin", "pytest is told -p"),
        ('["tests"]', '["tests/unit"]', "pytest looks in"),
        ("branch = true", 'omit = ["*/serving/*"]', "coverage has omit"),
        ("fail_under = 80", "fail_under = 10", "coverage passes below 80"),
        ('["if TYPE_CHECKING:"]', '["def "]', "coverage doesn't count 'def '"),
    ],
)
def test_what_keeps_tests_or_lines_out_is_named(old: str, new: str, said: str) -> None:
    (fault,) = faults(HONEST.replace(old, new))
    assert fault.startswith(said)


def test_a_test_that_never_ran_is_named_whatever_kept_it_away(tmp_path: Path) -> None:
    (tmp_path / "tests/unit").mkdir(parents=True)
    code = (
        "def test_one():\n    assert used()\n\n\n"
        "def test_two(x):\n    assert x\n\n\n"
        "def test_later(command):\n    assert command\n\n\n"
        "class TestMore:\n    def test_three(self):\n        assert used()\n"
    )
    (tmp_path / "tests/unit/test_a.py").write_text(code)
    ran = [{"id": "tests/unit/test_a.py::TestMore::test_three"}, {"id": "tests/unit/test_a.py::test_two[a::b]"}]
    files = reading.modules(tmp_path)
    assert never_ran(files, [{"tests": ran}]) == ["tests/unit/test_a.py::test_one"]
    assert never_ran(files, [{"tests": ran}, {"tests": [{"id": "tests/unit/test_a.py::test_one"}]}]) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("docs/a.md", "We look at precision first."),
        ("config/a.yaml", 'why: "precision is what counts"  # precision'),
        ("config/a.toml", "# precision\nname = 'x'"),
    ],
)
def test_a_word_of_a_sentence_is_no_use_of_a_function(path: str, text: str) -> None:
    assert "precision" not in reading.words_of_code(path, text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("docs/a.md", "Call `precision(y, p)`."),
        ("docs/a.md", "```py\nprecision(y, p)\n```"),
        ("config/a.yaml", "metric: precision"),
        ("deploy/a.sh", 'python -c "from p import precision"'),
    ],
)
def test_a_name_in_code_or_as_a_value_is_a_use(path: str, text: str) -> None:
    assert "precision" in reading.words_of_code(path, text)
