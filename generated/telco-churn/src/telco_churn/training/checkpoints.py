"""Finished pieces of a long command, kept on disk so that a killed run goes on where it was."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from telco_churn.config import settings


class Checkpoints:
    """Pieces of one command on one set of inputs; another set of inputs sees none of them."""

    def __init__(self, command: str, *inputs: Any) -> None:
        key = hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()[:16]
        self.folder = settings().artifacts_dir / "checkpoints" / f"{command}-{key}"

    def keep(self, name: str, facts: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Write one piece; it counts only once it is whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self._file(name)
        partial = target.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez(file, facts=np.array(json.dumps(facts)), **arrays)  # type: ignore[arg-type]
        partial.replace(target)

    def find(self, name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
        """A piece that an earlier run finished, or None."""
        if not self._file(name).is_file():
            return None
        with np.load(self._file(name), allow_pickle=False) as piece:
            arrays = {key: piece[key] for key in piece.files if key != "facts"}
            return json.loads(str(piece["facts"])), arrays

    def clear(self) -> None:
        """Forget all pieces: the command is done."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _file(self, name: str) -> Path:
        return self.folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.npz"
