"""The user edits the generated repository, the agents work again: nothing of the user's is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agent_graph.errors import AgentGraphError, BadInput, MergeConflict
from agent_graph.workspace import Workspace

ANN, BOB = "ann <ann@agent-graph.invalid>", "bob-builder <bob-builder@agent-graph.invalid>"
TEN = "".join(f"line {number}\n" for number in range(10))
FIRST = {"src/a.py": TEN, "src/b.py": "b\n", "README.md": "read me\n"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with a name, and with settings that must never be in force for us."""
    place = tmp_path / "home"
    (place / "git").mkdir(parents=True)
    config = (
        "[user]\n\tname = Uma <User>\n\temail = uma@example.org\n[merge]\n\tff = false\n[commit]\n\tgpgSign = true\n"
    )
    (place / "config").write_text(config)
    (place / "git" / "ignore").write_text(".DS_Store\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(place / "config"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(place))
    return place


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "project", tmp_path / "record")
    made.create()
    made.commit("ann", ANN, "first", FIRST)
    made.commit("bob", BOB, "tests", {"tests/t.py": "t\n"})
    return made


def git(workspace: Workspace, *arguments: str) -> str:
    identity = ["-c", "user.name=uma", "-c", "user.email=uma@example.org", "-c", "commit.gpgSign=false"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=workspace.path, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def edit(workspace: Workspace, name: str, text: str, *, commit: bool = True) -> None:
    path = workspace.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if commit:
        git(workspace, "add", "--all")
        git(workspace, "commit", "-qm", f"user: {name}")


def snapshot(workspace: Workspace) -> dict[str, bytes | str]:
    """Every file of the user's folder, its index's content and main."""
    files: dict[str, bytes | str] = {
        str(path.relative_to(workspace.path)): path.read_bytes()
        for path in sorted(workspace.path.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }
    return files | {":index": git(workspace, "ls-files", "--stage"), ":main": git(workspace, "rev-parse", "main")}


def test_without_edits_the_history_is_one_line_and_the_folder_clean(workspace: Workspace) -> None:
    assert git(workspace, "log", "--format=%an: %s", "main").splitlines() == ["bob-builder: tests", "ann: first"]
    assert git(workspace, "rev-parse", "main") == git(workspace, "rev-parse", "agents") == workspace.head()
    assert git(workspace, "status", "--porcelain") == ""
    assert git(workspace, "symbolic-ref", "HEAD") == "refs/heads/main"


def test_an_edit_and_the_agents_next_work_in_the_same_file_both_stand(workspace: Workspace) -> None:
    edit(workspace, "src/a.py", TEN.replace("line 8", "uma's line 8"))
    workspace.commit("ann", ANN, "again", {**FIRST, "src/a.py": TEN.replace("line 1\n", "ann's line 1\n")})
    text = (workspace.path / "src/a.py").read_text()
    assert "uma's line 8" in text
    assert "ann's line 1" in text
    assert workspace.text("src/a.py") == text
    merge = git(workspace, "log", "-1", "--format=%an|%cn|%s|%p").split("|")
    assert merge[:3] == ["ann", "ann", "Merge ann's work"]
    assert len(merge[3].split()) == 2
    assert "uma" not in (workspace.record / "agents" / "src/a.py").read_text()


def test_the_same_files_again_after_an_edit_change_nothing(workspace: Workspace) -> None:
    edit(workspace, "src/a.py", "mine\n")
    before = snapshot(workspace)
    assert workspace.commit("ann", ANN, "again", FIRST) == before[":main"]
    assert snapshot(workspace) == before


def test_uncommitted_edits_are_adopted_under_the_users_own_name(workspace: Workspace) -> None:
    edit(workspace, "src/b.py", "mine\n", commit=False)
    edit(workspace, "notes/own.txt", "new\n", commit=False)
    edit(workspace, ".DS_Store", "noise\n", commit=False)
    edit(workspace, "staged.txt", "staged\n", commit=False)
    git(workspace, "add", "staged.txt")
    git(workspace, "rm", "-q", "tests/t.py")
    (workspace.path / "README.md").unlink()
    changed = workspace.adopt_edits()
    assert changed == ("README.md", "notes/own.txt", "src/b.py", "staged.txt", "tests/t.py")
    assert (
        git(workspace, "log", "-1", "--format=%an <%ae> %cn: %s") == "Uma User <uma@example.org> Uma User: user: edits"
    )
    assert git(workspace, "status", "--porcelain") == "?? .DS_Store" or not git(workspace, "status", "--porcelain")
    assert ".DS_Store" not in git(workspace, "ls-files")
    head = workspace.head()
    assert workspace.adopt_edits() == changed
    assert workspace.head() == head


def test_a_user_whom_git_does_not_know_is_called_user(workspace: Workspace, home: Path) -> None:
    (home / "config").write_text("")
    edit(workspace, "src/b.py", "mine\n", commit=False)
    workspace.adopt_edits()
    assert git(workspace, "log", "-1", "--format=%an <%ae>") == "user <user@agent-graph.invalid>"


def test_what_the_user_changed_can_be_shown_file_by_file(workspace: Workspace) -> None:
    edit(workspace, "src/b.py", "mine\n", commit=False)
    edit(workspace, ":(top)*.py", "an odd name\n", commit=False)
    changed = workspace.adopt_edits()
    assert changed == (":(top)*.py", "src/b.py")
    shown = workspace.edits([*changed, "src/a.py"])
    assert list(shown) == list(changed)
    assert "-b\n+mine\n" in shown["src/b.py"]
    assert "mine" not in shown[":(top)*.py"]
    workspace.commit("ann", ANN, "again", {**FIRST, "README.md": "anew\n"})
    assert workspace.adopt_edits() == changed


def test_agents_write_nothing_over_edits_that_are_not_committed(workspace: Workspace) -> None:
    edit(workspace, "src/b.py", "mine\n", commit=False)
    before = snapshot(workspace)
    with pytest.raises(MergeConflict, match=r"would overwrite src/b\.py in .*commit it or move it away") as caught:
        workspace.commit("ann", ANN, "again", {**FIRST, "src/b.py": "ann's\n"})
    assert caught.value.files == ("src/b.py",)
    assert snapshot(workspace) == before
    git(workspace, "checkout", "-q", "src/b.py")
    workspace.commit("ann", ANN, "again", {**FIRST, "src/b.py": "ann's\n"})
    assert (workspace.path / "src/b.py").read_text() == "ann's\n"


def test_uncommitted_edits_elsewhere_do_not_stop_the_agents(workspace: Workspace) -> None:
    edit(workspace, "src/b.py", "mine\n", commit=False)
    workspace.commit("ann", ANN, "again", {**FIRST, "README.md": "anew\n"})
    assert git(workspace, "status", "--porcelain") == "M src/b.py"
    assert (workspace.path / "src/b.py").read_text() == "mine\n"
    assert workspace.text("src/b.py") == "b\n"
    assert workspace.text("README.md") == "anew\n"


def test_a_file_that_was_only_touched_is_not_in_the_way(workspace: Workspace) -> None:
    os.utime(workspace.path / "src/b.py", (1, 1))
    workspace.commit("ann", ANN, "again", {**FIRST, "src/b.py": "ann's\n"})
    assert (workspace.path / "src/b.py").read_text() == "ann's\n"


@pytest.mark.parametrize("ignored", [False, True])
def test_an_untracked_file_in_the_way_is_said_and_not_overwritten(workspace: Workspace, ignored: bool) -> None:
    edit(workspace, ".gitignore", "local/\n" if ignored else "\n")
    edit(workspace, "local/new.py", "mine\n", commit=False)
    before = snapshot(workspace)
    with pytest.raises(MergeConflict, match=r"local/new\.py"):
        workspace.commit("ann", ANN, "again", {**FIRST, "local/new.py": "ann's\n"})
    assert snapshot(workspace) == before
    (workspace.path / "local/new.py").unlink()
    workspace.commit("ann", ANN, "again", {**FIRST, "local/new.py": "ann's\n"})
    assert (workspace.path / "local/new.py").read_text() == "ann's\n"


def test_a_folder_of_the_users_in_the_way_of_a_file_is_said(workspace: Workspace) -> None:
    edit(workspace, "notes/own.txt", "mine\n", commit=False)
    before = snapshot(workspace)
    with pytest.raises(MergeConflict, match=r"notes/own\.txt"):
        workspace.commit("ann", ANN, "again", {**FIRST, "notes": "ann's\n"})
    assert snapshot(workspace) == before


def test_a_conflict_leaves_everything_as_it_was_and_says_how_to_go_on(workspace: Workspace) -> None:
    edit(workspace, "src/b.py", "mine\n")
    before = snapshot(workspace)
    for _ in range(2):
        with pytest.raises(
            MergeConflict, match=r"meet in src/b\.py: git -C \S+ merge agents, settle them, commit"
        ) as caught:
            workspace.commit("ann", ANN, "again", {**FIRST, "src/b.py": "ann's\n"})
        assert (caught.value.files, caught.value.exit_code) == (("src/b.py",), 5)
        assert snapshot(workspace) == before
    assert git(workspace, "log", "-1", "--format=%s", "agents") == "again"
    assert git(workspace, "rev-list", "--count", "agents") == "3"
    assert not (workspace.record / "merging").exists()


def test_after_the_user_merged_by_hand_the_same_call_goes_on(workspace: Workspace) -> None:
    edit(workspace, "src/b.py", "mine\n")
    files = {**FIRST, "src/b.py": "ann's\n"}
    with pytest.raises(MergeConflict):
        workspace.commit("ann", ANN, "again", files)
    subprocess.run(["git", "merge", "-q", "agents"], cwd=workspace.path, check=False, capture_output=True)
    with pytest.raises(BadInput, match="a merge is under way"):
        workspace.commit("ann", ANN, "again", files)
    edit(workspace, "src/b.py", "settled\n")
    head = workspace.head()
    assert workspace.commit("ann", ANN, "again", files) == head
    assert workspace.text("src/b.py") == "settled\n"
    assert workspace.adopt_edits() == ("src/b.py",)


def test_a_file_that_the_user_deleted_stays_away_until_both_touch_it(workspace: Workspace) -> None:
    git(workspace, "rm", "-q", "src/b.py")
    git(workspace, "commit", "-qm", "user: no b")
    workspace.commit("ann", ANN, "again", {**FIRST, "README.md": "anew\n"})
    assert not (workspace.path / "src/b.py").exists()
    with pytest.raises(MergeConflict, match=r"src/b\.py"):
        workspace.commit("ann", ANN, "third", {**FIRST, "src/b.py": "ann's\n"})


def test_a_file_that_the_user_renamed_gets_the_agents_changes(workspace: Workspace) -> None:
    git(workspace, "mv", "src/a.py", "src/mine.py")
    git(workspace, "commit", "-qm", "user: renamed")
    workspace.commit("ann", ANN, "again", {**FIRST, "src/a.py": TEN.replace("line 4", "ann's line 4")})
    assert "ann's line 4" in (workspace.path / "src/mine.py").read_text()
    assert not (workspace.path / "src/a.py").exists()


def test_a_file_that_its_agent_no_longer_has_stays_when_the_user_edited_it(workspace: Workspace) -> None:
    edit(workspace, "src/b.py", "mine\n")
    with pytest.raises(MergeConflict, match=r"src/b\.py"):
        workspace.commit("ann", ANN, "again", {name: text for name, text in FIRST.items() if name != "src/b.py"})
    assert (workspace.path / "src/b.py").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("commands", "said"),
    [
        ([["switch", "-qc", "idea"]], "has idea checked out, .* switch main"),
        ([["checkout", "-q", "--detach"]], "has no branch checked out, .* switch main"),
        ([["switch", "-qc", "idea"], ["commit", "-q", "--allow-empty", "-m", "x"], ["switch", "-q", "main"]], ""),
    ],
)
def test_with_another_branch_checked_out_nothing_is_written(
    workspace: Workspace, commands: list[list[str]], said: str
) -> None:
    for command in commands:
        git(workspace, *command)
    if not said:
        workspace.adopt_edits()
        return
    edit(workspace, "src/b.py", "mine\n", commit=False)
    before = (snapshot(workspace), workspace.agents_head())
    with pytest.raises(BadInput, match=said):
        workspace.adopt_edits()
    with pytest.raises(BadInput, match=said):
        workspace.commit("ann", ANN, "again", {**FIRST, "src/b.py": "ann's\n"})
    assert (snapshot(workspace), workspace.agents_head()) == before


@pytest.mark.parametrize("command", ["merge", "rebase", "cherry-pick"])
def test_in_the_middle_of_the_users_own_merge_nothing_is_written(workspace: Workspace, command: str) -> None:
    git(workspace, "switch", "-qc", "idea")
    edit(workspace, "src/b.py", "idea\n")
    git(workspace, "switch", "-q", "main")
    edit(workspace, "src/b.py", "mine\n")
    subprocess.run(
        ["git", "-c", "user.name=u", "-c", "user.email=u@e", command, "idea"],
        cwd=workspace.path,
        check=False,
        capture_output=True,
    )
    before = (workspace.path / "src/b.py").read_bytes(), git(workspace, "status", "--porcelain")
    with pytest.raises(BadInput, match=f"{command} is under way|checked out"):
        workspace.adopt_edits()
    assert ((workspace.path / "src/b.py").read_bytes(), git(workspace, "status", "--porcelain")) == before


def test_a_conflict_left_by_a_stash_is_not_committed(workspace: Workspace) -> None:
    edit(workspace, "src/b.py", "stashed\n", commit=False)
    git(workspace, "stash", "-q")
    edit(workspace, "src/b.py", "mine\n")
    subprocess.run(["git", "stash", "pop"], cwd=workspace.path, check=False, capture_output=True)
    with pytest.raises(BadInput, match=r"src/b\.py in .* is in conflict"):
        workspace.adopt_edits()


def test_another_git_at_work_is_not_disturbed(workspace: Workspace) -> None:
    lock = workspace.path / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(BadInput, match="another git works"):
        workspace.adopt_edits()
    assert lock.exists()


def test_a_project_from_before_the_agents_branch_goes_on_from_their_last_commit(workspace: Workspace) -> None:
    edit(workspace, "src/b.py", "mine\n")
    git(workspace, "worktree", "remove", "--force", str(workspace.record / "agents"))
    last = git(workspace, "rev-parse", "agents")
    git(workspace, "branch", "-qD", "agents")
    assert workspace.adopt_edits() == ("src/b.py",)
    assert workspace.agents_head() == last
    workspace.commit("ann", ANN, "again", {**FIRST, "README.md": "anew\n"})
    assert workspace.text("src/b.py") == "mine\n"
    assert workspace.text("README.md") == "anew\n"


def test_a_nameless_users_edits_are_not_taken_for_the_agents_when_their_branch_is_lost(
    workspace: Workspace, home: Path
) -> None:
    (home / "config").write_text("")
    last = workspace.agents_head()
    edit(workspace, "src/b.py", "mine\n", commit=False)
    workspace.adopt_edits()
    git(workspace, "worktree", "remove", "--force", str(workspace.record / "agents"))
    git(workspace, "branch", "-qD", "agents")
    assert workspace.adopt_edits() == ("src/b.py",)
    assert workspace.agents_head() == last


def test_a_moved_project_and_a_lost_desk_are_no_obstacle(workspace: Workspace) -> None:
    edit(workspace, "src/b.py", "mine\n")
    moved = Workspace(workspace.path.with_name("moved"), workspace.record)
    workspace.path.rename(moved.path)
    moved.commit("ann", ANN, "again", {**FIRST, "README.md": "anew\n"})
    shutil.rmtree(moved.record / "agents")
    moved.commit("ann", ANN, "third", {**FIRST, "README.md": "third\n"})
    assert (moved.text("README.md"), moved.text("src/b.py")) == ("third\n", "mine\n")
    assert len(list((moved.path / ".git/worktrees").iterdir())) == 1


def test_a_copy_of_the_project_does_not_write_into_the_first(workspace: Workspace, tmp_path: Path) -> None:
    shutil.copytree(workspace.path, tmp_path / "copy", symlinks=True)
    before = workspace.agents_head()
    Workspace(tmp_path / "copy", workspace.record).commit("ann", ANN, "copy", {**FIRST, "README.md": "copy\n"})
    assert workspace.agents_head() == before


def test_a_project_without_its_repository_never_reaches_the_one_around_it(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    made = Workspace(tmp_path / "project", tmp_path / "record")
    made.create()
    made.commit("ann", ANN, "first", FIRST)
    shutil.rmtree(made.path / ".git")
    with pytest.raises(BadInput, match="its git repository is gone"):
        made.commit("ann", ANN, "again", FIRST)
    (made.path / ".git").mkdir()
    with pytest.raises(BadInput, match="its git repository is gone"):
        made.commit("ann", ANN, "again", FIRST)


def test_no_program_of_the_repository_runs_at_a_merge(workspace: Workspace, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    for hook in ("pre-commit", "post-commit", "post-merge", "post-checkout", "reference-transaction"):
        path = workspace.path / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch {ran}\n")
        path.chmod(0o755)
    (workspace.path / ".gitattributes").write_text("*.py merge=mine filter=mine diff=mine\n")
    (workspace.path / "src/a.py").write_text(TEN.replace("line 8", "uma's line 8"))
    git(workspace, "add", "--all")
    git(workspace, "-c", "core.hooksPath=/dev/null", "commit", "-qm", "user: edit")
    for key in ("merge.mine.driver", "filter.mine.clean", "filter.mine.smudge", "diff.mine.textconv"):
        git(workspace, "config", key, f"touch {ran}; cat")
    for key, value in (("filter.mine.required", "true"), ("branch.main.mergeOptions", "--squash")):
        git(workspace, "config", key, value)
    ran.unlink(missing_ok=True)
    workspace.commit("ann", ANN, "again", {**FIRST, "src/a.py": TEN.replace("line 1\n", "ann's line 1\n")})
    workspace.adopt_edits()
    workspace.edits(["src/a.py"])
    workspace.checkout(tmp_path / "clean")
    assert not ran.exists()
    text = (workspace.path / "src/a.py").read_text()
    assert "uma's line 8" in text
    assert "ann's line 1" in text


def test_a_file_that_a_filter_stores_elsewhere_is_left_to_the_user(workspace: Workspace) -> None:
    edit(workspace, ".gitattributes", "*.bin filter=lfs\n")
    edit(workspace, "big.bin", "big\n", commit=False)
    assert workspace.adopt_edits() == (".gitattributes",)
    assert (workspace.path / "big.bin").read_text() == "big\n"


def test_a_link_out_of_the_project_is_named(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.path / "out").symlink_to("/etc/passwd")
    workspace.adopt_edits()
    with pytest.raises(BadInput, match="out leads out of the project"):
        workspace.checkout(tmp_path / "clean")


SAME_CALL = """
import json, sys
from pathlib import Path
from agent_graph.workspace import Workspace
project, record, files, edits = sys.argv[1:]
made = Workspace(Path(project), Path(record))
made.adopt_edits()
made.commit("ann", "ann <ann@agent-graph.invalid>", "again", json.loads(files), json.loads(edits))
"""
REAL = shutil.which("git")
WRITES = " (add|commit-tree|update-ref|worktree|symbolic-ref HEAD|reset|clean|merge|write-tree|update-index|read-tree) "
KILLS = """#!/bin/sh
if {when}; then
  {half}
  kill -9 $PPID; exit 1
fi
exec {real} "$@"
"""


def killed(workspace: Workspace, tools: Path, files: dict[str, str], half: str, when: str) -> bool:
    """Whether the call was killed at the git command that the shell's `when` chooses, after what `half` does."""
    tools.mkdir(exist_ok=True)
    (tools / "calls").write_text("")
    (tools / "git").write_text(KILLS.format(when=when, half=half, real=REAL))
    (tools / "git").chmod(0o755)
    arguments = [str(workspace.path), str(workspace.record), json.dumps(files), '["tests/t.py"]']
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-c", SAME_CALL, *arguments], env=environment, capture_output=True, check=False
    )
    assert done.returncode in (0, -9), done.stderr.decode()
    return done.returncode == -9


@pytest.mark.parametrize("half", [":", f'{REAL} "$@" > /dev/null'], ids=["before", "after"])
def test_a_call_killed_at_any_git_command_that_writes_goes_on_when_it_is_made_again(
    workspace: Workspace, tmp_path: Path, half: str
) -> None:
    edit(workspace, "src/a.py", TEN.replace("line 8", "uma's line 8"), commit=False)
    files = {**FIRST, "src/a.py": TEN.replace("line 1\n", "ann's line 1\n"), "new.py": "n\n", "tests/t.py": "ann's\n"}
    del files["src/b.py"]
    calls = tmp_path / "tools" / "calls"
    number, reached = 0, True
    while reached:
        number += 1
        when = f"echo \" $* \" | grep -qE '{WRITES}' && echo >> {calls} && test $(wc -l < {calls}) = {number}"
        here = tmp_path / str(number)
        shutil.copytree(tmp_path / "project", here / "project", symlinks=True)
        shutil.copytree(tmp_path / "record", here / "record", ignore=shutil.ignore_patterns("agents"))
        tried = Workspace(here / "project", here / "record")
        reached = killed(tried, tmp_path / "tools", files, half, when)
        tried.adopt_edits()
        tried.commit("ann", ANN, "again", files, ["tests/t.py"])
        assert git(tried, "status", "--porcelain") == ""
        assert git(tried, "log", "--format=%s").splitlines()[:3] == ["Merge ann's work", "again", "user: edits"] or (
            git(tried, "log", "--format=%s", "--first-parent").splitlines()[:2] == ["Merge ann's work", "user: edits"]
        )
        assert git(tried, "rev-list", "--count", "main") == "5"
        assert {"uma's line 8", "ann's line 1"} <= set((tried.path / "src/a.py").read_text().splitlines())
        assert not (tried.path / "src/b.py").exists()
        assert tried.owned() == {"README.md": "ann", "new.py": "ann", "src/a.py": "ann", "tests/t.py": "bob"}
        assert tried.lent() == {"tests/t.py": {"to": "ann", "before": "t\n", "after": "ann's\n"}}
        assert not list(tried.record.glob("*ing*")), "marks and half merges"
    assert number > 15


def test_a_delivery_killed_in_its_midst_is_taken_back_and_a_later_edit_kept(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Git was writing the user's files: some are new, one is half, one is away, the index is locked and old."""
    files = {**FIRST, "src/a.py": "half and half\n", "README.md": "line by line\n", "new.py": "n\n", "x/y.py": "y\n"}
    del files["src/b.py"]
    shutil.copy(workspace.path / ".git" / "index", tmp_path / "index")
    half = f'{REAL} "$@"; cp {tmp_path}/index .git/index; touch .git/index.lock; printf half > src/a.py; rm new.py'
    assert killed(
        workspace, tmp_path / "tools", {**files, "tests/t.py": "t\n"}, half, 'echo "$*" | grep -q "read-tree -m -u"'
    )
    (workspace.path / "README.md").write_text("my own words\n")
    (workspace.path / "mine.txt").write_text("mine\n")
    assert workspace.adopt_edits() == ("README.md", "mine.txt")
    assert (workspace.path / "src/a.py").read_text() == TEN
    assert (workspace.path / "src/b.py").read_text() == "b\n"
    assert not (workspace.path / "x").exists()
    assert workspace.text("README.md") == "my own words\n"
    with pytest.raises(MergeConflict, match=r"README\.md"):
        workspace.commit("ann", ANN, "again", files)


def test_a_lock_that_was_made_long_after_a_killed_call_is_somebody_elses(workspace: Workspace, tmp_path: Path) -> None:
    assert killed(
        workspace,
        tmp_path / "tools",
        {**FIRST, "tests/t.py": "t\n", "c": "c\n"},
        ":",
        'echo "$*" | grep -q "read-tree -m -u"',
    )
    lock = workspace.path / ".git" / "index.lock"
    lock.touch()
    later = lock.stat().st_mtime + 3600
    os.utime(lock, (later, later))
    with pytest.raises(BadInput, match="another git works"):
        workspace.adopt_edits()
    assert lock.exists()


def test_a_delivery_that_fails_at_its_last_step_is_taken_back(workspace: Workspace) -> None:
    before = snapshot(workspace)
    lock = workspace.path / ".git" / "refs" / "heads" / "main.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    files = {"src/a.py": "anew\n", "new.py": "new\n"}
    with pytest.raises(AgentGraphError, match=r"main\.lock"):
        workspace.commit("ann", ANN, "again", files)
    assert snapshot(workspace) == before
    lock.unlink()
    workspace.commit("ann", ANN, "again", files)
    assert workspace.text("new.py") == "new\n"


def test_a_git_that_outlives_its_killed_call_is_waited_for(workspace: Workspace, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    files = {**FIRST, "src/b.py": "ann's\n", "tests/t.py": "t\n"}
    lasting = f'kill -9 $PPID; cat {gate}; exec {REAL} "$@"'
    assert killed(workspace, tmp_path / "tools", files, lasting, 'echo "$*" | grep -q "read-tree -m -u"')
    call = [
        sys.executable,
        "-c",
        SAME_CALL,
        str(workspace.path),
        str(workspace.record),
        json.dumps(files),
        '["tests/t.py"]',
    ]
    with subprocess.Popen(call) as waiting:
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=2)
        gate.write_text("go on")
        assert waiting.wait(timeout=60) == 0
    assert workspace.text("src/b.py") == "ann's\n"


def test_what_a_killed_call_left_on_the_desk_is_nobodys_work(workspace: Workspace) -> None:
    (workspace.record / "agents" / "half.py").write_text("half\n")
    (workspace.record / "agents" / "src/b.py").write_text("half\n")
    (workspace.path / ".git" / "refs" / "heads" / "agents.lock").touch()
    workspace.commit("bob", BOB, "again", {"tests/t.py": "anew\n"})
    assert git(workspace, "show", "--format=", "--name-only", "agents") == "tests/t.py"
