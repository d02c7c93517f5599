"""The agents' desk: their branch, in a working tree that only they write to.

Everything on it can be made again from the branch and the ledger, so whatever a killed run left there is thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent_graph.errors import AgentGraphError, BadInput
from agent_graph.workspace.delivery import MARK
from agent_graph.workspace.files import read_json, write_json
from agent_graph.workspace.git import Git
from agent_graph.workspace.ledger import KEPT_IN, Ledger

PENDING = "pending.json"  # a ledger whose commit may not be made yet
_MAIL = "@agent-graph.invalid"
NOBODY = "user <user@agent-graph.invalid>"  # a user whose git knows no name


@dataclass(frozen=True)
class Desk:
    """The branch `agents` of a repository, with its working tree in `record/agents`."""

    git: Git  # in the user's folder
    common: Path  # the repository's folder
    record: Path
    branch: str
    trunk: str

    @property
    def folder(self) -> Path:
        """Where the agents write."""
        return self.record / "agents"

    def tip(self) -> str:
        """The agents' last commit, "" before the first."""
        return self.git.commit_of(self.branch)

    def begin(self) -> None:
        """Make the branch if the project has none, and settle what a killed call left between commit and ledger."""
        (self.common / f"{self.branch}.lock").unlink(missing_ok=True)  # nobody else writes this branch
        for name in (*KEPT_IN, PENDING, MARK):
            for draft in self.record.glob(f".{name}.*"):
                draft.unlink(missing_ok=True)
        if not self.tip() and (start := self._start()):
            self.git.raw("update-ref", self.branch, start)
        pending = read_json(self.record / PENDING)
        if pending and pending["commit"] == self.tip():
            Ledger(pending["owned"], pending["lent"]).save(self.record)
        (self.record / PENDING).unlink(missing_ok=True)

    def clear(self) -> Path:
        """The working tree, exactly as the branch's last commit has it."""
        if not (self._sound() and self._reset()):
            self._remake()
            if not self._reset():
                raise AgentGraphError(f"{self.folder} can't be made as {self.branch} has it; remove that folder")
        return self.folder

    def commit(self, ledger: Ledger, author: str, message: str) -> None:
        """Commit all that lies on the desk, ignored files too: agents write nothing else there."""
        git = self.git.at(self.folder)
        git.raw("add", "--all", "--force", ".")
        self.keep(git.text("write-tree"), ledger, author, message)

    def keep(self, tree: str, ledger: Ledger, author: str, message: str) -> None:
        """Make a tree the branch's newest, in one commit together with its ledger; the same tree makes none."""
        tip = self.tip()
        if not tip or self.git.tree_of(tip) != tree:
            commit = self.git.store(tree, (tip,), author, message)
            made = {"commit": commit, "owned": ledger.owned, "lent": ledger.lent}
            write_json(self.record / PENDING, made)
            subject = message.strip().partition("\n")[0]
            self.git.raw("update-ref", "-m", f"commit: {subject}", self.branch, commit, tip, author=author)
        ledger.save(self.record)
        (self.record / PENDING).unlink(missing_ok=True)

    def _start(self) -> str:
        """Where the branch of an older project begins: at the agents' last commit, for what follows is the user's.

        BadInput for a repository that holds nothing of the work that the ledger tells of.
        """
        main = self.git.commit_of(self.trunk)
        if not main:
            return ""
        for line in self.git.text("log", "--no-merges", "--format=%H %ae", main).splitlines():
            commit, _, mail = line.partition(" ")
            if mail.endswith(_MAIL) and f"<{mail}>" not in NOBODY:
                return commit
        if Ledger.load(self.record).owned:
            raise BadInput(f"{self.git.folder} is another repository than the project's; bring that one back")
        return main

    def _sound(self) -> bool:
        """Whether the working tree is one of this repository (which may have been moved), and on the branch."""
        git = self.git.at(self.folder)
        places = git.places() if (self.folder / ".git").is_file() else None
        if not places or places[1] != self.common:
            return False
        return git.done("symbolic-ref", "--quiet", "HEAD").stdout.decode().strip() == self.branch

    def _reset(self) -> bool:
        git = self.git.at(self.folder)
        back = git.ok("reset", "--quiet", "--hard") if self.tip() else git.ok("read-tree", "--empty")
        return back and git.ok("clean", "--quiet", "-ffdx")

    def _remake(self) -> None:
        empty = self.git.text("mktree")
        tip = self.tip() or self.git.store(empty, (), NOBODY, "nothing yet")
        self.git.worktree(self.folder, tip).raw("symbolic-ref", "HEAD", self.branch)
