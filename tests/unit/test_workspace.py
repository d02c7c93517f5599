"""The generated repository: owners, commits, clean checkouts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from agent_graph.errors import AgentGraphError, BadInput
from agent_graph.workspace import Workspace

ANN, BOB = "ann <ann@agent-graph.invalid>", "bob <bob@agent-graph.invalid>"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "project", tmp_path / "record")
    made.create()
    return made


def git(workspace: Workspace, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=workspace.path, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_each_role_commits_under_its_own_name(workspace: Workspace) -> None:
    workspace.commit("ann", ANN, "first", {"src/a.py": "a\n"})
    workspace.commit("bob", BOB, "second", {"src/b.py": "b\n"})
    assert git(workspace, "log", "--format=%an: %s").splitlines() == ["bob: second", "ann: first"]


def test_the_same_files_again_make_no_commit(workspace: Workspace) -> None:
    first = workspace.commit("ann", ANN, "first", {"a": "1\n"})
    assert workspace.commit("ann", ANN, "again", {"a": "1\n"}) == first


def test_a_file_that_its_owner_no_longer_has_is_removed_and_others_stay(workspace: Workspace) -> None:
    workspace.commit("ann", ANN, "first", {"a": "1\n", "b": "2\n"})
    workspace.commit("bob", BOB, "second", {"c": "3\n"})
    workspace.commit("ann", ANN, "third", {"a": "1\n"})
    assert sorted(p.name for p in workspace.path.iterdir() if p.is_file()) == ["a", "c"]
    assert workspace.owned() == {"a": "ann", "c": "bob"}


def test_nobody_writes_into_anothers_file(workspace: Workspace) -> None:
    workspace.commit("ann", ANN, "first", {"a": "1\n"})
    with pytest.raises(AgentGraphError, match="bob wrote a, which belongs to ann"):
        workspace.commit("bob", BOB, "second", {"a": "2\n"})
    assert (workspace.path / "a").read_text() == "1\n"


@pytest.mark.parametrize("name", ["../out", "/etc/x", ".git/hooks/post-commit", "a/../../out"])
def test_a_path_outside_the_project_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(AgentGraphError, match="outside the project"):
        workspace.commit("ann", ANN, "first", {name: "x"})


def test_a_path_behind_a_link_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (workspace.path / "src").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AgentGraphError, match="behind a link"):
        workspace.commit("ann", ANN, "first", {"src/a.py": "x"})
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_link_among_the_agents_files_is_not_followed_either(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (workspace.path / "src").symlink_to(tmp_path / "elsewhere")
    git(workspace, "add", "src")
    git(workspace, "-c", "user.name=ann", "-c", "user.email=ann@agent-graph.invalid", "commit", "-qm", "an old project")
    with pytest.raises(AgentGraphError, match=r"'src/a\.py' lies behind a link"):
        workspace.commit("ann", ANN, "first", {"src/a.py": "x"})
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_hook_of_the_repository_never_runs(workspace: Workspace, tmp_path: Path) -> None:
    hook = workspace.path / ".git" / "hooks" / "post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    workspace.commit("ann", ANN, "first", {"a": "1\n"})
    assert not (tmp_path / "ran").exists()


def test_a_checkout_has_the_committed_files_only(workspace: Workspace, tmp_path: Path) -> None:
    workspace.commit("ann", ANN, "first", {"a": "1\n", ".gitignore": "data/\n"})
    (workspace.path / "data").mkdir()
    (workspace.path / "data" / "x.csv").write_text("secret")
    target = workspace.checkout(tmp_path / "clean")
    assert sorted(p.name for p in target.iterdir()) == [".gitignore", "a"]


def test_what_an_agent_hands_in_is_committed_even_if_the_project_ignores_such_files(workspace: Workspace) -> None:
    workspace.commit("ann", ANN, "first", {".gitignore": "*.log\n", "kept.log": "1\n"})
    assert workspace.text("kept.log") == "1\n"
    workspace.commit("ann", ANN, "second", {".gitignore": "*.log\n"})
    assert not (workspace.path / "kept.log").exists()


def test_a_text_that_is_not_committed_is_not_there(workspace: Workspace) -> None:
    workspace.commit("ann", ANN, "first", {"a": "1\n"})
    (workspace.path / "a").write_text("2\n")
    (workspace.path / "b").write_text("2\n")
    assert workspace.text("a") == "1\n"
    with pytest.raises(BadInput, match="no committed file b"):
        workspace.text("b")


def test_a_folder_with_something_in_it_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "mine.txt").write_text("mine")
    with pytest.raises(BadInput, match="exists already"):
        Workspace(tmp_path / "project", tmp_path / "record").create()
    assert [p.name for p in (tmp_path / "project").iterdir()] == ["mine.txt"]
