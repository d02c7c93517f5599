"""A lie, its honest twin, and where they are judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Room = Literal[
    "data_engineer", "data_engineer ingest", "data_engineer contract", "data_scientist",
    "ml_engineer", "ml_engineer search", "ml_engineer versions", "ml_engineer noise",
    "ml_engineer reports",
    "python_pro", "python_pro text", "python_pro types", "python_pro environment",
    "mlops", "mlops text", "ci", "packaging", "tracking", "mlops batch", "mlops answers", "mlops speed", "mlops drills",
    "observability", "monitoring", "orchestration", "observability windows", "observability retraining",
    "released", "proof", "answers", "delivery", "whole text", "dated", "configuration", "configuration text",
]  # fmt: skip
Patch = Callable[[Path], None]  # changes the files of a checkout


@dataclass(frozen=True)
class Pair:
    """A patch that makes the good project dishonest or broken, and one in the same place that doesn't.

    `caught_by` names the check that has to fail on the lie, and to pass on the twin; `honest` is None where the good
    project itself is the twin. `sign` (a regular expression) has to be found in what the check says: of lies that are
    a crash, for any other one that only crashes isn't caught. `chosen` is the option that the project is
    built with where that isn't the good project's.
    """

    name: str
    room: Room
    caught_by: str
    lie: Patch
    honest: Patch | None = None
    sign: str = ""
    chosen: tuple[str, str] | None = None  # choice and option


def replaced(path: str, old: str, new: str) -> Patch:
    """Puts `new` for the one place where `old` stands; LookupError when the file doesn't hold it exactly once."""

    def patch(tree: Path) -> None:
        file = tree / path
        text = file.read_text("utf-8")
        if text.count(old) != 1:
            raise LookupError(f"{path} holds {old!r} {text.count(old)} times: the patch is out of date")
        file.write_text(text.replace(old, new), "utf-8")

    return patch


def appended(path: str, text: str) -> Patch:
    """Puts `text` at the end of a file that is there."""

    def patch(tree: Path) -> None:
        file = tree / path
        file.write_text(file.read_text("utf-8") + text, "utf-8")

    return patch


def written(path: str, text: str) -> Patch:
    """Makes a file, or puts another in its place."""

    def patch(tree: Path) -> None:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text, "utf-8")

    return patch


def removed(path: str) -> Patch:
    """Takes a file away that is there."""
    return lambda tree: (tree / path).unlink()


def all_of(*patches: Patch) -> Patch:
    """One after the other."""

    def patch(tree: Path) -> None:
        for each in patches:
            each(tree)

    return patch
