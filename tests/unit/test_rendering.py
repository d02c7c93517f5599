"""Values enter generated files only through filters that quote them."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agent_graph.writing import formatting, rendering
from agent_graph.writing.formatting import formatted

ROOT = Path(__file__).resolve().parents[2]
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(PLAIN)
def test_py_is_a_literal_of_the_same_value(value: object) -> None:
    assert ast.literal_eval(rendering.py(value)) == value


@given(st.text())
def test_a_text_through_py_is_one_token_on_one_line(text: str) -> None:
    source = f"x = {rendering.py(text)}\n"
    assert source.count("\n") == 1
    assert ast.literal_eval(ast.parse(source).body[0].value) == text  # type: ignore[attr-defined]


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(alphabet='1e-06.+"\\ '))
def test_a_number_stays_a_number_and_a_text_a_text_in_json_and_yaml(number: float, text: str) -> None:
    for value in (number, text, 1e-06, -3e22, [number, {text: number, "then": text}]):
        quoted = rendering.to_json(value)
        assert json.loads(quoted) == value
        assert yaml.safe_load(quoted) == value


@given(st.text())
def test_json_text_is_json_and_yaml_of_the_same_value(text: str) -> None:
    quoted = rendering.to_json(text)
    assert json.loads(quoted) == text
    if not any(0xD800 <= ord(c) <= 0xDFFF or ord(c) > 0xFFFF for c in text):  # YAML reads no surrogate pairs
        assert yaml.safe_load(quoted) == text


@given(st.text())
def test_md_keeps_a_text_on_one_line_without_markup(text: str) -> None:
    line = rendering.md(text)
    assert "\n" not in line
    assert "<" not in line.replace("\\<", "")


@given(st.text())
def test_a_comment_ends_at_the_end_of_its_line(text: str) -> None:
    source = f"# {rendering.comment(text)}\nx: 1\n"
    assert yaml.safe_load(source) == {"x": 1}
    assert len(source.splitlines()) == 2


@given(st.text())
def test_ident_is_a_python_name(text: str) -> None:
    assert rendering.ident(text).isidentifier()


def test_py_refuses_what_has_no_literal() -> None:
    with pytest.raises(TypeError, match="object can't become"):
        rendering.py(object())


def test_formatting_sorts_imports_and_leaves_a_broken_file_as_it_is() -> None:
    made = formatted({"a.py": "import sys\nimport os\nprint( os,sys )\n", "b.py": "def (\n", "c.md": "#x"})
    assert made["a.py"] == "import os\nimport sys\n\nprint(os, sys)\n"
    assert made["b.py"] == "def (\n"
    assert made["c.md"] == "#x"


def test_the_same_files_are_formatted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    called, ruff = [], formatting._ruff

    def counted(arguments: list[str], root: Path) -> str:
        called.append(arguments[0])
        return ruff(arguments, root)

    monkeypatch.setattr(formatting, "_ruff", counted)
    files = {"once.py": "x=1\n", "once.md": "once"}
    first, again = formatted(files), formatted(dict(files))
    assert first == again == {"once.py": "x = 1\n", "once.md": "once"}
    assert first is not again
    assert called == ["check", "format"]


def test_no_two_test_modules_of_a_project_have_one_name() -> None:
    names = [path.name for path in (ROOT / "templates").rglob("test_*.py.jinja")]
    assert sorted(names) == sorted(set(names)), "pytest reads them in one run, where a name can stand but once"
