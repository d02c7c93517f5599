"""One generated repository: what the agents and the release hand in, what is read of it, what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from agent_graph.errors import BadInput
from agent_graph.workspace import differences
from agent_graph.workspace.desk import Desk
from agent_graph.workspace.differences import FileDiff
from agent_graph.workspace.files import remove, write_json
from agent_graph.workspace.git import RELEASE, Git, alone
from agent_graph.workspace.ledger import Ledger, Loan
from agent_graph.workspace.trunk import Trunk
from agent_graph.workspace.unpacking import unpack

_DRAFT = ".agent-graph-draft"  # of the repository: git init is more than one step
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Workspace:
    """One project folder, where the user works on `branch`, and beside it (`record`) what is the agents'.

    Agents commit on a branch of their own, in `record/agents`; every commit of theirs is merged into the user's branch.
    """

    path: Path
    record: Path
    branch: str = "main"
    agents: str = "agents"

    def create(self) -> None:
        """Make the repository. BadInput when something is there already or the folder can't be written."""
        draft = self.path / _DRAFT
        try:
            remove(draft)  # of a killed call
            if self.path.exists() and any(self.path.iterdir()):
                raise BadInput(f"{self.path} exists already; choose another --name, or remove it")
            draft.mkdir(parents=True)
            self.record.mkdir(parents=True, exist_ok=True)
            Git(draft).raw("init", "--quiet", f"--initial-branch={self.branch}")
            (draft / ".git").rename(self.path / ".git")
        except OSError as error:
            raise BadInput(f"{self.path} can't be written: {error.strerror}; choose another --out") from error
        remove(draft)

    def commit(
        self, owner: str, author: str, message: str, files: Mapping[str, str], edits: Collection[str] = ()
    ) -> str:
        """Write the owner's files (and remove those it no longer has), commit, merge; returns the project's commit.

        `edits` are paths among `files` that others own and go on owning: their text comes back with the first commit
        of this owner that doesn't edit them. The same files again give no new commit. A path that leaves the project,
        or belongs to another owner and is no edit, is an error of ours. BadInput when the user is in the middle of
        something, MergeConflict when the merge needs them; the same call goes on after both, and after a kill.
        """
        with self._at_work() as (desk, trunk):
            ledger = Ledger.load(self.record)
            ledger.hand_in(desk.clear(), owner, files, edits)
            desk.commit(ledger, author, message)
            trunk.merge(author)
        return self.head()

    def adopt(self, owner: str, author: str, message: str, files: Mapping[str, str]) -> str:
        """Commit further files of an owner beside those it has."""
        with self._at_work() as (desk, trunk):
            ledger, folder = Ledger.load(self.record), desk.clear()
            lent = ledger.loans_of(owner)
            kept = {name: (folder / name).read_text("utf-8") for name in [*lent, *ledger.files_of(owner)]}
            ledger.hand_in(folder, owner, {**kept, **files}, lent)
            desk.commit(ledger, author, message)
            trunk.merge(author)
        return self.head()

    def restore(self, agents_commit: str, owned: Mapping[str, str], lent: Mapping[str, Loan], message: str) -> str:
        """Give the agents' branch the files of an earlier commit of theirs, in a new one, and merge it.

        The commit may be an alternative's. What the user edited stays theirs. Returns the project's commit.
        """
        with self._at_work() as (desk, trunk):
            if not desk.git.commit_of(agents_commit):
                raise BadInput(f"{self.path} has no commit {agents_commit}; its history was cut")
            desk.keep(desk.git.tree_of(agents_commit), Ledger({**owned}, {**lent}), RELEASE, message)
            trunk.merge(RELEASE)
        return self.head()

    def adopt_edits(self) -> tuple[str, ...]:
        """Commit what the user hasn't committed, under their name; returns the files that they changed of the agents'.

        BadInput, and nothing written, when another branch is checked out or a merge or rebase is under way.
        """
        with self._at_work() as (_, trunk):
            trunk.adopt()
            return trunk.changed() if trunk.tip() else ()

    def edits(self, paths: Collection[str]) -> dict[str, str]:
        """What the user changed in files since the agents' last merged work, as unified diffs; committed edits only."""
        git, sides = Git.of(self.path), f"{_branch(self.agents)}...{_branch(self.branch)}"
        texts = {path: differences.text(git, (sides,), path) for path in paths}
        return {path: text for path, text in texts.items() if text}

    def changes(self, before: str, after: str) -> tuple[FileDiff, ...]:
        """How the files of two commits differ."""
        return differences.between(Git.of(self.path), before, after)

    def keep(self, name: str, commit: str) -> None:
        """Tag a commit, so that it stays in the repository whatever becomes of the branches."""
        with self._at_work(ready=False) as (desk, _):
            if not desk.git.commit_of(commit):
                raise BadInput(f"{self.path} has no commit {commit}; its history was cut")
            desk.git.raw("update-ref", f"refs/tags/{name}", commit)

    def beside(self, name: str) -> Workspace:
        """Another workspace of the same repository, begun at what stands now, for an answer beside the present one.

        Made at the first call. Its folder is `record/alternatives/<name>`; the user's folder isn't touched by its work,
        and `restore` takes over its agents' commit.
        """
        other = self._other(name)
        with self._at_work(ready=False) as (desk, trunk):
            if not (other.record / "begun.json").is_file():
                Ledger.load(self.record).save(other.record)
                desk.git.raw("update-ref", _branch(other.agents), desk.tip())
                desk.git.raw("update-ref", _branch(other.branch), trunk.tip())
                write_json(other.record / "begun.json", {"main": trunk.tip(), "agents": desk.tip()})
            _stand(desk.git, other)
        return other

    def put_away(self, name: str) -> None:
        """Remove an alternative with its branches, if it is there; commits that a tag keeps stay."""
        other = self._other(name)
        with self._at_work(ready=False) as (desk, _):
            for folder in (other.record / "agents", other.path):
                remove(folder)  # first: half of a working tree, as a kill leaves it, is none to git
                desk.git.ok("worktree", "remove", "--force", "--force", str(folder))
            remove(other.record)
            for branch in (other.branch, other.agents):
                desk.git.raw("update-ref", "-d", _branch(branch))

    def _other(self, name: str) -> Workspace:
        if not _NAME.fullmatch(name):
            raise BadInput(f"{name!r} is no name for an alternative; use small letters, digits and hyphens")
        folder = self.record.absolute() / "alternatives"
        return replace(
            self,
            path=folder / name,
            record=folder / f"{name}.record",
            branch=f"alternative/{name}",
            agents=f"agents-{name}",
        )

    def owned(self) -> dict[str, str]:
        """Owner of each file that an agent wrote."""
        return Ledger.load(self.record).owned

    def lent(self) -> dict[str, Loan]:
        """Files as another role edited them: to whom, and the text before and after."""
        return Ledger.load(self.record).lent

    def head(self) -> str:
        """The current commit, the user's edits and the agents' work together."""
        return Git(self.path).text("rev-parse", "--verify", _branch(self.branch))

    def agents_head(self) -> str:
        """The agents' last commit, merged or not."""
        return Git(self.path).text("rev-parse", "--verify", _branch(self.agents))

    def tree(self) -> str:
        """Hash of the committed files, whatever the history."""
        return Git(self.path).tree_of(_branch(self.branch))

    def sizes(self) -> dict[str, int]:
        """Bytes of each committed file."""
        found = {}
        for line in Git(self.path).names("ls-tree", "-r", "-z", "--long", _branch(self.branch)):
            facts, _, name = line.partition("\t")
            found[name] = int(facts.split()[3])
        return found

    def text(self, name: str) -> str:
        """A file as committed. BadInput when there is none."""
        return self._text(name, self.branch)

    def latest(self, name: str) -> str:
        """A file as committed, or as its agent handed it in when a killed call left it unmerged. BadInput else."""
        return self._text(name, self.branch, self.agents)

    def _text(self, name: str, *branches: str) -> str:
        for branch in branches:
            done = Git(self.path).done("cat-file", "blob", f"{_branch(branch)}:{name}")
            if not done.returncode:
                return done.stdout.decode("utf-8")
        raise BadInput(f"{self.path} has no committed file {name}; git -C {self.path} log -- {name} tells why")

    def checkout(self, target: Path) -> Path:
        """A clean copy of the committed files only, without history."""
        archive = Git.of(self.path).raw("archive", "--format=tar", _branch(self.branch))
        target.mkdir(parents=True, exist_ok=True)
        unpack(archive, target)
        return target

    @contextmanager
    def _at_work(self, *, ready: bool = True) -> Iterator[tuple[Desk, Trunk]]:
        """Nobody else works on this project meanwhile, and what a killed call left is settled."""
        path, record = self.path.absolute(), self.record.absolute()
        places = Git(path).places() if (path / ".git").exists() else None
        if not places:
            raise BadInput(f"{self.path} is no project any more: its git repository is gone; make it anew")
        private, common = places
        main, agents = _branch(self.branch), _branch(self.agents)
        with alone(record) as held:
            remove(path / _DRAFT)
            git = Git.of(path, held)
            desk, trunk = Desk(git, common, record, agents, main), Trunk(git, private, record, main, agents)
            if ready:
                trunk.ready()
            desk.begin()
            yield desk, trunk


def _stand(git: Git, other: Workspace) -> None:
    """The working tree of an alternative, made, or linked again when the project was moved."""
    branch = _branch(other.branch)
    if other.path.is_dir():
        git.ok("worktree", "repair", str(other.path))
        there = git.at(other.path)
        if (places := there.places()) and not (places[0] / "locked").exists():
            if not there.ok("symbolic-ref", "--quiet", "HEAD"):  # killed before the last step
                there.raw("symbolic-ref", "HEAD", branch)
            return
    git.worktree(other.path, branch).raw("symbolic-ref", "HEAD", branch)


def _branch(name: str) -> str:
    return f"refs/heads/{name}"
