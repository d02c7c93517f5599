"""All that a user can see of a finished project, as texts that two runs can be compared by."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from evals.trust.ground.customers import NAME
from evals.trust.ground.prints import prints

CLOCKED = ("checkpoint_id",)  # made of the moment by LangGraph: the one thing that is left out, of revision.json
UNSEEN = (
    "checkpoints.db",
    "checkpoints.db-wal",
    "checkpoints.db-shm",
    "lock",
    "workspace.lock",
    "sealed.lock",
    "events.jsonl",
)  # what was told is told again by who goes on


def seen(home: Path) -> dict[str, str]:
    """Commits, branches, tags, files, records and what else lies in the run's folder, by name."""
    project, record = home / "generated" / NAME, home / "generated" / ".agent-graph" / "runs" / NAME
    found = {
        "git refs": _git(project, "for-each-ref", "--format=%(refname) %(objectname)"),
        "git log": _git(project, "log", "--all", "--format=%H %T|%P|%an <%ae>|%cn <%ce>|%B"),
        "git status": _git(project, "status", "--porcelain", "--untracked-files=all"),
        "git fsck": _git(project, "fsck", "--connectivity-only", "--no-dangling"),
        "git worktrees": _git(project, "worktree", "list"),
    }
    found |= _files(project, "project")
    found |= _files(record, "run")
    return found


def _files(folder: Path, prefix: str) -> dict[str, str]:
    found = prints(folder, lambda path: path.name in UNSEEN or ".git" in path.relative_to(folder).parts, _seen)
    return {f"{prefix}/{name}": digest for name, digest in found.items()}


def _seen(path: Path) -> bytes:
    content = path.read_bytes()
    if path.name != "revision.json":
        return content
    return json.dumps({name: value for name, value in json.loads(content).items() if name not in CLOCKED}).encode()


def _git(project: Path, *words: str) -> str:
    line = ["git", "-c", "safe.directory=*", "-C", str(project), *words]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr if done.returncode else ''}"
