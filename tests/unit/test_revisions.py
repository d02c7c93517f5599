"""Revisions: on record, comparable, and to be returned to; and answers made beside the standing one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agent_graph.artifacts import Usage
from agent_graph.errors import AgentGraphError, BadInput, MergeConflict
from agent_graph.workspace import Workspace, revisions
from agent_graph.workspace.revisions import Revision, Work

ANN, BOB = "ann <ann@agent-graph.invalid>", "bob <bob@agent-graph.invalid>"
FIRST = {"a.py": "one\n", "gone.py": "gone\n", "same.py": "same\n"}
SECOND = {"a.py": "two\n", "same.py": "same\n", "new.py": "new\n"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "project", tmp_path / "record")
    made.create()
    made.commit("bob", BOB, "theirs", {"b.py": "b\n"})
    made.commit("ann", ANN, "first", FIRST)
    return made


def work(workspace: Workspace, **other: Any) -> Work:
    facts: dict[str, Any] = {
        "role": "",
        "note": "",
        "author": "playbook",
        "verdict": "proven",
        "metric": "roc_auc",
        "score": 0.8,
        "score_noise": 0.01,
        "checks_passed": 90,
        "checks_failed": 0,
        "usage": Usage(),
        "seconds": 12.5,
        "created": "2026-11-22T00:00:00+00:00",
        "commit": workspace.head(),
        "agents_commit": workspace.agents_head(),
        "tree": workspace.tree(),
        "checkpoint_id": "1f0",
        "thread": "telco-churn",
        "alternative_to": None,
        "looked": 1,
        "reverted_to": None,
    }
    return Work(**facts | other)


def recorded(workspace: Workspace, **other: Any) -> Revision:
    return revisions.record(workspace, work(workspace, **other), {"designs.json": "{}", "execution_report.json": "[]"})


def git(workspace: Workspace, *arguments: str) -> str:
    identity = ["-c", "user.name=uma", "-c", "user.email=uma@example.org"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=workspace.path, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def edit(workspace: Workspace, name: str, text: str) -> None:
    (workspace.path / name).write_text(text)
    git(workspace, "add", "--all")
    git(workspace, "commit", "-qm", "user: an edit")


def test_revisions_are_counted_and_found_again(workspace: Workspace) -> None:
    first, second = recorded(workspace), recorded(workspace, role="ann", note="without gender", score=None)
    assert (first.number, second.number) == (1, 2)
    assert revisions.all_of(workspace.record) == (first, second)
    assert revisions.one(workspace.record, 2) == second
    assert revisions.text_of(workspace.record, 1, "designs.json") == "{}"
    assert Work(**{name: getattr(first, name) for name in Work.model_fields}) == work(workspace)


def test_an_unknown_revision_is_answered_with_the_known_ones(workspace: Workspace) -> None:
    with pytest.raises(BadInput, match=r"no revision 1 \(known: none yet\)"):
        revisions.one(workspace.record, 1)
    recorded(workspace)
    recorded(workspace)
    with pytest.raises(BadInput, match=r"no revision 7 \(known: 1, 2\)"):
        revisions.text_of(workspace.record, 7, "designs.json")
    with pytest.raises(BadInput, match=r"revision 1 has no revision\.json"):
        revisions.text_of(workspace.record, 1, "revision.json")


def test_only_the_texts_of_a_revision_are_kept_with_it(workspace: Workspace) -> None:
    with pytest.raises(AgentGraphError, match=r"'\.\./run\.json' is no file of a revision"):
        revisions.record(workspace, work(workspace), {"../run.json": "x"})
    assert revisions.all_of(workspace.record) == ()


def test_a_revision_that_cannot_be_read_is_named(workspace: Workspace) -> None:
    recorded(workspace)
    path = workspace.record / "revisions" / "0001" / "revision.json"
    path.write_text('{"number": 1}')
    with pytest.raises(BadInput, match=r"0001/revision\.json is no revision of this version"):
        revisions.standing(workspace.record)


def test_the_newest_that_is_no_alternative_is_in_force(workspace: Workspace) -> None:
    assert revisions.standing(workspace.record) is None
    first = recorded(workspace)
    recorded(workspace, alternative_to=1)
    assert revisions.standing(workspace.record) == first
    taken = recorded(workspace, reverted_to=2)
    assert revisions.standing(workspace.record) == taken


def test_a_killed_record_leaves_no_revision_and_is_cleared_away(workspace: Workspace) -> None:
    recorded(workspace)
    draft = workspace.record / "revisions" / ".draft-killed"
    draft.mkdir()
    (draft / "revision.json").write_text("{")
    git(workspace, "tag", "agent-graph/r2", "HEAD~1")
    assert len(revisions.all_of(workspace.record)) == 1
    assert recorded(workspace).number == 2
    assert not draft.exists()
    assert git(workspace, "rev-parse", "agent-graph/r2") == workspace.head()


def test_commits_of_a_revision_outlive_their_branches(workspace: Workspace) -> None:
    other = workspace.beside("second")
    other.commit("ann", ANN, "second", SECOND)
    made = revisions.record(workspace, work(other, alternative_to=1), {}, made_in=other)
    workspace.put_away("second")
    git(workspace, "reflog", "expire", "--expire=now", "--all")
    git(workspace, "gc", "-q", "--prune=now")
    assert git(workspace, "branch", "--format=%(refname:short)").split() == ["agents", "main"]
    assert revisions.restore(workspace, made.number, "agent-graph: the second answer")
    assert workspace.text("a.py") == "two\n"
    assert workspace.owned() == {"b.py": "bob", **dict.fromkeys(SECOND, "ann")}


def test_a_commit_that_the_repository_lacks_is_no_revision(workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="has no commit 1234"):
        recorded(workspace, commit="1234" * 10)
    assert revisions.all_of(workspace.record) == ()


def test_going_back_brings_the_agents_files_back_and_keeps_the_users_edits(workspace: Workspace) -> None:
    first = recorded(workspace)
    workspace.commit("ann", ANN, "second", SECOND)
    recorded(workspace)
    edit(workspace, "same.py", "mine\n")
    edit(workspace, "own.txt", "own\n")
    commits = git(workspace, "rev-list", "--count", "agents")
    revisions.restore(workspace, 1, "agent-graph: back to revision 1")
    assert {name: (workspace.path / name).read_text() for name in git(workspace, "ls-files").split()} == {
        "a.py": "one\n",
        "b.py": "b\n",
        "gone.py": "gone\n",
        "own.txt": "own\n",
        "same.py": "mine\n",
    }
    assert workspace.owned() == {"b.py": "bob", **dict.fromkeys(FIRST, "ann")}
    assert git(workspace, "rev-list", "--count", "agents") == str(int(commits) + 1)
    assert git(workspace, "rev-parse", "agents^{tree}") == git(
        workspace, "rev-parse", f"{first.agents_commit}^{{tree}}"
    )
    assert git(workspace, "log", "-1", "--format=%an: %s", "agents") == "agent-graph: agent-graph: back to revision 1"
    head = workspace.head()
    assert revisions.restore(workspace, 1, "again") == head


def test_going_back_also_gives_the_loans_of_that_time_back(workspace: Workspace) -> None:
    workspace.commit("ann", ANN, "an edit", {**FIRST, "b.py": "ann's\n"}, edits=["b.py"])
    recorded(workspace)
    workspace.commit("ann", ANN, "none", FIRST)
    assert workspace.text("b.py") == "b\n"
    revisions.restore(workspace, 1, "back")
    assert workspace.text("b.py") == "ann's\n"
    workspace.commit("ann", ANN, "none", FIRST)
    assert workspace.text("b.py") == "b\n"


def test_going_back_over_an_edit_of_the_same_line_is_a_conflict_and_changes_nothing(workspace: Workspace) -> None:
    recorded(workspace)
    workspace.commit("ann", ANN, "second", SECOND)
    edit(workspace, "a.py", "mine\n")
    head = workspace.head()
    with pytest.raises(MergeConflict, match=r"a\.py"):
        revisions.restore(workspace, 1, "back")
    assert (workspace.head(), (workspace.path / "a.py").read_text()) == (head, "mine\n")
    assert git(workspace, "status", "--porcelain") == ""


def test_the_difference_of_two_revisions_is_told_file_by_file(workspace: Workspace) -> None:
    first = recorded(workspace)
    workspace.commit("ann", ANN, "second", SECOND)
    edit(workspace, "own.bin", "\0binary")
    workspace.commit("bob", BOB, "third", {"b.py": "b\nb\n"})
    second = recorded(workspace)
    told = revisions.diff(workspace, first, second)
    assert [(each.path, each.owner, each.kind, each.added, each.removed) for each in told.files] == [
        ("a.py", "ann", "changed", 1, 1),
        ("b.py", "bob", "changed", 1, 0),
        ("gone.py", "ann", "removed", 0, 1),
        ("new.py", "ann", "added", 1, 0),
        ("own.bin", "", "added", None, None),
    ]
    assert "-one\n+two\n" in told.files[0].text
    assert (told.before, told.after) == (1, 2)
    assert [each.path for each in revisions.diff(workspace, first, second, "bob").files] == ["b.py"]
    assert [each.path for each in revisions.diff(workspace, second, first, "ann").files] == [
        "a.py",
        "gone.py",
        "new.py",
    ]
    assert revisions.diff(workspace, first, first).files == ()


def test_a_diff_tool_and_colours_of_the_repository_are_not_used(workspace: Workspace, tmp_path: Path) -> None:
    first = recorded(workspace)
    workspace.commit("ann", ANN, "second", SECOND)
    for key, value in (("diff.external", f"touch {tmp_path}/ran"), ("color.ui", "always"), ("diff.noprefix", "true")):
        git(workspace, "config", key, value)
    told = revisions.diff(workspace, first, recorded(workspace))
    assert "\x1b" not in told.files[0].text
    assert told.files[0].text.startswith("diff --git a/a.py b/a.py\n")
    assert not (tmp_path / "ran").exists()


def test_an_answer_beside_the_standing_one_leaves_the_users_folder_alone(workspace: Workspace) -> None:
    edit(workspace, "same.py", "mine\n")
    (workspace.path / "a.py").write_text("not committed\n")
    before = (workspace.head(), workspace.agents_head(), workspace.owned(), git(workspace, "status", "--porcelain"))
    other = workspace.beside("second")
    assert other.path == workspace.record / "alternatives" / "second"
    other.commit("ann", ANN, "second", SECOND)
    other.adopt("bob", BOB, "more", {"c.py": "c\n"})
    assert (workspace.head(), workspace.agents_head(), workspace.owned()) == before[:3]
    assert (git(workspace, "status", "--porcelain"), (workspace.path / "a.py").read_text()) == (
        before[3],
        "not committed\n",
    )
    assert {name: other.text(name) for name in git(other, "ls-files").split()} == {
        "a.py": "two\n",
        "b.py": "b\n",
        "c.py": "c\n",
        "new.py": "new\n",
        "same.py": "mine\n",
    }
    assert (other.path / "c.py").read_text() == "c\n"
    assert git(workspace, "branch", "--format=%(refname:short)").split() == [
        "agents",
        "agents-second",
        "alternative/second",
        "main",
    ]


def test_an_answer_beside_can_be_gone_on_with_and_taken_over(workspace: Workspace) -> None:
    workspace.beside("second").commit("ann", ANN, "second", SECOND)
    edit(workspace, "own.txt", "own\n")
    other = workspace.beside("second")
    assert other.text("a.py") == "two\n"
    workspace.restore(other.agents_head(), other.owned(), other.lent(), "agent-graph: the second answer")
    assert (workspace.text("a.py"), workspace.text("own.txt")) == ("two\n", "own\n")
    assert workspace.owned() == other.owned()
    assert json.loads((workspace.record / "owned.json").read_text()) == other.owned()


def test_an_answer_beside_survives_a_move_of_the_project_and_a_lost_folder(workspace: Workspace) -> None:
    workspace.beside("second").commit("ann", ANN, "second", SECOND)
    (workspace.beside("second").path / "own.csv").write_text("not committed")
    moved = Workspace(workspace.path.with_name("moved"), workspace.record)
    workspace.path.rename(moved.path)
    other = moved.beside("second")
    assert (other.path / "own.csv").is_file()
    other.commit("ann", ANN, "third", {**SECOND, "a.py": "three\n"})
    subprocess.run(["rm", "-rf", str(other.path)], check=True)
    assert (moved.beside("second").path / "a.py").read_text() == "three\n"
    moved.put_away("second")
    assert not list((moved.record / "alternatives").iterdir())
    assert moved.beside("second").text("a.py") == "one\n"


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", "x.record", "-x"])
def test_the_name_of_an_alternative_is_no_path(workspace: Workspace, name: str) -> None:
    with pytest.raises(BadInput, match="is no name for an alternative"):
        workspace.beside(name)
