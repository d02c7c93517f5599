"""Statements with their tables, measured once: what the fit and the judge work on."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agent_graph import profiling
from agent_graph.artifacts import Profile, Suspect
from agent_graph.errors import AgentGraphError
from agent_graph.intake.scorer.opinion import Scene, for_all
from agent_graph.intake.scorer.suspecting import suspected
from agent_graph.resources import VERSION
from evals.intake.naming import sister
from evals.intake.tables import built

OURS = Path(__file__).parent / "statements"
OUTSIDE = OURS / "pieces.json"  # what the pieces of statements do that lie elsewhere, by id
READER = Path(__file__).with_name("reader.json")  # likelihoods of the first columns, by statement
TAGS = "WKLAESPB"  # in the order of evidence.speech.ROLES
MEASURED = (
    "by_letters",
    "by_word_meaning",
    "by_synonym",
    "by_abbreviation",
    "by_direction",
    "by_meaning",
    "by_values",
    "by_name",
)


@dataclass(frozen=True)
class Example:
    """One record, its scene with everything measured, and the suspects of the target that was meant."""

    record: Mapping[str, Any]
    scene: Scene
    suspects: tuple[Suspect, ...]

    @property
    def expected(self) -> Mapping[str, Any]:
        """What was meant."""
        found: Mapping[str, Any] = self.record["expected"]
        return found

    @property
    def source(self) -> str:
        """The data set, by its name alone: the same table lies in several packages."""
        return str(self.record["source"]["item"]).lower()

    @property
    def meant(self) -> frozenset[str]:
        """Columns that are a right target."""
        return frozenset({self.expected.get("target") or "", *self.expected.get("also", ())}) - {""}

    @property
    def tasks(self) -> frozenset[str]:
        """Kinds of question that are right."""
        return frozenset({str(self.expected.get("task")), *self.expected.get("task_also", ())})

    @property
    def open(self) -> bool:
        """Whether the right end is a question or a refusal."""
        return bool(self.expected.get("ask") or self.expected.get("refuse"))


def records(folders: Iterable[Path]) -> list[dict[str, Any]]:
    """All records of the folders' JSON-lines files, each with the name of its set."""
    outside = json.loads(OUTSIDE.read_text("utf-8"))
    found = []
    for folder in folders:
        for path in sorted(folder.glob("*.jsonl")):
            for line in filter(str.strip, path.read_text("utf-8").splitlines()):
                record = json.loads(line)
                record["set"] = path.stem if folder != OURS else "ours"
                record.setdefault("pieces", outside.get(record["id"]))
                found.append(record)
    return found


def examples(wanted: list[dict[str, Any]], cache: Path, workers: int = 2, *, named: bool = False) -> list[Example]:
    """The records with tables built, profiled and measured; kept in `cache` by content. Unreadable ones are told.

    `named` adds sisters of some in which the columns are named.
    """
    with ProcessPoolExecutor(workers) as pool:
        made = list(pool.map(_example, wanted, [cache] * len(wanted), chunksize=8))
        if named:
            read = [each for each in made if isinstance(each, Example)]
            sisters = [s for e in read if (s := sister(e.record, e.scene.columns.names))]
            wanted, made = [*wanted, *sisters], [
                *made, *pool.map(_example, sisters, [cache] * len(sisters), chunksize=8),
            ]  # fmt: skip
    for record, each in zip(wanted, made, strict=True):
        if isinstance(each, str):
            print(f"left out: {record['id']}: {each}")
    return [each for each in made if isinstance(each, Example)]


def likelihoods(known: Sequence[Example]) -> dict[str, tuple[float, ...]]:
    """What the reader gives each column of an example's table, by id, as `python -m evals.intake.reader` wrote it."""
    kept: dict[str, list[float]] = json.loads(READER.read_text("utf-8")) if READER.exists() else {}
    found = {}
    for example in known:
        near = kept.get(str(example.record["id"]))
        if near is not None:
            found[str(example.record["id"])] = for_all(near, len(example.scene.columns.names))
    return found


def _example(record: dict[str, Any], cache: Path) -> Example | str:
    code = Path(profiling.__file__).parent.parent / "intake" / "evidence"
    key = hashlib.sha256(json.dumps(record, sort_keys=True).encode() + VERSION.encode())
    for path in sorted(code.glob("*.py")):
        key.update(path.read_bytes())
    kept = cache / "examples" / f"{key.hexdigest()[:24]}.pickle"  # our own file, of our own code
    if kept.exists():
        return pickle.loads(kept.read_bytes())  # type: ignore[no-any-return]  # noqa: S301
    try:
        path = built(record, cache / "tables")
        profile: Profile = profiling.profile((str(path),))
    except AgentGraphError as error:
        return str(error)
    scene = Scene(record["statement"], profile)
    measured(scene)
    target = record["expected"].get("target")
    named = {column.name: column for column in profile.main.columns}
    example = Example(record, scene, suspected(profile, named[target]) if target in named else ())
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(pickle.dumps(example))
    return example


def measured(scene: Scene) -> None:
    """Everything about a scene that no weight changes, worked out now."""
    for name in MEASURED:
        getattr(scene.pairs, name)
    _ = scene.pairs.listed, scene.columns.ties, scene.columns.by_name, scene.columns.by_meaning


def tagged(example: Example) -> np.ndarray[Any, Any] | None:
    """What each piece does, as people said (pieces × 8); None where nobody did, or for other pieces."""
    tags = example.record.get("pieces")
    if not tags or len(tags) != len(example.scene.pieces):
        return None
    return np.array([[tag in each for tag in TAGS] for each in tags], dtype=np.float64)
