"""How files differ between two commits, in git's words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agent_graph.workspace.git import Git

Kind = Literal["added", "removed", "changed"]
_KINDS: Mapping[str, Kind] = {"A": "added", "D": "removed"}
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/")


@dataclass(frozen=True)
class FileDiff:
    """How one file differs between two commits. Lines are None for a file that isn't text."""

    path: str
    kind: Kind
    added: int | None
    removed: int | None
    text: str  # unified diff


def text(git: Git, sides: tuple[str, ...], path: str) -> str:
    """The unified diff of one file, "" when both sides have the same."""
    return git.raw("diff", *_PLAIN, *sides, "--", path).decode("utf-8", "replace")


def between(git: Git, before: str, after: str) -> tuple[FileDiff, ...]:
    """Every file that differs, by path; a renamed one is removed and added."""
    status = git.names("diff", *_PLAIN, "--name-status", "-z", before, after)
    kinds = dict(zip(status[1::2], status[::2], strict=True))
    found = []
    for line in git.names("diff", *_PLAIN, "--numstat", "-z", before, after):
        added, removed, path = line.split("\t", 2)
        kind, lines = _KINDS.get(kinds[path], "changed"), text(git, (before, after), path)
        found.append(FileDiff(path, kind, _count(added), _count(removed), lines))
    return tuple(found)


def _count(lines: str) -> int | None:
    return None if lines == "-" else int(lines)
