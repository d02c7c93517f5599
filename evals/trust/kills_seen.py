"""All that a user can see of a finished project, as texts that two runs can be compared by."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from evals.trust.kills_ground import NAME

CLOCKED = ("checkpoint_id",)  # made of the moment by LangGraph: the one thing that is left out, of revision.json
UNSEEN = ("checkpoints.db", "checkpoints.db-wal", "checkpoints.db-shm", "lock", "workspace.lock", "sealed.lock")


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


def difference(expected: Mapping[str, str], got: Mapping[str, str]) -> str | None:
    """What differs, in words; None when nothing does."""
    names = sorted(name for name in {*expected, *got} if expected.get(name) != got.get(name))
    if not names:
        return None
    sides = [
        f"{name} is {'not there' if name not in got else 'new' if name not in expected else 'other'}" for name in names
    ]
    return f"{len(names)} differ: {', '.join(sides[:5])}"


def _files(folder: Path, prefix: str) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if ".git" in parts or path.name in UNSEEN or not path.is_file():
            continue
        text = path.read_bytes()
        if path.name == "revision.json":
            facts = {name: value for name, value in json.loads(text).items() if name not in CLOCKED}
            text = json.dumps(facts).encode()
        found[f"{prefix}/{'/'.join(parts)}"] = hashlib.sha256(text).hexdigest()
    return found


def _git(project: Path, *words: str) -> str:
    line = ["git", "-c", "safe.directory=*", "-C", str(project), *words]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr if done.returncode else ''}"
