"""What is read out of a project's text: each finding, and that a clean project has none."""

from pathlib import Path

import pytest

from agent_graph.measuring import log_lines, reading
from agent_graph.measuring.syntax import json_value
from agent_graph.measuring.weak_tests import unable_to_fail
from agent_graph.roles.python_pro.checks.tests import covered

PYPROJECT = """
[project]
dependencies = ["numpy>=2.2"]
[project.optional-dependencies]
dev = ["pytest>=9"]
"""
LOCK = "numpy==2.4.0 \\\n    --hash=sha256:00\npytest==9.2.0 \\\n    --hash=sha256:11\n"
RUN = "numpy==2.4.0 \\\n    --hash=sha256:00\n"


def project(root: Path, **changes: str) -> Path:
    files = {
        "pyproject.toml": PYPROJECT,
        "requirements.lock": LOCK,
        "requirements-run.lock": RUN,
        "src/p/a.py": "import numpy\n\n\ndef used():\n    return numpy.pi\n",
        "tests/test_a.py": "from p.a import used\n\n\ndef test_it_is_round():\n    assert used() > 3\n",
    }
    for name, text in (files | {key.replace("__", "/"): text for key, text in changes.items()}).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_clean_project_has_no_findings(tmp_path: Path) -> None:
    root = project(tmp_path)
    files = reading.modules(root)
    assert reading.template_marks(root) == []
    assert unable_to_fail(files) == ([], 1)
    assert reading.unused(files, "") == []
    assert reading.dependency_faults(root, "p", files) == ([], 2)


@pytest.mark.parametrize("mark", ["{{ name }}", "{% if x %}", "{# note #}", "# TODO later", "# FIXME"])
def test_a_mark_left_behind_is_found_with_its_line(mark: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "config.yaml").write_text(f"a: 1\nb: {mark}\n")
    assert reading.template_marks(root)[0].startswith("config.yaml:2 ")


@pytest.mark.parametrize("line", ['f"{{{name}}}"', 'f"{share:.0%}"', '"%d" % 3', "{'a': {'b': 1}}"])
def test_braces_of_python_are_no_marks(line: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "src/p/b.py").write_text(f"name = share = 1\nx = {line}\n")
    assert reading.template_marks(root) == []


def test_braces_of_workflows_and_dashboards_are_theirs(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "monitoring").mkdir()
    (root / "monitoring/rules.yml").write_text("text: '{{ $value }}'\n")
    assert reading.template_marks(root) == []


@pytest.mark.parametrize("body", ["pass", "assert True", "used()", "x = used() > 3"])
def test_a_test_that_cannot_fail_is_found(body: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "tests/test_b.py").write_text(f"from p.a import used\n\n\ndef test_nothing():\n    {body}\n")
    weak, count = unable_to_fail(reading.modules(root))
    assert (weak, count) == (["tests/test_b.py:4 test_nothing (asserts nothing)"], 2)


@pytest.mark.parametrize(
    "body", ["_holds()", "np.testing.assert_allclose(1, 1)", "with pytest.raises(ValueError): used()"]
)
def test_other_ways_to_assert_count(body: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "tests/test_b.py").write_text(f"def _holds():\n    assert 1 < 2\n\n\ndef test_it():\n    {body}\n")
    assert unable_to_fail(reading.modules(root))[0] == []


@pytest.mark.parametrize(
    "body",
    [
        "assert used() or True",
        "x = used(); assert x == x",
        "assert isinstance(used(), object)",
        "assert len(str(used())) >= 0",
        "pytest.skip('later'); assert used() > 3",
        "return; assert used() > 3",
        "with suppress(AssertionError): assert used() > 3",
        "try:\n        assert used() > 3\n    except Exception:\n        print('well')",
    ],
)
def test_an_assertion_that_is_never_heard_counts_for_nothing(body: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "tests/test_b.py").write_text(f"def test_nothing():\n    {body}\n")
    assert unable_to_fail(reading.modules(root)) == (["tests/test_b.py:1 test_nothing (asserts nothing)"], 2)


@pytest.mark.parametrize(
    "head",
    ["pytestmark = pytest.mark.skip\n", "@pytest.mark.skip\n", "@pytest.mark.skipif(True, reason='slow')\n",
     "@pytest.mark.xfail\n", "pytest.skip('not here', allow_module_level=True)\n"],
)  # fmt: skip
def test_a_test_that_is_always_skipped_is_found(head: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "tests/test_b.py").write_text(f"{head}def test_it():\n    assert 1 < used()\n")
    (weak,), _ = unable_to_fail(reading.modules(root))
    assert weak.endswith("(always skipped)")


@pytest.mark.parametrize(
    "body",
    [
        "if used() < 3:\n        pytest.skip('no subject')\n    assert used() > 3",
        "assert used() == used()",
        "try:\n        assert used() > 3\n    except Exception:\n        raise RuntimeError",
        "for x in range(3):\n        assert x < used()",
    ],
)
def test_a_skip_with_a_reason_and_a_call_made_twice_are_fair(body: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "tests/test_b.py").write_text(f"def test_it():\n    {body}\n")
    assert unable_to_fail(reading.modules(root))[0] == []


def test_a_function_that_nothing_names_is_found(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "src/p/b.py").write_text("def forgotten():\n    return 1\n\n\nclass Lost:\n    x = 1\n")
    assert sorted(reading.unused(reading.modules(root), "")) == ["src/p/b.py:1 forgotten", "src/p/b.py:5 Lost"]
    assert reading.unused(reading.modules(root), "run: p.b:forgotten Lost") == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("src/p/b.py", "import requests\n", "requests"),
        ("src/p/b.py", "import pytest\n", "pytest"),
        ("requirements.lock", "numpy==2.4.0 \\\n    --hash=sha256:00\n", "pytest is declared"),
        ("requirements.lock", LOCK.replace("2.4.0", "1.9"), "locked at 1.9"),
        ("requirements.lock", LOCK + "evil==1\n", "evil has no hash"),
        ("requirements-run.lock", RUN.replace("2.4.0", "2.4.1"), "numpy 2.4.1 isn't what"),
        ("requirements-run.lock", RUN + "evil==1\n", "evil 1 isn't what"),
        ("requirements-run.lock", "", "numpy is declared but not in requirements-run.lock"),
        ("pyproject.toml", "[project]\n", "can't be read"),
    ],
)
def test_a_fault_of_dependencies_is_named(name: str, text: str, words: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / name).write_text(text)
    assert any(words in fault for fault in reading.dependency_faults(root, "p", reading.modules(root))[0])


def test_statements_are_counted_by_the_host() -> None:
    text = '"""Doc."""\nimport os\n\n\ndef f(a):\n    """Doc."""\n'
    text += "    if a:\n        return 1\n    return (\n        2\n    )\n"
    assert covered(text, set()) == (0, 4)
    assert covered(text, {2, 7, 10}) == (3, 4)


def test_a_package_named_data_is_code_and_the_folder_data_at_the_root_is_none(tmp_path: Path) -> None:
    root = project(tmp_path)
    for path in ("src/p/data/rows.py", "tests/unit/data/test_rows.py", "data/raw/stray.py", "artifacts/made.py"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("def forgotten():\n    return 1\n")
    read = dict(reading.texts(root))
    assert {"src/p/data/rows.py", "tests/unit/data/test_rows.py"} <= read.keys()
    assert not {"data/raw/stray.py", "artifacts/made.py"} & read.keys()
    assert "src/p/data/rows.py:1 forgotten" in reading.unused(reading.modules(root), "")


def test_links_are_not_followed(tmp_path: Path) -> None:
    root = project(tmp_path / "project")
    (tmp_path / "secret.py").write_text("TODO")
    (root / "src/p/link.py").symlink_to(tmp_path / "secret.py")
    assert "src/p/link.py" not in dict(reading.texts(root))


def test_a_mark_of_the_data_itself_is_no_mark_of_a_template(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text('name: "{{ 7 * 7 }}"\nother: "{% raw %}"\n', encoding="utf-8")
    assert reading.template_marks(tmp_path, ("{{ 7 * 7 }}",)) == ["config.yaml:2 {%"]


def test_a_text_of_the_project_that_is_nested_too_deep_is_no_json_and_no_crash() -> None:
    with pytest.raises(ValueError, match="nested too deep"):
        json_value("[" * 100_000)
    assert not log_lines.structured("[" * 100_000)
    assert json_value('{"a": [1]}') == {"a": [1]}
