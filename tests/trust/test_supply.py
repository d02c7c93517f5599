"""What a generated project is installed with, and whose programs git runs: a sample of the part `supply`."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from agent_graph.errors import RuntimeUnavailable
from agent_graph.sandbox import build_runtime, packages
from agent_graph.workspace import git as workspace_git
from evals import whole_lock
from evals.trust.supply import locks, repositories
from evals.trust.supply import measure as supply

ATTACKS = (
    "hooks",
    "a submodule with programs of its own",
    "configuration for working trees only",
    "settings of one working tree",
)
HASH = f"--hash=sha256:{'0' * 64}"


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_program_of_a_hostile_repository_runs(attack: str) -> None:
    assert repositories.fault_of(attack) is None


def test_an_attack_that_plain_git_does_not_run_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(repositories.ATTACKS, "nothing", lambda ground: None)
    assert "nothing was tried" in _in_this_process("nothing", monkeypatch)


def test_hooks_run_when_their_guard_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    rest = [word for word in workspace_git._SAFE if word not in ("core.hooksPath=/dev/null", "-c")]
    pairs = [word for each in rest if "=" in each for word in ("-c", each)]
    monkeypatch.setattr(workspace_git, "_SAFE", ("--literal-pathspecs", *pairs))
    assert _in_this_process("hooks", monkeypatch).startswith("ran")


def _in_this_process(attack: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What an attack came to without the child, which wouldn't see what a test changed."""
    import contextlib
    import io
    import tempfile

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as said:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("HOME", folder)
        repositories._tried(attack)
        monkeypatch.undo()
    return said.getvalue()


@pytest.mark.parametrize("name", locks.REFUSED)
def test_a_bad_lock_is_refused_and_nothing_is_run(name: str) -> None:
    assert locks.fault_of(*locks.REFUSED[name]) is None


def test_the_same_lock_in_order_is_installed() -> None:
    assert locks.control() is None


@pytest.mark.parametrize(
    "line",
    [f"six==1 {HASH}0", f"six==1 {HASH} --config-settings=x=y", f"six=={HASH}", "six==1", f"six[x;y]==1 {HASH}",
     f"six==1 {HASH}\u2028-e .", f"-c /etc/passwd {HASH}", f"./six==1 {HASH}", f"git+https://x.invalid/six==1 {HASH}"],
)  # fmt: skip
def test_a_line_that_is_no_pinned_and_hashed_package_is_refused(line: str, tmp_path: Path) -> None:
    with pytest.raises(RuntimeUnavailable, match="Remedy"):
        build_runtime(f"{line}\n", tmp_path)
    assert not (tmp_path / "runtimes").exists()


def test_names_are_compared_as_indexes_do() -> None:
    lock = f"Python_Dateutil==2 ; python_version > '3' \\\n    {HASH} \\\n    {HASH}\n    # via pandas\n"
    assert packages.locked(lock) == {"python-dateutil": "2"}
    assert packages.locked(f"coverage[toml]==7 {HASH}\n") == {"coverage": "7"}


def test_every_dependency_that_a_project_can_have_is_locked_and_on_the_list() -> None:
    locked = packages.locked(supply.LOCK.read_text("utf-8"))
    wanted = {packages.normal(re.split(r"[<>=~!]", each)[0]) for each in itertools.chain(*whole_lock.wanted())}
    assert wanted <= set(locked)
    assert set(locked) == set(packages.allowed())


def test_every_licence_is_one_that_may_be_used() -> None:
    assert supply.locked().verdict == "passed"


def test_no_committed_file_says_where_packages_come_from() -> None:
    line = supply.hosts()
    assert line.verdict in ("passed", "not checked"), line.faults


@pytest.mark.parametrize(
    "text",
    ["--index-URL https://pypi.example.org/SIMPLE", "--find-LINKS /opt/wheels", "https://files.PYTHONHOSTED.org/x.whl",
     'index-URL = "https://nexus.example.org/repository/pypi/SIMPLE"'],
)  # fmt: skip
def test_an_address_of_a_registry_would_be_seen(text: str) -> None:
    found = supply.HOSTS.search(text.lower())  # in capitals here, so that this file says none
    assert found
    assert supply._is_address(found[0])


def test_a_licence_that_differs_from_the_list_would_be_seen() -> None:
    assert supply._agree("x", "MIT", "MIT", "")
    assert supply._agree("x", "Apache-2.0", "", "Apache License, Version 2.0")
    assert supply._agree("x", "MIT OR Apache-2.0", "", "MIT OR Apache-2.0 MIT License Apache Software License")
    assert not supply._agree("x", "MIT OR Apache-2.0", "", "MIT License")
    assert not supply._agree("x", "MIT", "GPL-3.0-only", "")
    assert not supply._agree("x", "MIT", "", "GNU General Public License")
