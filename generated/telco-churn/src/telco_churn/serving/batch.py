"""`batch`: predictions for files larger than memory, in chunks, resumable, the same numbers as `predict`.

Finished chunks lie beside the output in `<output>.parts/` until all are there; only then is the output written, in one
step. A run that was stopped goes on where it was, provided that input, model and chunk size are still the same.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, TextIO

import numpy as np
import typer

from telco_churn.config import load
from telco_churn.data.columns import from_frame
from telco_churn.data.ingest import read_rows
from telco_churn.data.landing import main_source, table_files
from telco_churn.errors import BadInput
from telco_churn.log import get_logger
from telco_churn.models.model import Model
from telco_churn.registry.versions import champion
from telco_churn.serving.predict import to_table, write

log = get_logger(__name__)
LONGEST_FIELD = 2**31 - 1  # a long text is no fault of the file


def run(
    source: Annotated[Path, typer.Option("--input", help="a file of the main table, or a folder of tables")],
    output: Annotated[Path, typer.Option("--output", help="CSV to write")],
    chunk_rows: Annotated[int | None, typer.Option(min=1, help="rows in memory at once")] = None,
) -> dict[str, Any]:
    """Predict every row of the input; returns what was done."""
    began = time.monotonic()
    model = champion()
    size = chunk_rows or int(load("serving")["batch"]["chunk_rows"])
    files = table_files(source, main_source()) if source.is_dir() else [source]
    if not files or not all(file.is_file() for file in files):
        raise BadInput(f"{source} is neither a file nor a folder with the table {main_source()['table']}")
    output.parent.mkdir(parents=True, exist_ok=True)
    done = _open_parts(output, _fingerprint(files, model.version, size))
    rows, resumed, predicting = 0, 0, 0.0
    for number, chunk in enumerate(chunks(source, files, size)):
        part = done / f"{number:06d}.csv"
        counted = _rows_of(part)
        if counted is None:
            counted, seconds = _predict_chunk(model, chunk, rows, part)
            predicting += seconds
        else:
            resumed += 1
        rows += counted
    if rows == 0:
        raise BadInput(f"{source} holds no rows")
    _join(done, output)
    seconds = time.monotonic() - began
    log.info("batch done", extra={"rows": rows, "seconds": round(seconds, 3), "version": model.version})
    return {
        "rows": rows,
        "output": str(output),
        "model_version": model.version,
        "chunks_resumed": resumed,
        "seconds": round(seconds, 3),
        "seconds_predicting": round(predicting, 3),
    }


def chunks(source: Path, files: list[Path], rows: int) -> Iterator[Path]:
    """Inputs for `read_rows`, one chunk of the main table each; gone when the next one is asked for."""
    with TemporaryDirectory(prefix="batch-") as scratch:
        for number, file in enumerate(files):
            for part in parts(file, rows, Path(scratch) / f"{number:06d}"):
                yield part
                part.unlink()


def parts(path: Path, rows: int, folder: Path) -> Iterator[Path]:
    """Write the records of `path` into `folder`, `rows` at a time; a part may be deleted before the next is made."""
    folder.mkdir(parents=True, exist_ok=True)
    with _open(path, "r") as lines:
        records = _records(lines)
        header = next(records, "")
        number = 0
        while taken := list(islice(records, rows)):
            part = folder / f"{number:06d}-{path.name}"
            with _open(part, "w") as out:
                out.write(header)
                out.writelines(taken)
            yield part
            number += 1


def _open(path: Path, mode: str) -> TextIO:
    """Latin-1 gives every byte back as it was, whatever the file's own encoding is."""
    if path.suffix == ".gz":
        return gzip.open(path, mode + "t", compresslevel=1, encoding="latin-1", newline="")  # type: ignore[return-value]
    return path.open(mode, encoding="latin-1", newline="")  # type: ignore[return-value]


def _records(lines: TextIO) -> Iterator[str]:
    """The text of one record after the other, unchanged; a quoted field may go over several lines."""
    csv.field_size_limit(LONGEST_FIELD)
    quote = main_source()["dialect"]["quote"]
    for line in lines:
        record = line if quote not in line else _to_the_end(line, lines)
        if record.strip():  # an empty line is no record
            yield record if record.endswith(("\n", "\r")) else record + "\n"


def _to_the_end(first: str, lines: TextIO) -> str:
    """The record that starts with this line: the csv reader knows where it ends."""
    taken: list[str] = []

    def noted() -> Iterator[str]:
        for line in chain([first], lines):
            taken.append(line)
            yield line

    dialect = main_source()["dialect"]
    next(csv.reader(noted(), delimiter=dialect["delimiter"], quotechar=dialect["quote"]), None)
    return "".join(taken)


def _predict_chunk(model: Model, chunk: Path, first_row: int, part: Path) -> tuple[int, float]:
    """Predict one chunk into its part file; returns its rows and the seconds that the estimator took."""
    frame = read_rows(chunk, labelled=False, counted=False)
    columns = from_frame(frame)
    began = time.monotonic()
    predictions = model.predict(columns)
    seconds = time.monotonic() - began
    table = to_table(predictions, np.arange(first_row, first_row + len(frame)))
    write(table, part)
    return len(frame), seconds


def _fingerprint(files: list[Path], version: str, rows: int) -> str:
    """What chunks depend on: input files, model, chunk size."""
    facts = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(repr((facts, version, rows)).encode()).hexdigest()


def _open_parts(output: Path, fingerprint: str) -> Path:
    """The folder of finished chunks; emptied when it belongs to another run."""
    folder = output.with_name(output.name + ".parts")
    marker = folder / "run"
    if not (marker.is_file() and marker.read_text() == fingerprint):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        marker.write_text(fingerprint)
    return folder


def _rows_of(part: Path) -> int | None:
    """Rows of a finished chunk; None when it isn't finished."""
    if not part.is_file():
        return None
    with part.open(encoding="utf-8", newline="") as lines:
        return sum(1 for _ in csv.reader(lines)) - 1


def _join(done: Path, output: Path) -> None:
    """All chunks behind one header, written in one step."""
    unfinished = output.with_name(output.name + ".unfinished")
    with unfinished.open("wb") as out:
        for number, part in enumerate(sorted(done.glob("*.csv"))):
            with part.open("rb") as lines:
                header = lines.readline()
                if number == 0:
                    out.write(header)
                shutil.copyfileobj(lines, out)
        out.flush()
        os.fsync(out.fileno())
    unfinished.rename(output)
    shutil.rmtree(done)
