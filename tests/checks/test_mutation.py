"""The planted faults: each operator, what is left alone, and the sample."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from agent_graph.bench import PROBES
from agent_graph.measuring import mutation


def planted(body: str) -> dict[str, list[str]]:
    source = "def f(a, b):\n" + "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    found: dict[str, list[str]] = {}
    for mutant in mutation.candidates("src/p/m.py", source):
        found.setdefault(mutant.operator, []).append(mutant.after)
    return found


@pytest.mark.parametrize(
    ("code", "operator", "after"),
    [
        ("return len(a) < b", "flip comparison", "(len(a) <= b)"),
        ("return a.shape[0] >= b", "flip comparison", "(a.shape[0] > b)"),
        ("return a > 2", "flip comparison", "(a >= 2)"),
        ("return a < b", "flip comparison", "(a >= b)"),
        ("return a > 0.5", "flip comparison", "(a <= 0.5)"),
        ("return a / b >= 1", "flip comparison", "(a / b < 1)"),
        ("return a == b", "flip comparison", "(a != b)"),
        ("return a in b", "flip comparison", "(a not in b)"),
        ("return a + b", "swap arithmetic", "(a - b)"),
        ("return a * b", "swap arithmetic", "(a / b)"),
        ("return a and b", "swap and/or", "(a or b)"),
        ("return not a", "drop negation", "(a)"),
        ("return -a", "drop negation", "(a)"),
        ("if a:\n    return b", "negate condition", "(not a)"),
        ("return a[0]", "off by one", "1"),
        ("return a * 0.5", "change number", "2.0"),
        ("return g(a, True)", "flip boolean", "False"),
        ("return a", "return nothing", "return None"),
        ("raise ValueError('no')", "delete raise", "pass"),
        ("a += b", "delete statement", "pass"),
        ("a.append(b)", "delete statement", "pass"),
        ("return g(a, b)", "swap arguments", "g(b, a)"),
    ],
)
def test_each_operator_plants_its_fault(code: str, operator: str, after: str) -> None:
    assert after.replace("(not a)", "(not (a))") in planted(code)[operator]


@pytest.mark.parametrize(
    "code",
    [
        '"""Say what 1 + 1 is."""',
        'log.info("%s of %s", a + 1, b)',
        "import os",
        "x: int",
        'raise ValueError(f"{a + 1} is too many")',
        "h(random_state=1)",
        "threads = 1",
        "x = {'n_jobs': 1}",
        "for x in zip(*a, strict=True):\n    pass",
        "with threadpool_limits(1):\n    pass",
        "x = round(a, 3)",
        "x = digest(a).hexdigest()[:12]",
    ],
)
def test_what_only_speaks_or_seeds_is_left_alone(code: str) -> None:
    assert set(planted(code)) <= {"delete raise", "delete statement"}


@pytest.mark.parametrize(
    ("code", "spared", "planted_still"),
    [
        ("x = a / max(b, 1)", "off by one", "swap arithmetic"),
        ("x = where(a > 0, a, 1.0)", "change number", "flip comparison"),
        ("x = a * b + 1e-9", "change number", "swap arithmetic"),
        ("x = max(a, 1)", "flip boolean", "off by one"),
        ("x = where(a > 0, b, 1.0)", "flip boolean", "change number"),
    ],
)
def test_a_floor_or_an_epsilon_is_left_alone_and_the_rest_is_not(code: str, spared: str, planted_still: str) -> None:
    found = planted(code)
    assert spared not in found
    assert planted_still in found


def test_an_epsilon_is_neither_added_nor_taken_away() -> None:
    assert "swap arithmetic" not in planted("x = a + 1e-9 * b")
    assert planted("x = a + 0.1")["swap arithmetic"] == ["(a - 0.1)"]


def test_only_a_placeholder_that_another_method_replaces_is_left_alone() -> None:
    source = """
class Model:
    def __init__(self, size):
        self.rounds = 0
        self.limit = 5
        self.size = size + 1

    def fit(self, rounds):
        self.rounds, self.size = rounds, 2
"""
    found = {(mutant.line, mutant.operator) for mutant in mutation.candidates("src/p/m.py", source)}
    assert found == {(5, "off by one"), (6, "swap arithmetic"), (6, "off by one"), (9, "off by one")}


def test_text_is_not_subtracted() -> None:
    assert "swap arithmetic" not in planted("return 'a' + b")


def test_a_mutant_parses_and_keeps_the_numbers_of_the_lines() -> None:
    body = 'def f(a):\n    x = (\n        a\n        + "é"[0:1].count("b")\n    )  # why\n    return x\n'
    source = body + "\n\ndef last() -> int:\n    return 3\n"
    for mutant in mutation.candidates("src/p/m.py", source):
        tree = ast.parse(mutant.source)
        assert [node.lineno for node in tree.body] == [1, 9], mutant.change
        assert mutant.source != source


def test_the_sample_is_the_same_each_time_and_spread_over_modules_and_operators() -> None:
    body = "def f(a, b):\n    if a < b and not a:\n        raise ValueError\n    a += 1\n    return g(a, b) + 2\n"
    texts = {f"src/p/{name}.py": body for name in ("ingest", "drift", "metrics", "log")}
    first, again = mutation.sample(texts, 9), mutation.sample(texts, 9)
    assert first == again
    assert {mutant.path for mutant in first} == {"src/p/ingest.py", "src/p/drift.py", "src/p/metrics.py"}
    assert len({mutant.operator for mutant in first}) >= 6


def test_a_weight_gives_a_module_more_places_and_zero_none() -> None:
    body = "def f(a, b):\n    return (a + b) * (a - b) + a / b + (a < b) + (a > b)\n"
    texts = {f"src/p/{name}.py": body for name in ("ingest", "drift", "cli")}
    chosen = [Path(m.path).stem for m in mutation.sample(texts, 6, {"drift": 2, "cli": 0})]
    assert chosen.count("drift") == 4
    assert "cli" not in chosen


def test_a_planted_fault_changes_what_the_program_does(tmp_path: Path) -> None:
    source = "def f(a, b):\n    return a + b\n\n\nprint(f(2, 1))\n"
    mutation.write(mutation.sample({"src/p/m.py": source}, 5), tmp_path)
    outputs = {
        subprocess.run([sys.executable, path / "module.py"], capture_output=True, text=True, check=True).stdout
        for path in tmp_path.iterdir()
    }
    assert "3\n" not in outputs
    assert outputs == {"1\n", "None\n"}


def test_a_module_that_is_no_python_has_no_mutants() -> None:
    assert mutation.candidates("src/p/m.py", "def f(:\n") == []


def test_a_fault_that_a_test_looks_at_is_noticed_and_one_that_nobody_looks_at_is_not(tmp_path: Path) -> None:
    project, faults = tmp_path / "project", tmp_path / "faults"
    source = "import csv\n\n\ndef f(a, b):\n    return a + b, len(a) < 3\n"
    test = "from p.m import f\n\n\ndef test_f():\n    assert f([1], [2])[0] == [1, 2]\n"
    for path, text in (("src/p/__init__.py", ""), ("src/p/m.py", source), ("tests/unit/test_m.py", test)):
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text)
    mutants = mutation.sample({"src/p/m.py": source}, 9)
    mutation.write(mutants, faults)
    lines = tmp_path / "lines.json"
    lines.write_text(json.dumps({"src/p/m.py": {"5": ["tests/unit/test_m.py::test_f"]}}))
    environment = {**os.environ, "PYTHONPATH": str(project / "src"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    words = [sys.executable, str(PROBES / "run_mutants.py"), str(faults), str(lines), "9", "2"]
    ended = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=True)
    codes = {said["number"]: said["code"] for said in map(json.loads, ended.stdout.splitlines())}
    unnoticed = {mutants[number].after for number, code in codes.items() if code == 0 and number >= 0}
    assert codes.pop(-1) == 0
    assert len(codes) == len(mutants)
    assert unnoticed == {"(len(a) <= 3)", "4"}
