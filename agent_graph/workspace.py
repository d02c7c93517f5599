"""The generated repository on disk: a git history in which every role's work is a commit of its own."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from agent_graph.errors import AgentGraphError, BadInput

RELEASE = "agent-graph <agent-graph@agent-graph.invalid>"
# The repository's own hooks, filters and the user's configuration never run for us.
_SAFE = (
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "commit.gpgSign=false",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "gc.auto=0",
)


@dataclass(frozen=True)
class Workspace:
    """One project folder, and beside it (`record`) what the agents remember of it: who owns which file."""

    path: Path
    record: Path

    def create(self) -> None:
        """Make the repository. BadInput when something is there already or the folder can't be written."""
        if self.path.exists() and any(self.path.iterdir()):
            raise BadInput(f"{self.path} exists already; choose another --name, or remove it")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.record.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"{self.path} can't be written: {error.strerror}") from error
        self._git("init", "--quiet", "--initial-branch=main")

    def commit(
        self, owner: str, author: str, message: str, files: Mapping[str, str], edits: Collection[str] = ()
    ) -> str:
        """Write the owner's files (and remove those it no longer has), commit, return the commit's id.

        `edits` are paths among `files` that others own and go on owning: their text comes back with the first commit
        of this owner that doesn't edit them. The same files again give no new commit. A path that leaves the project,
        or belongs to another owner and is no edit, is an error of ours.
        """
        owned = self.owned()
        borrowed = {name: files[name] for name in edits if owned.get(name, owner) != owner}
        files = {name: text for name, text in files.items() if name not in borrowed}
        for name in (*files, *borrowed):
            self._inside(name)
            if name not in borrowed and owned.get(name, owner) != owner:
                raise AgentGraphError(f"{owner} wrote {name}, which belongs to {owned[name]}")
        for name in [name for name, who in owned.items() if who == owner and name not in files]:
            (self.path / name).unlink(missing_ok=True)
            del owned[name]
        for name, text in files.items():
            write_atomic(self.path / name, text)
            owned[name] = owner
        self._lend(owner, borrowed)
        write_atomic(self.record / "owned.json", json.dumps(owned, indent=1, sort_keys=True))
        self._git("add", "--all", ".")
        if self._git("status", "--porcelain"):
            self._git("commit", "--quiet", "--no-verify", f"--author={author}", "-m", message, author=author)
        return self.head()

    def adopt(self, owner: str, author: str, message: str, files: Mapping[str, str]) -> str:
        """Commit further files of an owner beside those it has."""
        lent = [name for name, loan in self._lent().items() if loan["to"] == owner]
        names = [*lent, *(name for name, who in self.owned().items() if who == owner)]
        kept = {name: (self.path / name).read_text("utf-8") for name in names}
        return self.commit(owner, author, message, {**kept, **files}, edits=lent)

    def owned(self) -> dict[str, str]:
        """Owner of each file that an agent wrote."""
        try:
            known: dict[str, str] = json.loads((self.record / "owned.json").read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return known

    def _lent(self) -> dict[str, dict[str, str]]:
        """Files as another role edited them: to whom, and the text before and after."""
        try:
            known: dict[str, dict[str, str]] = json.loads((self.record / "lent.json").read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return known

    def _lend(self, editor: str, borrowed: Mapping[str, str]) -> None:
        """Give back what the editor had changed, unless its owner wrote it anew since; then write the new edits."""
        lent = self._lent()
        for name, loan in [(name, loan) for name, loan in lent.items() if loan["to"] == editor]:
            del lent[name]
            path = self.path / name
            if path.is_file() and not path.is_symlink() and path.read_text("utf-8") == loan["after"]:
                write_atomic(path, loan["before"])
        for name, text in borrowed.items():
            if (self.path / name).is_symlink() or not (self.path / name).is_file():
                raise AgentGraphError(f"{editor} edits {name}, which is no file of the project")
            lent[name] = {"to": editor, "before": (self.path / name).read_text("utf-8"), "after": text}
            write_atomic(self.path / name, text)
        if lent or (self.record / "lent.json").is_file():
            write_atomic(self.record / "lent.json", json.dumps(lent, indent=1, sort_keys=True))

    def head(self) -> str:
        """The current commit."""
        return self._git("rev-parse", "HEAD").strip()

    def tree(self) -> str:
        """Hash of the committed files, whatever the history."""
        return self._git("rev-parse", "HEAD^{tree}").strip()

    def checkout(self, target: Path) -> Path:
        """A clean copy of the committed files only, without history."""
        archive = self._git_bytes("archive", "--format=tar", "HEAD")
        target.mkdir(parents=True, exist_ok=True)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(target, filter="data")
        return target

    def _inside(self, name: str) -> None:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or path.parts[0] == ".git":
            raise AgentGraphError(f"{name!r} lies outside the project")
        folder = self.path
        for part in path.parts[:-1]:
            folder = folder / part
            if folder.is_symlink():
                raise AgentGraphError(f"{name!r} lies behind a link")

    def _git(self, *arguments: str, author: str = RELEASE) -> str:
        return self._git_bytes(*arguments, author=author).decode("utf-8", "replace")

    def _git_bytes(self, *arguments: str, author: str = RELEASE) -> bytes:
        name, _, mail = author.rstrip(">").partition(" <")
        env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": mail,
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(  # noqa: S603
            ["git", *_SAFE, *arguments],  # noqa: S607
            cwd=self.path,
            env=env,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise AgentGraphError(f"git {arguments[0]} failed: {done.stderr.decode('utf-8', 'replace').strip()}")
        return done.stdout


def write_atomic(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        mode = 0o755 if path.suffix == ".sh" else 0o644
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def remove(path: Path) -> None:
    """Remove a folder of ours, if it is there."""
    shutil.rmtree(path, ignore_errors=True)
