"""The project's own set-up: pip is asked, as the Makefile calls it; a folder of wheels stands for the registry."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent_graph.artifacts import Check
from agent_graph.measuring import own_setup
from agent_graph.resources import resource
from agent_graph.writing.packages import WHOLE

EXAMPLE = Path(__file__).resolve().parents[2] / "generated" / "telco-churn"
ASKS = "Requires-Dist: coverage[toml]>=1\n"
EXTRA = "Provides-Extra: toml\n"


def wheel(folder: Path, name: str, version: str, more: str = "") -> str:
    """Put a wheel of one module into a folder; its line of a lock."""
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    files = {
        f"{stem}.py": "x = 1\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{more}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()) for path, text in files.items()}
    files[f"{info}/RECORD"] = "".join(f"{path},sha256={digests[path].decode().rstrip('=')},\n" for path in digests)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    (folder / f"{stem}-{version}-py3-none-any.whl").write_bytes(made.getvalue())
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(made.getvalue()).hexdigest()}\n"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the registry."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name, value in (("CONFIG_FILE", os.devnull), ("NO_INDEX", "1"), ("FIND_LINKS", str(folder))):
        monkeypatch.setenv(f"PIP_{name}", value)
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that lays down a copy of the environment that was made once, as `-m venv` of this one makes it."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-I", "-m", "venv", folder / "venv"], check=True)
    played = folder / "python"
    played.write_text(f'#!/bin/sh\n[ "$1 $2 $3" = "-I -m venv" ] && cp -a "{folder}/venv" "$4"\n')
    played.chmod(0o755)
    return played


@pytest.fixture
def made_once(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what pip says, not of how it is come by, which takes two seconds."""
    monkeypatch.setattr(sys, "executable", str(environment))


@pytest.fixture
def found(tmp_path: Path) -> Callable[[str], Check]:
    """What the check says of a lock in the committed example's place."""

    def judge(lock: str, makefile: str | None = None) -> Check:
        tree = tmp_path / "tree"
        tree.mkdir(exist_ok=True)
        (tree / "Makefile").write_text(makefile or (EXAMPLE / "Makefile").read_text("utf-8"))
        (tree / "requirements.lock").write_text(lock)
        bench: Any = SimpleNamespace(tree=tree, cache=tmp_path / "cache", scratch=tmp_path)
        (check,) = own_setup.judge(bench)
        assert (check.name, check.owner) == ("proof_own_setup", "python_pro")
        return check

    return judge


@pytest.mark.usefixtures("made_once")
def test_a_lock_without_the_extra_that_is_asked_for_is_refused_once_a_newer_version_is_there(
    wheels: Path, found: Callable[[str], Check]
) -> None:
    asks, coverage = wheel(wheels, "pytest-cov", "7", ASKS), wheel(wheels, "coverage", "1.0", EXTRA)
    assert found(asks + coverage).verdict == "passed"  # as it went, until …
    wheel(wheels, "coverage", "1.1", EXTRA)
    assert found(asks + coverage).verdict == "passed"  # within a day the answer stands
    for kept in (wheels.parent / "cache" / "accepted").iterdir():
        os.utime(kept, (time.time() - 25 * 3600,) * 2)
    refused = found(asks + coverage)
    assert refused.verdict == "failed"
    assert "coverage[toml]>=1" in refused.evidence
    assert "In --require-hashes mode" in refused.evidence
    assert "://" not in refused.evidence
    assert str(wheels.parent) not in refused.evidence
    assert found(asks + coverage.replace("==", "[toml]==", 1)).verdict == "passed"


@pytest.mark.usefixtures("made_once")
def test_a_lock_that_lacks_a_package_and_one_of_another_hash_are_refused(
    wheels: Path, found: Callable[[str], Check]
) -> None:
    asks, coverage = wheel(wheels, "pytest-cov", "7", ASKS), wheel(wheels, "coverage", "1.0", EXTRA)
    lacking = found(asks)
    assert (lacking.verdict, "coverage[toml]" in lacking.evidence) == ("failed", True)
    other = found(asks + coverage[:-65] + "0" * 64 + "\n")
    assert (other.verdict, "HASHES" in other.evidence) == ("failed", True)


def test_without_a_registry_it_is_not_checked(
    wheels: Path, found: Callable[[str], Check], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = wheel(wheels, "pytest-cov", "7")
    next(wheels.iterdir()).unlink()
    assert found(line).verdict == "not_checked"
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    nobody = found(line)
    assert nobody.verdict == "not_checked"
    assert nobody.evidence.startswith("no package registry answers pip: ERROR: ")
    assert "://" not in nobody.evidence


def test_a_makefile_that_sets_up_in_another_way_is_not_checked(found: Callable[..., Check]) -> None:
    theirs = found("six==1\n", (EXAMPLE / "Makefile").read_text("utf-8").replace("--require-hashes --only", "--only"))
    assert theirs.verdict == "not_checked"
    assert "the Makefile doesn't call" in theirs.evidence


def test_a_lock_with_an_option_is_never_handed_to_pip(
    found: Callable[[str], Check], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_setup, "_asked", lambda text, scratch: pytest.fail("pip was asked"))
    check = found("--index-url http://127.0.0.1:9/simple\n")
    assert (check.verdict, "is no package" in check.evidence) == ("failed", True)


def test_the_lock_of_every_project_pins_coverage_with_its_extra() -> None:
    lock = (resource("templates") / WHOLE).read_text("utf-8")
    assert "\ncoverage[toml]==" in lock
    assert "--no-strip-extras" in lock.splitlines()[1]
