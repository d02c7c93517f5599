"""The user's side: the branch `main`, checked out in the project's folder, into which the agents' commits are merged.

A merge is made in a working tree of ours; the user's folder gets its finished result or stays as it was.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from agent_graph.errors import AgentGraphError, BadInput, MergeConflict
from agent_graph.workspace import delivery
from agent_graph.workspace.desk import NOBODY
from agent_graph.workspace.git import Git, ignored_by_user, listed, setting_of_user

_UNDER_WAY = {  # what git leaves in its folder -> what it is, how it is finished, how it is given up
    "MERGE_HEAD": ("merge", "git commit", "git merge --abort"),
    "rebase-merge": ("rebase", "git rebase --continue", "git rebase --abort"),
    "rebase-apply": ("rebase", "git rebase --continue", "git rebase --abort"),
    "CHERRY_PICK_HEAD": ("cherry-pick", "git cherry-pick --continue", "git cherry-pick --abort"),
    "REVERT_HEAD": ("revert", "git revert --continue", "git revert --abort"),
    "BISECT_LOG": ("bisection", "git bisect reset", "git bisect reset"),
}
_NO_FILTER = ("unspecified", "unset")


@dataclass(frozen=True)
class Trunk:
    """The branch `main` and the folder in which the user has it checked out."""

    git: Git
    private: Path  # where git keeps what is this folder's own
    record: Path
    branch: str
    agents: str  # the agents' branch

    def tip(self) -> str:
        """The last commit, "" before the first."""
        return self.git.commit_of(self.branch)

    def ready(self) -> None:
        """Undo what a killed call of ours left half done. BadInput, with the remedy, when the user is in the middle."""
        here = shlex.quote(str(self.git.folder))
        delivery.undo(self.git, self.record, self.branch)
        checked_out = self.git.done("symbolic-ref", "--quiet", "HEAD").stdout.decode("utf-8", "replace").strip()
        if checked_out != self.branch:
            other = checked_out.removeprefix("refs/heads/") or "no branch"
            main = self.branch.removeprefix("refs/heads/")
            raise BadInput(
                f"{here} has {other} checked out, but the agents' work goes to {main}; run git -C {here} switch {main}"
            )
        for name, (what, finish, leave) in _UNDER_WAY.items():
            if (self.private / name).exists():
                raise BadInput(f"a {what} is under way in {here}; finish it ({finish}) or give it up ({leave}) first")
        if unsettled := self._unmerged(self.git):
            raise BadInput(f"{', '.join(unsettled)} in {here} is in conflict; settle it and git add it first")
        if (lock := self.private / "index.lock").exists():
            raise BadInput(f"another git works in {here}; wait for it, or remove {lock} if none is running")

    def merge(self, author: str) -> None:
        """Bring the agents' last commit into main and the folder; MergeConflict, and nothing changed, if it can't be.

        Without commits of the user main just moves on to it.
        """
        ours, theirs = self.tip(), self.git.commit_of(self.agents)
        if not theirs or (ours and self.git.ok("merge-base", "--is-ancestor", theirs, ours)):
            return
        straight = not ours or self.git.ok("merge-base", "--is-ancestor", ours, theirs)
        made = theirs if straight else self._merged(ours, theirs, author)
        if blocked := delivery.in_the_way(self.git, self.record, self.branch, ours, made):
            raise MergeConflict(
                f"the agents' work would overwrite {', '.join(blocked)} in {shlex.quote(str(self.git.folder))}: "
                "commit it or move it away, then go on with agent-graph resume",
                blocked,
            )
        delivery.deliver(self.git, self.record, self.branch, ours, made)

    def adopt(self) -> None:
        """Commit what the user hasn't, under the user's own name.

        Ignored files are left alone, those of the user's own list too, and files that a filter of theirs turns into
        something else for git (large files), for filters never run here.
        """
        ours = self.tip()
        staged, unstaged = self._uncommitted()
        if not ours or not (staged or unstaged):
            return
        with delivery.begun(self.git, self.record, self.branch):
            self.git.raw("add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul", given=listed(unstaged))
            tree = self.git.text("write-tree")
            if tree != self.git.tree_of(ours):
                user = _user(self.git.folder)
                commit = self.git.store(tree, (ours,), user, "user: edits")
                self.git.raw("update-ref", "-m", "commit: user: edits", self.branch, commit, ours, author=user)

    def changed(self) -> tuple[str, ...]:
        """Files in which main differs from what it has of the agents' work."""
        return tuple(self.git.names("diff", "--name-only", "-z", "--no-renames", f"{self.agents}...{self.branch}"))

    def _uncommitted(self) -> tuple[bool, list[str]]:
        """Whether anything is staged, and the paths that git would still have to add."""
        git = replace(self.git, settings={**self.git.settings, **ignored_by_user(self.git.folder)})
        entries = git.names("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames")
        paths = [entry[3:] for entry in entries if entry[1] != " "]
        facts = iter(git.names("check-attr", "-z", "--stdin", "filter", given=listed(paths)))
        filtered = {path for path, _, value in zip(facts, facts, facts, strict=True) if value not in _NO_FILTER}
        staged = any(entry[0] not in " ?" for entry in entries)
        return staged, [path for path in paths if path not in filtered]

    def _merged(self, ours: str, theirs: str, author: str) -> str:
        """A merge commit of both sides, made beside the user's folder. MergeConflict names the files in conflict."""
        here = shlex.quote(str(self.git.folder))
        branch = self.agents.removeprefix("refs/heads/")
        if not self.git.ok("merge-base", ours, theirs):
            raise BadInput(
                f"{branch} shares no history with main; run git -C {here} merge --allow-unrelated-histories {branch}"
            )
        aside = self.record / "merging"
        git = self.git.worktree(aside, ours)
        try:
            done = git.done("merge", "--quiet", "--no-commit", "--no-ff", theirs, author=author)
            if not done.returncode:
                subject = f"Merge {author.partition(' <')[0]}'s work"
                return git.store(git.text("write-tree"), (ours, theirs), author, subject)
            files = self._unmerged(git)
        finally:
            self.git.done("worktree", "remove", "--force", "--force", str(aside))
        if not files:
            raise AgentGraphError(f"git merge failed: {done.stderr.decode('utf-8', 'replace').strip()}")
        raise MergeConflict(
            f"your edits and the agents' meet in {', '.join(files)}: git -C {here} merge {branch}, settle them, "
            "commit, then go on with agent-graph resume",
            files,
        )

    def _unmerged(self, git: Git) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.partition("\t")[2] for line in git.names("ls-files", "--unmerged", "-z")))


def _user(folder: Path) -> str:
    """The user as their own git knows them."""
    parts = [setting_of_user(folder, key) for key in ("user.name", "user.email")]
    name, mail = ("".join(sign for sign in part if sign.isprintable() and sign not in "<>").strip() for part in parts)
    known, _, address = NOBODY.rstrip(">").partition(" <")
    return f"{name or known} <{mail or address}>"
