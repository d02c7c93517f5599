"""Faults of the files that a run keeps: databases, records, caches that are locked, cut off or garbage."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from evals.trust.faults.end import RERUN, RESUME, STUB, Case, ended
from evals.trust.faults.place import Place, files
from evals.trust.ground.prints import lost


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A copy of a file, put back at the end."""
    copy = path.with_name(f"{path.name}.aside")
    shutil.copy2(path, copy)
    yield copy
    shutil.copy2(copy, path)
    copy.unlink()


def _spoilt(place: Place, path: Path, content: bytes, words: tuple[str, ...], pattern: str) -> str | None:
    """A file with other content: one line that names it; put back, the command goes on."""
    before = files(place.project)
    with aside(path):
        path.write_bytes(content)
        said = place.cli(*words)
        fault = lost(before, files(place.project)) or said.fault(2, pattern)
    return fault or ended(place.cli(*words), 0, "")


def state_is_garbage(place: Place) -> str | None:
    place.lay("halfway")
    for log in place.run_folder.glob("checkpoints.db-*"):
        log.unlink()  # else SQLite mends the file from them
    path = place.run_folder / "checkpoints.db"
    with aside(path):
        path.write_bytes(b"\0garbage" * 4096)
        fault = place.cli(*RESUME).fault(2, r"checkpoints\.db.*(restore it)")
    return fault


def state_is_locked(place: Place) -> str | None:
    place.lay("halfway")
    with closing(sqlite3.connect(place.run_folder / "checkpoints.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        said = place.cli(*RESUME)
        other.rollback()
    return ended(said, 2, r"checkpoints\.db.*locked.*another program", place.cli(*RESUME))


def request_is_cut(place: Place) -> str | None:
    place.lay("halfway")
    path = place.run_folder / "request.json"
    return _spoilt(place, path, path.read_bytes()[:40], RESUME, r"request\.json is damaged")


def run_record_is_cut(place: Place) -> str | None:
    place.lay("halfway")
    return _spoilt(place, place.run_folder / "run.json", b'{"na', RESUME, r"run\.json is damaged")


def work_record_is_cut(place: Place) -> str | None:
    place.lay("halfway")
    return _spoilt(place, place.run_folder / "work.json", b"", RESUME, r"work\.json is damaged")


def ledger_is_cut(place: Place) -> str | None:
    place.lay("halfway")
    return _spoilt(place, place.run_folder / "owned.json", b'{"README', RESUME, r"owned\.json is damaged")


def revision_is_cut(place: Place) -> str | None:
    place.lay("done")
    return _spoilt(
        place, place.run_folder / "revisions/0001/revision.json", b"{", RERUN, r"revision\.json is no revision"
    )


def profile_cache_is_cut(place: Place) -> str | None:
    place.lay("done")
    for path in (place.home / "generated/.agent-graph/cache/profiles").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    return ended(place.new("--name", "other"), 0, "")


def baseline_cache_is_cut(place: Place) -> str | None:
    from agent_graph.measuring import baseline
    from evals.trust.faults.bench import fitted_twice

    return fitted_twice(baseline, place.root)


def answers_are_garbage(place: Place) -> str | None:
    place.lay("fresh")
    path = place.home / "generated/.agent-graph/cache/answers.sqlite"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database at all" * 100)
    said = place.new(*STUB)
    path.unlink()
    return ended(said, 2, r"answers\.sqlite.*(delete it|--no-cache)", place.new())


def runtime_is_half_built(place: Place) -> str | None:
    from agent_graph.sandbox import build_runtime

    cache = place.root / "cache"
    half = build_runtime("", cache)
    (half / "agent-graph-runtime").unlink()  # the mark that is written last
    shutil.rmtree(half / "bin")
    made = build_runtime("", cache)
    return None if (made / "bin/python").exists() else "the half-built runtime was taken for a whole one"


CASES: dict[str, Case] = {
    "the state database is locked": state_is_locked,
    "the state database is garbage": state_is_garbage,
    "the record of the request is cut off": request_is_cut,
    "the record of the run is cut off": run_record_is_cut,
    "the record of the work is cut off": work_record_is_cut,
    "the ledger of files is cut off": ledger_is_cut,
    "a revision is cut off": revision_is_cut,
    "a profile in the cache is cut off": profile_cache_is_cut,
    "a baseline in the cache is cut off": baseline_cache_is_cut,
    "the cache of answers is garbage": answers_are_garbage,
    "the runtime in the cache is half built": runtime_is_half_built,
}
