"""Files of ours: written whole, read as JSON, removed."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from agent_graph.errors import BadInput

PREDICTED = "predictions"  # of the repository, and of a run until it is published


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


def write_json(path: Path, value: Any) -> None:
    """Write a value as readable JSON, whole."""
    write_atomic(path, json.dumps(value, indent=1, sort_keys=True))


def read_json(path: Path) -> Any:
    """The value in a JSON file, None when there is no such file. BadInput when it is damaged."""
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise BadInput(f"{path} is damaged; restore it from a backup, or make the project anew") from error


def copy_linked(source: Path, target: Path) -> None:
    """Put a copy of a folder in the place of another, all of it or nothing; its files are links to the same bytes.

    So both folders' files may only be replaced whole, never be written into.
    """
    draft = target.with_name(f".{target.name}")
    remove(draft)
    shutil.copytree(source, draft, copy_function=os.link)
    remove(target)
    draft.rename(target)


def remove(path: Path) -> None:
    """Remove a folder of ours, if it is there."""
    shutil.rmtree(path, ignore_errors=True)


def land(folder: Path, data: Path) -> None:
    """After the proof: the open rows as the project's `data/raw`, the sealed ones, labels and all, as `data/full`."""
    for part, name in (("open", "raw"), ("sealed", "full")):
        shutil.copytree(folder / part, data / name, dirs_exist_ok=True)


def land_predictions(folder: Path, project: Path) -> None:
    """Lay the files into the repository's folder, where git leaves them alone: they are the user's rows."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    shutil.copytree(folder, project / PREDICTED, dirs_exist_ok=True)
    exclude, line = project / ".git" / "info" / "exclude", f"/{PREDICTED}/\n"
    former = exclude.read_text("utf-8") if exclude.is_file() else ""
    if line not in former:
        exclude.parent.mkdir(exist_ok=True)
        exclude.write_text(former + line, "utf-8")
