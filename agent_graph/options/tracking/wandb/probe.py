"""Inside the cell: what Weights & Biases wrote, read without the project's code (`measuring/tracking.py` says what).

usage: probe.py runs ARTIFACTS EXPERIMENT
       probe.py versions ARTIFACTS MODEL

An offline run is one file of records: after seven bytes of head, blocks of 32 KiB as LevelDB's log has them, and in
them messages of the library's own protocol. Versions are in the project's own database beside the runs.
"""

import hashlib
import json
import sqlite3
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

MAGIC, HEAD, BLOCK, FRAME = b":W&B", 7, 32_768, 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def runs(artifacts: Path, experiment: str) -> dict[str, object]:
    files = sorted(artifacts.glob("wandb/offline-run-*/run-*.wandb"))
    found = [each for each in map(told, files) if each["project"] == experiment]
    trials = [each for each in found if each["kind"] == "trial"]
    searches = {each["id"] for each in found if each["kind"] == "tune"}
    parents = {each["of"] for each in trials}
    counts = {
        "trials": len(trials),
        "whole": sum(bool(each["parameters"] and each["metrics"]) for each in trials),
        "parents": len(parents) if parents <= searches else 0,
    }
    return {**counts, "runs": [each for each in found if each["kind"] in ("train", "evaluation")]}


def told(path: Path) -> dict[str, object]:
    """One run: what its records say, and digests of the files that they name."""
    from wandb.proto import wandb_internal_pb2 as protocol

    run = {"id": "", "of": "", "kind": "", "project": "", "parameters": {}, "metrics": {}, "files": {}}
    for content in records(path.read_bytes()):
        record = protocol.Record()
        record.ParseFromString(content)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            head = record.run
            run |= {"id": head.run_id, "of": head.run_group, "kind": head.job_type, "project": head.project}
            run["parameters"] |= flat(values(head.config.update))
        elif kind == "config":
            run["parameters"] |= flat(values(record.config.update))
        elif kind == "history":
            logged(run, values(record.history.item), path.parent / "files")
        elif kind == "artifact":
            for entry in record.artifact.manifest.contents:
                run["files"][f"{record.artifact.type}/{entry.path}"] = digest(Path(entry.local_path))
        elif kind == "request" and record.request.WhichOneof("request_type") == "log_artifact":
            artifact = record.request.log_artifact.artifact
            for entry in artifact.manifest.contents:
                run["files"][f"{artifact.type}/{entry.path}"] = digest(Path(entry.local_path))
    return run


def records(content: bytes) -> Iterator[bytes]:
    if not content.startswith(MAGIC):
        raise ValueError("no file of runs")
    place, part = HEAD, b""
    while place + FRAME <= len(content):
        if (left := BLOCK - place % BLOCK) < FRAME:  # too little for a frame: the rest of a block is empty
            place += left
            continue
        _, length, kind = struct.unpack("<IHB", content[place : place + FRAME])
        piece = content[place + FRAME : place + FRAME + length]
        part = piece if kind in (FULL, FIRST) else part + piece
        place += FRAME + length
        if kind in (FULL, LAST):
            yield part


def values(items) -> dict[str, object]:
    return {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items}


def flat(found: dict[str, object], above: str = "") -> dict[str, object]:
    """Nested parameters by names with dots, as the pages show them."""
    result = {}
    for key, value in found.items():
        if isinstance(value, dict) and not key.startswith("_"):
            result |= flat(value, f"{above}{key}.")
        elif not key.startswith("_"):
            result[f"{above}{key}"] = value
    return result


def logged(run: dict[str, object], items: dict[str, object], folder: Path) -> None:
    """Numbers are metrics; a picture names a file of the run."""
    for key, value in items.items():
        if isinstance(value, dict) and value.get("path"):
            run["files"][key] = digest(folder / value["path"])
        elif not key.startswith("_") and isinstance(value, int | float):
            run["metrics"][key] = value


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def versions(artifacts: Path, model: str) -> dict[str, object]:
    with sqlite3.connect(f"file:{artifacts / 'registry.db'}?mode=ro", uri=True) as store:
        rows = store.execute("SELECT version, run_id FROM versions ORDER BY version").fetchall()
        aliases = store.execute("SELECT alias, version FROM aliases").fetchall()
    return {
        "versions": [str(version) for version, _ in rows],
        "aliases": {str(alias): str(version) for alias, version in aliases},
        "runs": {str(version): run for version, run in rows},
    }


print(json.dumps({"runs": runs, "versions": versions}[sys.argv[1]](Path(sys.argv[2]).absolute(), sys.argv[3])))
