"""`deliver`: the answer that was asked for, of the rows in data/incoming: dated, kept, never overwritten.

A delivery is a folder of data/outgoing, `<day>-<key>`:

- predictions.csv, a line for each row beside what names it
- list.csv, the rows to act on, the first first, with the reasons of each
- delivery.json, what it was made of, written last

The same rows and the same model are delivered once; other rows, or a new model, are another delivery, on the same day
too. Columns that no model reads, such as a customer's number, stand beside the answers.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from telco_churn.config import load, settings
from telco_churn.data.ingest import read_rows
from telco_churn.data.landing import connect, main_source, scan, table_files
from telco_churn.data.validate import breaches
from telco_churn.errors import BadInput, QualityGateFailed
from telco_churn.log import get_logger
from telco_churn.registry.versions import champion_folder
from telco_churn.serving import batch
from telco_churn.serving.reasons import listed

INCOMING, OUTGOING = "incoming", "outgoing"  # below data/
PREDICTIONS, FACTS = "predictions.csv", "delivery.json"
LIST = "list.csv"
FEWEST = 0.5  # of the last delivery's rows
MANY, TENTH = 500_000, 10  # rows that are judged all together; of more every tenth
TAKEN = ("row", "prediction", "rank", "score", "expected_total")  # names that the files have a meaning for
NAMES: list[str] = []  # columns that say which row it is
log = get_logger(__name__)


def run(
    source: Annotated[Path | None, typer.Option("--input", help="folder of tables; default: data/incoming")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="folder of deliveries; default: data/outgoing")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="although far fewer rows came than the last time")] = False,
) -> dict[str, Any]:
    """Answer the rows that came in; exit 3, and nothing is delivered, when they can't be what was meant."""
    source, output = source or settings().data_dir / INCOMING, output or settings().data_dir / OUTGOING
    files = table_files(source, main_source()) if source.is_dir() else []
    if not files:
        raise BadInput(f"{source} holds no file of the table {main_source()['table']!r}: put the rows to answer there")
    with _alone(output):
        return _delivery(source, files, output, force=force)


@contextmanager
def _alone(output: Path) -> Iterator[None]:
    """One delivery at a time, of whatever started it; a killed one holds nobody up."""
    output.mkdir(parents=True, exist_ok=True)
    folder = os.open(output, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadInput(f"another delivery into {output} is running: wait for its end") from None
        yield
    finally:
        os.close(folder)


def _delivery(source: Path, files: list[Path], output: Path, *, force: bool) -> dict[str, Any]:
    digests = _digests(source)
    key = _key(digests)
    former = next(output.glob(f"*-{key}/{FACTS}"), None)
    if former is not None:
        return {**json.loads(former.read_text(encoding="utf-8")), "new": False}
    if len({digests[str(file.relative_to(source))] for file in files}) < len(files):
        raise BadInput(f"{source} holds the same file twice: {', '.join(file.name for file in files)}")
    names = _named(source, files)
    if not force:
        _require_usual(len(names), output)
    partial = output / f".{key}.partial"  # taken up again after a kill
    partial.mkdir(parents=True, exist_ok=True)
    done = batch.run(source, partial / "answers.csv")
    _beside(names, partial / "answers.csv", partial / PREDICTIONS)
    made: dict[str, Any] = {"rows": done["rows"]}
    made |= listed(lambda: _frames(source, files), _answers(partial / "answers.csv"), names, partial / LIST)
    (partial / "answers.csv").unlink()
    day = datetime.now(UTC)
    folder = output / f"{day.date().isoformat()}-{key}"
    facts = {
        "delivery": folder.name,
        "at": day.isoformat(timespec="seconds"),
        "model_version": done["model_version"],
        "files": digests,
        **made,
    }
    (partial / FACTS).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    partial.rename(folder)
    log.info("delivered", extra={"folder": str(folder), "rows": done["rows"], "version": done["model_version"]})
    return {**facts, "new": True}


def newest() -> float:
    """When new rows were last answered, in seconds since 1970; 0 before the first.

    Another model's answer for rows that were answered before is no news: their feed may have stopped.
    """
    first: dict[str, float] = {}
    for facts in _delivered(settings().data_dir / OUTGOING):
        rows, moment = json.dumps(facts["files"], sort_keys=True), datetime.fromisoformat(facts["at"]).timestamp()
        first[rows] = min(moment, first.get(rows, moment))
    return max(first.values(), default=0.0)


def _delivered(output: Path) -> list[dict[str, Any]]:
    """The facts of all deliveries, the oldest first."""
    made = [json.loads(one.read_text(encoding="utf-8")) for one in output.glob(f"[!.]*/{FACTS}")]
    return sorted(made, key=lambda facts: str(facts["at"]))


def _require_usual(rows: int, output: Path) -> None:
    """An export that was cut off has far fewer rows than the one before."""
    former = _delivered(output)
    if former and rows < FEWEST * former[-1]["rows"]:
        message = f"{rows} rows came, {former[-1]['rows']} the last time: was the export cut off? --force answers them"
        raise QualityGateFailed(message)


def _key(digests: dict[str, str]) -> str:
    """What an answer depends on: the content of the tables, how many rows are acted on, and the served model."""
    parts = [*(f"{name} {digest}" for name, digest in digests.items()), champion_folder().name]
    parts.append(str(load("project")["problem"]["top_k"]))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _inputs(source: Path) -> list[Path]:
    """Every file of every table, in one order."""
    return [file for table in load("data")["sources"] for file in table_files(source, table)]


def _digests(source: Path) -> dict[str, str]:
    """SHA-256 of every file of every table, by where it lies in the folder."""
    found = {}
    for file in _inputs(source):
        with file.open("rb") as content:
            found[str(file.relative_to(source))] = hashlib.file_digest(content, "sha256").hexdigest()
    return found


def _frames(source: Path, files: list[Path]) -> Iterator[pd.DataFrame]:
    """Typed rows, some at a time."""
    for chunk in batch.chunks(source, files, int(load("serving")["batch"]["chunk_rows"])):
        yield read_rows(chunk, labelled=False)


def _named(source: Path, files: list[Path]) -> pd.DataFrame:
    """What names each row, and what else came with it; QualityGateFailed for rows that the model must not answer.

    The rules for whole batches are held by all rows together, of very many by every tenth.
    """
    whole = {column["name"]: "Int64" for column in load("data")["columns"] if column["dtype"] == "int"}
    found: list[pd.DataFrame] = []
    some: list[pd.DataFrame] = []
    tenth: list[pd.DataFrame] = []
    rows = 0
    for frame in _frames(source, files):
        found.append(frame[NAMES].astype({name: dtype for name, dtype in whole.items() if name in NAMES}))
        tenth.append(frame.iloc[-rows % TENTH :: TENTH])
        rows += len(frame)
        some = [*some, frame] if rows <= MANY else []
    pooled = pd.concat(some or tenth, ignore_index=True)
    broken = [breach for breach in breaches(pooled, labelled=False) if breach.severity == "error"]
    if broken:
        rules = ", ".join(sorted({f"{breach.column}: {breach.rule}" for breach in broken})[:5])
        raise QualityGateFailed(f"the rows break the data contract ({rules}): nothing was delivered")
    names = pd.concat(found, ignore_index=True)
    others = _unread(files)
    beside: pd.DataFrame = pd.concat([names, others], axis=1) if len(others) == len(names) else names
    return beside


def _unread(files: list[Path]) -> pd.DataFrame:
    """The columns of the main table that the data contract doesn't know, as texts; the target is none of them."""
    contract, parts = load("data"), []
    known = {*(column["name"] for column in contract["columns"]), contract["target"]["name"], *TAKEN}
    for file in files:
        with connect() as con, scan(con, file, main_source()) as found:
            wanted = {f"c{place}": name for place, name in enumerate(found.names) if name not in known}
            texts = con.sql(f"SELECT {', '.join(wanted)} FROM {found.sql}").df() if wanted else pd.DataFrame()  # noqa: S608
        parts.append(texts.rename(columns=wanted))
    joined: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return joined


def _answers(answers: Path) -> Iterator[pd.DataFrame]:
    """The lines of a predictions file, some at a time."""
    size = int(load("serving")["batch"]["chunk_rows"])
    yield from pd.read_csv(answers, chunksize=size, dtype={"prediction": "str"}, keep_default_na=False)


def _beside(names: pd.DataFrame, answers: Path, target: Path) -> None:
    """The predictions file with what names each row before its answer."""
    start = 0
    with target.open("w", encoding="utf-8", newline="") as out:
        for chunk in _answers(answers):
            part = names.iloc[start : start + len(chunk)].reset_index(drop=True)
            pd.concat([part, chunk.reset_index(drop=True)], axis=1).to_csv(out, index=False, header=start == 0)
            start += len(chunk)
