"""A finished merge comes into the user's folder: all of it or nothing, over no file that isn't committed.

What is begun is written down first, so that the next call knows which half-made changes are ours to take back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from agent_graph.errors import AgentGraphError
from agent_graph.workspace.files import read_json, write_json
from agent_graph.workspace.git import Git, listed

MARK = "delivering.json"
_LOCK_AGE_S = 60.0  # a lock made later than this after our beginning is somebody else's
_REGULAR = ("100644", "100755")
_NOTHING = "0" * 40


@contextmanager
def begun(git: Git, record: Path, branch: str, old: str = "", new: str = "") -> Iterator[None]:
    """Remember that the user's folder is being brought from one commit to another, until that is done."""
    write_json(record / MARK, {"from": old, "to": new})
    try:
        yield
    except AgentGraphError:
        undo(git, record, branch)
        raise
    (record / MARK).unlink()


def deliver(git: Git, record: Path, branch: str, old: str, new: str) -> None:
    """Bring folder, index and branch to a commit; files that are the same in both commits stay as the user has them."""
    with begun(git, record, branch, old, new):
        git.raw("read-tree", "-m", "-u", *([old] if old else []), new)
        git.raw("update-ref", "-m", "agent-graph: merge", branch, new, old)


def in_the_way(git: Git, record: Path, branch: str, old: str, new: str) -> tuple[str, ...]:
    """Files that the delivery would change or add and that hold something uncommitted, ignored files too."""
    with begun(git, record, branch):
        git.ok("update-index", "-q", "--refresh")  # files that were only touched
    if old:
        listed_so = ("-r", "-z", "--name-only", "--no-renames")
        changed = set(git.names("diff-tree", *listed_so, old, new))
        added = git.names("diff-tree", *listed_so, "--diff-filter=A", old, new)
        dirty = git.names("diff-index", *listed_so, old) + git.names("diff-index", *listed_so, "--cached", old)
        known = set(git.names("ls-tree", "-r", "-z", "--name-only", old))
    else:
        added = git.names("ls-tree", "-r", "-z", "--name-only", new)
        changed, dirty, known = set(added), git.names("ls-files", "-z"), set()
    untracked = (found for name in added if (found := _untracked(git.folder, name, known)))
    return tuple(dict.fromkeys([*(name for name in dirty if name in changed), *untracked]))


def _untracked(folder: Path, name: str, known: set[str]) -> str:
    """What lies where a new file is to come, "" when nothing does."""
    path = PurePosixPath(name)
    for parent in [up for up in reversed(path.parents) if up.parts]:
        there = folder / parent
        if there.is_symlink() or (there.exists() and not there.is_dir()):
            return "" if str(parent) in known else f"{parent} ({name} lies behind a link or file)"
    there = folder / path
    if there.is_symlink() or not there.is_dir():
        return name if os.path.lexists(there) and name not in known else ""
    inside = (
        each.relative_to(folder).as_posix() for each in there.rglob("*") if each.is_symlink() or not each.is_dir()
    )
    return next((each for each in inside if each not in known), "")


def undo(git: Git, record: Path, branch: str) -> None:
    """Take back a delivery that never ended: only files that are as it wrote them, or half so; then forget it."""
    mark = record / MARK
    doing = read_json(mark)
    if doing is None:
        return
    private, common = git.places() or (git.folder / ".git", git.folder / ".git")
    for path in (private / "index.lock", private / "HEAD.lock", common / f"{branch}.lock"):
        with suppress(FileNotFoundError):
            if 0 <= path.stat().st_mtime - mark.stat().st_mtime <= _LOCK_AGE_S:
                path.unlink()
    if (private / "index.lock").exists():
        return  # another git is at work: not now
    if doing["to"] and git.commit_of(branch) == doing["from"]:
        _take_back(git, doing["from"], doing["to"])
    mark.unlink()


def _take_back(git: Git, old: str, new: str) -> None:
    before, after = _entries(git, old), _entries(git, new)
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    lines = [f"{' '.join(before.get(name, ('0', _NOTHING)))}\t{name}" for name in changed]
    git.raw("update-index", "-z", "--index-info", given=listed(lines))
    for name in changed:
        if name not in before and _ours(git, name, None, after[name]):
            with suppress(OSError):
                (git.folder / name).unlink()
                _prune(git.folder, name)
    back = [name for name in changed if name in before and _ours(git, name, before[name], after.get(name))]
    git.raw("checkout-index", "--force", "-z", "--stdin", given=listed(back))
    git.ok("update-index", "-q", "--refresh")


def _prune(folder: Path, name: str) -> None:
    """Remove the folders that became empty with a file."""
    for parent in PurePosixPath(name).parents:
        if not parent.parts:
            return
        (folder / parent).rmdir()


def _ours(git: Git, name: str, old: tuple[str, str] | None, new: tuple[str, str] | None) -> bool:
    """Whether the folder's file is the old version, the new one, the beginning of the new one, or not there."""
    path = git.folder / name
    if any((git.folder / parent).is_symlink() for parent in PurePosixPath(name).parents):
        return False
    if not os.path.lexists(path):
        return old is not None
    if path.is_symlink() or not path.is_file() or any(entry and entry[0] not in _REGULAR for entry in (old, new)):
        return False
    there = path.read_bytes()
    if old and there == git.raw("cat-file", "blob", old[1]):
        return True
    return bool(new) and git.raw("cat-file", "blob", new[1]).startswith(there)  # type: ignore[index]


def _entries(git: Git, commit: str) -> Mapping[str, tuple[str, str]]:
    """Mode and object of every file of a commit."""
    if not commit:
        return {}
    found = {}
    for line in git.names("ls-tree", "-r", "-z", commit):
        facts, _, name = line.partition("\t")
        mode, _, identity = facts.split(" ")
        found[name] = (mode, identity)
    return found
