"""Git as a child process: no hook, filter or merge driver ever runs, no configuration of the user's is in force."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import subprocess
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent_graph.errors import BadInput
from agent_graph.workspace.files import remove

RELEASE = "agent-graph <agent-graph@agent-graph.invalid>"
RELEASE_OWNER = "release"  # of the report and what is made from it
# The repository's own hooks and the user's configuration never run for us; a path is a path, never a pattern.
_SAFE = (
    "--literal-pathspecs",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "commit.gpgSign=false",
    "-c",
    "merge.verifySignatures=false",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "rerere.enabled=false",
    "-c",
    "gc.auto=0",
    "-c",
    "submodule.recurse=false",
)
# These would run git inside of a submodule, under that repository's own filters.
_LOOKING_INTO_SUBMODULES = ("status", "diff", "diff-index")
_PROGRAMS = re.compile(r"(?P<kind>filter|merge)\..*\.(?P<what>clean|smudge|process|required|driver)", re.DOTALL)
_TEXT_MERGE = "git merge-file --marker-size=%L %A %O %B"  # what git does by itself; an empty driver would drop a side


@dataclass(frozen=True)
class Git:
    """Git in one folder. `held` is a lock's file, which every git process keeps open until it ends."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)  # in force over the repository's own
    held: int | None = None

    @classmethod
    def of(cls, folder: Path, held: int | None = None) -> Git:
        """Git in a repository, whose own filters and merge drivers are taken out."""
        plain = cls(folder, held=held)
        keys = plain.done("config", "--null", "--name-only", "--get-regexp", r"^(filter|merge)\.").stdout
        return replace(plain, settings=dict(_inert(os.fsdecode(keys).split("\0"))))

    def at(self, folder: Path) -> Git:
        """The same repository from another working tree of it, where settings of its own may be in force."""
        if not (folder / ".git").exists():
            return replace(self, folder=folder)
        return replace(self, folder=folder, settings={**self.settings, **Git.of(folder, self.held).settings})

    def done(
        self, *arguments: str, author: str = RELEASE, given: bytes | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git to its end, well or not."""
        plain = ("--ignore-submodules=dirty",) if arguments[0] in _LOOKING_INTO_SUBMODULES else ()
        return subprocess.run(  # noqa: S603
            ["git", *_SAFE, arguments[0], *plain, *arguments[1:]],  # noqa: S607
            cwd=self.folder,
            env=self._environment(author),
            input=b"" if given is None else given,
            capture_output=True,
            check=False,
            pass_fds=() if self.held is None else (self.held,),
        )

    def raw(self, *arguments: str, author: str = RELEASE, given: bytes | None = None) -> bytes:
        """What git says on standard output. BadInput when it fails: of a full disk, of a repository that is broken."""
        done = self.done(*arguments, author=author, given=given)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            here = shlex.quote(str(self.folder))
            raise BadInput(
                f"git {arguments[0]} failed: {said}; mend {here} (git -C {here} fsck tells more), then go on"
            )
        return done.stdout

    def text(self, *arguments: str, author: str = RELEASE, given: bytes | None = None) -> str:
        """What git says, as text without the white space around it."""
        return self.raw(*arguments, author=author, given=given).decode("utf-8", "replace").strip()

    def names(self, *arguments: str, given: bytes | None = None) -> list[str]:
        """Paths (or records) that git lists with a NUL after each."""
        return [os.fsdecode(name) for name in self.raw(*arguments, given=given).split(b"\0") if name]

    def ok(self, *arguments: str) -> bool:
        """Whether git ends well."""
        return not self.done(*arguments).returncode

    def commit_of(self, name: str) -> str:
        """Id of the commit that a name stands for, "" when there is none."""
        return self.done("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").stdout.decode().strip()

    def tree_of(self, commit: str) -> str:
        """Hash of a commit's files."""
        return self.text("rev-parse", f"{commit}^{{tree}}")

    def places(self) -> tuple[Path, Path] | None:
        """Where git keeps what is this working tree's own and what all of them share; None outside of a repository."""
        done = self.done("rev-parse", "--git-dir", "--git-common-dir")
        if done.returncode:
            return None
        private, common = os.fsdecode(done.stdout).removesuffix("\n").split("\n")
        return (self.folder / private).resolve(), (self.folder / common).resolve()

    def store(self, tree: str, parents: Collection[str], author: str, message: str) -> str:
        """Make a commit object of a tree; no branch knows it yet."""
        lines = "\n".join(line.rstrip() for line in message.strip().splitlines()) + "\n"
        above = [word for parent in parents if parent for word in ("-p", parent)]
        return self.text("commit-tree", tree, *above, author=author, given=lines.encode("utf-8", "replace"))

    def worktree(self, folder: Path, commit: str) -> Git:
        """A fresh working tree of a commit on no branch, in place of whatever is left there."""
        remove(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        empty = ("--quiet", "--force", "--force", "--detach", "--no-checkout")
        self.raw("worktree", "add", *empty, str(folder), commit)
        there = self.at(folder)  # only now is it known which settings are in force there
        there.raw("reset", "--quiet", "--hard")
        return there

    def _environment(self, author: str) -> dict[str, str]:
        name, _, mail = author.rstrip(">").partition(" <")
        found = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": mail,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": mail,
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_CEILING_DIRECTORIES": str(self.folder.parent),  # never a repository around the project
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_COUNT": str(len(self.settings)),
        }
        for number, (key, value) in enumerate(self.settings.items()):
            found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return found


def _inert(keys: Collection[str]) -> Iterator[tuple[str, str]]:
    for key in keys:
        if found := _PROGRAMS.fullmatch(key):
            yield key, {"required": "false", "driver": _TEXT_MERGE}.get(found["what"], "")


@contextmanager
def alone(record: Path) -> Iterator[int]:
    """Wait until nobody else works on the project, git processes of killed runs included; yields the lock's file."""
    record.mkdir(parents=True, exist_ok=True)
    with (record / "workspace.lock").open("a", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield stream.fileno()


def setting_of_user(folder: Path, key: str, *, path: bool = False) -> str:
    """One value of the user's own git configuration, "" when it isn't set. Reading it runs nothing."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or "CONFIG" in name}
    done = subprocess.run(  # noqa: S603
        ["git", "config", *(["--path"] if path else []), "--get", key],  # noqa: S607
        cwd=folder,
        env=theirs,
        capture_output=True,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace").strip()


def ignored_by_user(folder: Path) -> dict[str, str]:
    """The setting that names the user's own list of ignored files, where git looks for it too."""
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    name = setting_of_user(folder, "core.excludesFile", path=True) or f"{home}/git/ignore"
    return {"core.excludesFile": name} if os.path.isfile(name) else {}


def listed(names: Collection[str]) -> bytes:
    """Paths as git reads them from standard input: a NUL after each."""
    return b"".join(os.fsencode(name) + b"\0" for name in names)
