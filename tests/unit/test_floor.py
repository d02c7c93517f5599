"""The oldest Python that is promised: an older one is refused in one line at set-up, here and in every project."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "generated" / "telco-churn"
PLAYED = """#!/bin/sh
[ "$1" = -c ] || {{ echo "was asked to $*" >&2; exit 7; }}
exec {python} -c 'import sys; sys.version_info = ({version}, "final", 0); exec(sys.argv[1])' "$2"
"""


def played(folder: Path, version: str) -> Path:
    """A Python that says it is of this version, and does nothing but say so."""
    path = folder / "python-old"
    path.write_text(PLAYED.format(python=sys.executable, version=version))
    path.chmod(0o755)
    return path


def set_up(folder: Path, source: Path, version: str) -> subprocess.CompletedProcess[str]:
    """`make setup` beside a copy of the files that it reads, where no uv is to be found."""
    shutil.copy(source / "Makefile", folder)
    for name in ("requirements.lock", "requirements/dev.txt", "pyproject.toml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    command = ["make", "setup", f"PYTHON={played(folder, version)}"]
    return subprocess.run(
        command, cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("source", [ROOT, EXAMPLE], ids=["agent-graph", "a project"])
@pytest.mark.parametrize("version", ["2, 7, 18", "3, 9, 2", "3, 10, 99"])
def test_an_older_python_is_refused_in_one_line(tmp_path: Path, source: Path, version: str) -> None:
    done = set_up(tmp_path, source, version)
    assert done.returncode == 2
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1, said
    name = version.replace(", ", ".")
    assert re.fullmatch(rf"Python {name} \(.*python-old\) is too old: .* needs 3\.11 or later\. Remedy: .*", said[0])
    assert "PYTHON=python3.11" in said[0]
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("source", [ROOT, EXAMPLE], ids=["agent-graph", "a project"])
@pytest.mark.parametrize("version", ["3, 11, 0", "3, 12, 1"])
def test_the_oldest_that_is_promised_goes_on_to_make_the_environment(
    tmp_path: Path, source: Path, version: str
) -> None:
    said = set_up(tmp_path, source, version).stderr
    assert "too old" not in said
    assert "was asked to -m venv .venv" in said


@pytest.mark.parametrize("source", [ROOT, EXAMPLE], ids=["agent-graph", "a project"])
def test_every_place_names_the_same_floor(source: Path) -> None:
    assert tomllib.loads((source / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"] == ">=3.11"
    assert "v >= (3, 11)" in (source / "Makefile").read_text("utf-8")


def test_what_is_compiled_is_kept_even_where_the_shell_says_not_to(tmp_path: Path) -> None:
    shell = {"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    python = [sys.executable, "-c", "import sys; print(sys.dont_write_bytecode)"]
    (tmp_path / "asked.mk").write_text(f"asked:\n\t@{shlex.join(python)}\n")
    for command, said in (python, "True"), (["make", "-f", ROOT / "Makefile", "-f", "asked.mk", "asked"], "False"):
        done = subprocess.run(command, cwd=tmp_path, env=shell, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == said
