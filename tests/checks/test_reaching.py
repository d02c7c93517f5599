"""What a project's code may not reach for, and what it may."""

import re
from pathlib import Path

import pytest

from agent_graph.measuring import reaching
from agent_graph.measuring.reading import Module, modules

CHECKS = Path(reaching.__file__).parent


def written(root: Path, code: str, name: str = "src/p/a.py") -> tuple[Module, ...]:
    path = root / name
    path.parent.mkdir(parents=True)
    path.write_text(code)
    return modules(root)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import requests", "imports requests"),
        ("from urllib.request import urlopen", "imports urllib.request"),
        ("from urllib import request", "imports urllib.request"),
        ("rows = pd.read_csv('https://example.org/rows.csv')", "reads from 'https"),
        ("path = '/home/ann/levels.csv'", "names a folder of one machine"),
        ("path = '~/levels.csv'", "names a folder of one machine"),
        ("path = Path.home() / 'levels.csv'", "asks for the home folder"),
        ("if 'PYTEST_CURRENT_TEST' in os.environ: pass", "names what only a test or a gate has"),
        ("if Path('/probes').is_dir(): pass", "names what only a test or a gate has"),
        ("if str(input) == '/holdout': pass", "names what only a test or a gate has"),
        ("if 'pytest' in sys.modules: pass", "names what only a test or a gate has"),
        ("import pytest", "imports pytest"),
        ("if os.getenv('CI'): pass", "asks the machine for CI"),
        ("name = os.environ['USER']", "asks the machine for USER"),
        ("frame = sys._getframe(1)", "looks at who runs it"),
    ],
)
def test_code_that_reaches_outside_is_named_with_its_line(code: str, said: str, tmp_path: Path) -> None:
    (found,) = reaching.outside_reach(written(tmp_path, f"x = 1\n{code}\n"))
    assert found.startswith(f"src/p/a.py:2 {said}")


@pytest.mark.parametrize(
    "code",
    [
        '"""Read from /home/ann, not from https://example.org."""',
        "os.environ.setdefault('DO_NOT_TRACK', 'true')",
        "text = f'see https://example.org/{x}'",
        "rows = pd.read_csv('data/raw/rows.csv')",
        "health = get('http://127.0.0.1:8000/health')",
        "from urllib.parse import quote",
        "status = Path('/proc/self/statm')",
        "facts = stack[-1]",
    ],
)
def test_prose_local_files_and_the_process_itself_are_fair(code: str, tmp_path: Path) -> None:
    assert reaching.outside_reach(written(tmp_path, f"{code}\n")) == []


def test_tests_may_use_a_test_runner_but_nobodys_home(tmp_path: Path) -> None:
    code = "import pytest\n\nROWS = '/home/ann/rows.csv'\n"
    (found,) = reaching.outside_reach(written(tmp_path, code, "tests/test_a.py"))
    assert "one machine" in found


def test_every_folder_that_a_gate_mounts_is_known() -> None:
    found = {
        name
        for path in CHECKS.glob("*.py")
        for mounts in re.findall(r"mounts=\{([^}]*)", path.read_text("utf-8"))
        for name in re.findall(r'"(\w+)":', mounts)
    }
    assert found - {"data"} <= set(reaching.MOUNTS)
