"""A session as a value: its steps with all that they need, to be done beside others, or in another place."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from agent_graph.sandbox.policy import Limits
from agent_graph.sandbox.steps import Step

TREE = "work"  # what the tree is called among a job's folders: it is copied to /work


@dataclass(frozen=True)
class Job:
    """What a session is given. `folders` lie on this machine, read-only in the cell at /name, but for the tree.

    Whoever does it elsewhere sends what of `inputs()` isn't there yet, and gives back what `collect` names.
    """

    runtime: Path  # the virtual environment; made of a lock, which names it
    steps: tuple[Step, ...]
    folders: Mapping[str, Path]
    env: Mapping[str, str] = field(default_factory=dict)
    collect: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def inputs(self) -> dict[str, str]:
        """SHA-256 of the contents of each folder, by its name in the cell."""
        return {name: contents(folder) for name, folder in sorted(self.folders.items())}

    def key(self) -> str:
        """SHA-256 of all that its result depends on: equal jobs have equal keys, wherever their folders lie."""
        orders = (self.runtime.name, self.inputs(), self.steps, sorted(self.env.items()), self.collect, self.preload)
        return hashlib.sha256(repr((*orders, asdict(self.limits))).encode()).hexdigest()


def contents(folder: Path) -> str:
    """SHA-256 of the names and contents of all files in a folder; links don't count."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(folder).as_posix()}\0{digest}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()
