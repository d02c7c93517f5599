"""Who owns which file of the project, and which files are edited by another role for the time being."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from agent_graph.errors import AgentGraphError
from agent_graph.workspace.files import read_json, write_atomic, write_json

KEPT_IN = OWNED, LENT = "owned.json", "lent.json"
Loan = dict[str, str]  # "to" whom, and the text "before" and "after"


@dataclass
class Ledger:
    """What the agents remember of a commit of theirs."""

    owned: dict[str, str] = field(default_factory=dict)  # path -> owner
    lent: dict[str, Loan] = field(default_factory=dict)

    @classmethod
    def load(cls, record: Path) -> Ledger:
        """As it stands in a folder; empty when nothing is written yet."""
        return cls(read_json(record / OWNED) or {}, read_json(record / LENT) or {})

    def save(self, record: Path) -> None:
        """Write it, so that the next call finds it."""
        write_json(record / OWNED, self.owned)
        if self.lent or (record / LENT).is_file():
            write_json(record / LENT, self.lent)

    def files_of(self, owner: str) -> list[str]:
        """Paths that an owner has."""
        return [name for name, who in self.owned.items() if who == owner]

    def loans_of(self, owner: str) -> list[str]:
        """Paths of others that an owner has edited."""
        return [name for name, loan in self.lent.items() if loan["to"] == owner]

    def hand_in(self, folder: Path, owner: str, files: Mapping[str, str], edits: Collection[str]) -> None:
        """Write an owner's files into a folder, remove those it no longer has, and remember both.

        AgentGraphError, before anything is written, for a path that leaves the folder or belongs to another owner.
        """
        borrowed = {name: files[name] for name in edits if self.owned.get(name, owner) != owner}
        files = {name: text for name, text in files.items() if name not in borrowed}
        for name in (*files, *borrowed):
            _inside(folder, name)
            if name not in borrowed and self.owned.get(name, owner) != owner:
                raise AgentGraphError(f"{owner} wrote {name}, which belongs to {self.owned[name]}")
        for name in [name for name in self.files_of(owner) if name not in files]:
            (folder / name).unlink(missing_ok=True)
            del self.owned[name]
        for name, text in files.items():
            write_atomic(folder / name, text)
            self.owned[name] = owner
        self._lend(folder, owner, borrowed)

    def _lend(self, folder: Path, editor: str, borrowed: Mapping[str, str]) -> None:
        """Give back what the editor had changed, unless its owner wrote it anew since; then write the new edits."""
        for name in self.loans_of(editor):
            loan, path = self.lent.pop(name), folder / name
            if path.is_file() and not path.is_symlink() and path.read_text("utf-8") == loan["after"]:
                write_atomic(path, loan["before"])
        for name, text in borrowed.items():
            if (folder / name).is_symlink() or not (folder / name).is_file():
                raise AgentGraphError(f"{editor} edits {name}, which is no file of the project")
            self.lent[name] = {"to": editor, "before": (folder / name).read_text("utf-8"), "after": text}
            write_atomic(folder / name, text)


def _inside(root: Path, name: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.parts[0] == ".git":
        raise AgentGraphError(f"{name!r} lies outside the project")
    folder = root
    for part in path.parts[:-1]:
        folder = folder / part
        if folder.is_symlink():
            raise AgentGraphError(f"{name!r} lies behind a link")
