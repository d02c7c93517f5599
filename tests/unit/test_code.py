"""Code that a role wrote: what is turned away, in which words, and what becomes of the rest."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_graph import inspection
from agent_graph.artifacts import CustomRule, Edit, ExtraTests, HardeningDesign, Slot, Stack
from agent_graph.errors import DesignRejected
from agent_graph.inspection.fences import FUNCTIONS, NUMERIC
from agent_graph.roles.python_pro.playbook.design import RUFF_RULES
from agent_graph.writing import code, formatting, packages, rendering

GOOD = """import numpy as np


def share(part, whole):
    # a month without charges has no share
    known = np.where(whole > 0, whole, np.nan)
    return part / known
"""
TEST = """from shop.derived import share


def test_a_part_of_nothing_is_no_share() -> None:
    assert share is not None
"""
FILE = '"""A module."""\n\nimport os\n\nLIMIT = 3\n\n\ndef size(path: str) -> int:\n    return os.stat(path).st_size\n'
FILES = {"src/shop/size.py": FILE, "tests/conftest.py": "", "tests/unit/test_size.py": TEST}


def slot(source: str = GOOD, name: str = "share", inputs: tuple[str, ...] = ("part", "whole")) -> Slot:
    """A slot with this source."""
    return Slot(name=name, inputs=inputs, source=source, why="what part of it is used")


def body(line: str) -> str:
    """The good function with another line in it."""
    return GOOD.replace("    # a month without charges has no share", f"    {line}")


def refusal(source: str, name: str = "share", inputs: tuple[str, ...] = ("part", "whole")) -> str:
    """Why the source is turned away."""
    with pytest.raises(DesignRejected) as refused:
        inspection.functions("derived", [slot(source, name, inputs)])
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_plain_function_of_columns_is_taken() -> None:
    inspection.functions("derived", [slot()])
    metric = slot("def cost(truth, predictions):\n    return float((truth - predictions).sum())\n", "cost", ())
    inspection.functions("custom_metrics", [metric], leading=("truth", "predictions"))
    with pytest.raises(DesignRejected, match="inputs is empty"):
        inspection.functions("derived", [metric])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def share(part, whole):\n    return (part", "is no Python"),
        ("return 1", "outside the function|no Python"),
        ("x = 1", "stands outside the function"),
        (GOOD + "\n\nprint(share(1, 2))\n", "stands outside the function"),
        (GOOD + "\n\ndef other(part):\n    return part\n", "must define one function, share"),
        (GOOD.replace("def share", "def ratio"), "must define one function, share"),
        (GOOD.replace("def share", "async def share"), "outside the function"),
        (GOOD.replace("part, whole", "part"), r"called as share\(<part>, <whole>\)"),
        (GOOD.replace("part, whole", "part, whole=1"), "without"),
        (GOOD.replace("part, whole", "*columns"), "without"),
        (GOOD.replace("def share", "@staticmethod\ndef share"), "decorator"),
        (GOOD.replace("return part / known", "known"), "returns nothing"),
        (body("yield part"), "no class, yield or await"),
        ("import os\n" + GOOD, "import of os isn't allowed"),
        (body("import subprocess"), "import of subprocess isn't allowed"),
        ("from socket import socket\n" + GOOD, "import of socket"),
        ("import importlib\n" + GOOD, "import of importlib"),
        ("import ctypes\n" + GOOD, "import of ctypes"),
        ("import requests\n" + GOOD, "import of requests: no such dependency here; there are numpy, pandas, scipy"),
        ("from shop.ingest import load_processed\n" + GOOD, "import of shop.ingest: no such dependency"),
        ("from . import ingest\n" + GOOD, "relative imports"),
        ("from math import *\n" + GOOD, "hides what is used"),
        ("import scipy.io\n" + GOOD, "reaches outside"),
        ("from numpy import loadtxt\n" + GOOD, "reaches outside"),
        (body('text = open("/etc/passwd").read()'), r"open\(\) isn't allowed"),
        (body('eval("1")'), r"eval\(\) isn't allowed"),
        (body('exec("1")'), r"exec\(\) isn't allowed"),
        (body('__import__("os")'), r"__import__\(\) isn't allowed"),
        (body('getattr(np, "load")'), r"getattr\(\) isn't allowed"),
        (body("run = eval"), r"eval\(\) isn't allowed"),
        (body("__builtins__"), "__builtins__ isn't allowed"),
        (body("().__class__.__base__.__subclasses__()"), "reaches behind Python's back"),
        (body("np._core"), "private"),
        (body('np.load("x.npy")'), "reaches outside"),
        (body("np.ctypeslib"), "reaches outside"),
        (body("part.tofile(whole)"), "reaches outside"),
        (body("np.random.default_rng()"), "is different every time"),
        (body("np.datetime64.today()"), "depends on the clock"),
        (body("whole.setflags(write=True)"), "changes an input"),
        (body("share.seen = part"), "keeps state or changes an input"),
        (body("global known"), "keep state between rows"),
        (body("hash(part)"), "differs between processes"),
        (body("known = 1  # noqa"), "silences a tool"),
        (body("known = 1  # type: ignore[x]"), "silences a tool"),
        (body("# TODO: better"), "unfinished work"),
        (body('known = "{{ 7 * 7 }}"'), "a mark of a template"),
        (body('known = "{% raw %}"'), "a mark of a template"),
        (body("known = '\u202e'"), "invisible character U.202E"),
        (body("known = '\x00'"), "invisible character U.0000"),
        (body("known = '\ud800'"), "invisible character U.D800"),
        ("# -*- coding: utf-7 -*-\n" + GOOD, "another encoding"),
        (body("known = unknown"), "ruff finds: .*F821"),
        (body("whole == None"), "ruff finds: .*E711|B015"),
        (body("known = 1\n") * 20, "at most 60 are taken"),
        (body("known = " + "(" * 300 + ")" * 300), "can't be parsed|no Python"),
        (body("known = " + "-" * 5000 + "1"), "can't be parsed|no Python"),
        (body("known = " + "9" * 6000), "can't be parsed|no Python"),
        (body("known = '" + "x" * 20000 + "'"), "at most 60 are taken"),
    ],
    ids=lambda value: value[-40:] if isinstance(value, str) else None,
)  # fmt: skip
def test_a_bad_source_is_turned_away_in_words(source: str, words: str) -> None:
    assert re.search(words, refusal(source)), refusal(source)


@pytest.mark.parametrize("name", ["No", "sum", "class", "match", "np", "a b", "x; import os", "a" * 51, ""])
def test_a_name_that_is_no_plain_new_name_is_turned_away(name: str) -> None:
    assert "name" in refusal(GOOD, name)


def test_functions_of_one_module_get_along() -> None:
    other = slot("import math as np\n\n\ndef log(part):\n    return np.log(part)\n", "log", ("part",))
    with pytest.raises(DesignRejected, match="'np' means math here and something else beside it"):
        inspection.functions("derived", [slot(), other])
    with pytest.raises(DesignRejected, match="given twice"):
        inspection.functions("derived", [slot(), slot()])
    with pytest.raises(DesignRejected, match="at most 20"):
        inspection.functions("derived", [slot(name=f"share_{i}") for i in range(21)])


def test_inputs_are_columns_that_may_be_read() -> None:
    uses = {"left": "target", "refund": "leak"}
    for name, words in (
        ("left", "it is the target"),
        ("refund", "it is the leak"),
        ("wage", "there is no such column"),
    ):
        with pytest.raises(DesignRejected, match=f"'{name}' cannot be an input: {words}.*; allowed are"):
            inspection.columns("derived", [slot(inputs=(name, "part"))], {"part": "float"}, uses)
    with pytest.raises(DesignRejected, match="stands twice"):
        inspection.columns("derived", [slot(inputs=("part", "part"))], {"part": "float"}, uses)
    inspection.columns("derived", [slot()], {"part": "float", "whole": "float"}, uses)


def test_what_the_fence_allows_is_a_dependency_of_every_project() -> None:
    declared = {setting.key for setting in packages.runtime((), Stack())}
    assert set(NUMERIC) <= declared
    assert formatting.RULES == RUFF_RULES
    assert "os" not in FUNCTIONS.modules


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("assert True\n", "does something when the module is imported"),
        ("def helper() -> None:\n    assert helper\n", "there is no function test_"),
        ("def test_it() -> None:\n    print(1)\n", "asserts nothing"),
        ("def test_it() -> None:\n    assert True\n", "asserts nothing"),
        ("import socket\n\n\ndef test_it() -> None:\n    assert socket.gethostname()\n", "import of socket"),
        (
            "import requests\n\n\ndef test_it() -> None:\n    assert requests\n",
            "import of requests: no such dependency",
        ),
        ("def test_it() -> None:\n    assert eval('1')\n", r"eval\(\) isn't allowed"),
        ("def test_it() -> None:\n    assert ().__class__.__mro__\n", "reaches behind"),
        ("import os\n\n\ndef test_it() -> None:\n    assert os.environ\n", "import of os"),
    ],
)
def test_a_test_module_that_can_not_fail_or_reaches_out_is_turned_away(source: str, words: str) -> None:
    with pytest.raises(DesignRejected, match=words):
        inspection.tests([ExtraTests(name="more", source=source, why="")], ("numpy", "pytest"), "shop")


def test_a_plain_test_module_is_taken_and_told_why() -> None:
    module = ExtraTests(name="more", source=TEST, why='it """ended""" early once')
    inspection.tests([module], ("numpy", "pytest"), "shop")
    files = code.extra_tests(HardeningDesign.model_construct(unit_tests=(module,)))
    assert list(files) == ["tests/unit/test_extra_more.py"]
    text = files["tests/unit/test_extra_more.py"]
    assert ast.get_docstring(ast.parse(text)) == "It '''ended''' early once."
    assert text.endswith(TEST)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("../outside.py", "leaves the project"),
        ("/etc/cron.d/job.py", "leaves the project"),
        ("src/shop/../../x.py", "leaves the project"),
        ("src\\shop\\size.py", "leaves the project"),
        ("./src/shop/size.py", "leaves the project"),
        ("src/shop/size.txt", "no Python file"),
        ("Makefile", "no Python file"),
        ("src/shop/sizes.py", "has no such file"),
        ("src/size.py", "there is src/shop/size.py"),
        ("tests/conftest.py", "stays as it is"),
    ],
)
def test_an_edit_stays_among_the_projects_own_python_files(path: str, words: str) -> None:
    with pytest.raises(DesignRejected, match=words):
        inspection.edits([Edit(path=path, source=FILE, why="")], FILES, (), "shop")


def edited(source: str) -> None:
    """Inspect an edit of the module."""
    inspection.edits([Edit(path="src/shop/size.py", source=source, why="")], FILES, ("numpy",), "shop")


def test_an_edit_may_do_what_the_file_did_and_no_more() -> None:
    edited(FILE)
    edited(FILE.replace("LIMIT = 3", "LIMIT = 4"))
    with pytest.raises(DesignRejected, match="LIMIT is gone"):
        edited(FILE.replace("LIMIT = 3\n", ""))
    with pytest.raises(DesignRejected, match="import of socket"):
        edited(FILE.replace("import os", "import os\nimport socket"))
    with pytest.raises(DesignRejected, match="import of requests"):
        edited(FILE.replace("import os", "import os\n\nimport requests"))
    with pytest.raises(DesignRejected, match="silences a tool"):
        edited(FILE.replace("LIMIT = 3", "LIMIT = 3  # noqa: E501"))
    with pytest.raises(DesignRejected, match="ruff finds"):
        edited(FILE.replace("st_size", "st_size == None"))


def test_the_body_stays_and_the_header_is_typed() -> None:
    text = code.function(slot())
    assert text.startswith("def share(part: np.ndarray, whole: np.ndarray) -> Any:\n")
    assert '    """What part of it is used."""\n    # a month without charges has no share\n' in text
    one_line = code.function(slot("def share(part, whole): return part / whole", "share"))
    assert one_line.endswith("    return part / whole")
    spread = code.function(slot("def share(\n    part,\n    whole,\n):\n  '''Own words.'''\n\n  return part\n"))
    assert spread.endswith("Any:\n  '''Own words.'''\n\n  return part")


def test_a_source_is_never_read_as_a_template() -> None:
    source = 'def share(part, whole):\n    return part, "{{ 7 * 7 }} {% raw %} {# x #}"\n'
    template = rendering.environment().from_string("{{ slot | function }}")
    assert '"{{ 7 * 7 }} {% raw %} {# x #}"' in template.render(slot=slot(source))


def test_a_source_that_was_not_inspected_is_not_rendered() -> None:
    for name in ("other", "share; import os"):
        with pytest.raises(ValueError, match="no function of that name"):
            code.function(slot(name=name))


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_reason_ends_its_docstring(why: str) -> None:
    made = code.function(Slot(name="share", inputs=("part", "whole"), source=GOOD, why=why))
    tree = ast.parse("\n".join(["import numpy as np", "from typing import Any", made]))
    assert [type(node).__name__ for node in tree.body] == ["Import", "ImportFrom", "FunctionDef"]
    function = tree.body[2]
    assert isinstance(function, ast.FunctionDef)
    assert len(function.body) == 3
    assert "{" not in (ast.get_docstring(function) or "")
    assert all(len(line) <= formatting.LINE_LENGTH for line in made.split("\n"))


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_is_taken_or_turned_away_and_never_breaks_the_inspection(source: str) -> None:
    with pytest.raises(DesignRejected):
        inspection.functions("derived", [slot(source)])


def test_a_rule_is_a_slot_with_a_bar() -> None:
    rule = CustomRule(name="share", inputs=("part", "whole"), source=GOOD, why="", most=0.01, severity="error")
    inspection.functions("custom_rules", [rule])
