"""The landing layer: raw files are found and read as texts, so that no odd value is lost before it is judged."""

from __future__ import annotations

import csv
import gzip
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from telco_churn.config import load, settings
from telco_churn.errors import BadInput

SUFFIXES: dict[str, tuple[str, ...]] = {
    "csv": (".csv", ".tsv", ".txt"),
}


@dataclass(frozen=True)
class Scan:
    """A file as DuckDB reads it: `sql` is a table whose texts are c0, c1, …; `names` are the columns' real names."""

    sql: str
    names: tuple[str, ...]


def main_source() -> dict[str, Any]:
    """The table whose rows are predicted."""
    source: dict[str, Any] = load("data")["sources"][0]
    return source


def table_files(folder: Path, source: dict[str, Any]) -> list[Path]:
    """The files of one table in a landing folder, sorted by name; empty when it isn't there."""
    endings = tuple(end + packed for end in SUFFIXES[source["dialect"]["format"]] for packed in ("", ".gz"))
    single = [folder / (source["table"] + end) for end in endings]
    parts = sorted((folder / source["table"]).glob("*"))
    return [path for path in [*single, *parts] if path.is_file() and path.name.lower().endswith(endings)]


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory database that spills to the temporary folder and never goes online."""
    return duckdb.connect(
        config={
            "threads": settings().threads,
            "temp_directory": tempfile.gettempdir(),
            "autoinstall_known_extensions": False,
            "TimeZone": "UTC",
        }
    )


@contextmanager
def scan(con: duckdb.DuckDBPyConnection, path: Path, source: dict[str, Any]) -> Iterator[Scan]:
    """Open one raw file; BadInput names it when it can't be read."""
    if not path.is_file():
        raise BadInput(f"{path} is no file: give a file of the table {source['table']!r}")
    if path.stat().st_size == 0:
        raise BadInput(f"{path.name} is empty")
    try:
        with _utf8(path, source["dialect"]) as readable:
            yield SCANS[source["dialect"]["format"]](con, readable, source["dialect"])
    except (duckdb.Error, UnicodeError, EOFError, OSError) as error:
        raise BadInput(f"{path.name} can't be read as {source['dialect']['format']}: {_first_lines(error)}") from None


def literal(text: str) -> str:
    """A SQL text."""
    return "'" + text.replace("'", "''") + "'"


def _scan_csv(con: duckdb.DuckDBPyConnection, path: Path, dialect: dict[str, Any]) -> Scan:
    """Nothing is guessed: the dialect comes from the contract, every value is read as text."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as lines:
        names = next(csv.reader(lines, delimiter=dialect["delimiter"], quotechar=dialect["quote"] or '"'), [])
    names = [
        "row_number" if not name and place == 0 else name for place, name in enumerate(names)
    ]  # an index written by R
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise BadInput(f"{path.name}: column {repeated[0]!r} occurs more than once")
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(names)))
    escaped = literal(dialect["quote"])
    sql = (
        f"read_csv({literal(str(path))}, auto_detect=false, header=true, delim={literal(dialect['delimiter'])}, "
        f"quote={escaped}, escape={escaped}, columns={{{columns}}}, nullstr='')"
    )
    return Scan(sql, tuple(names))


SCANS = {
    "csv": _scan_csv,
}


@contextmanager
def _utf8(path: Path, dialect: dict[str, Any]) -> Iterator[Path]:
    """The file itself, or a UTF-8 copy when its texts are in the dialect's older encoding."""
    if dialect["format"] == "parquet" or dialect["encoding"].lower() in ("utf-8", "ascii") or _is_utf8(path):
        yield path
        return
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name.removesuffix(".gz")
        copy.write_bytes(content.decode(dialect["encoding"]).encode())
        yield copy


def _is_utf8(path: Path) -> bool:
    """Whether all of the file decodes: texts of an older encoding with any accent in them don't."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            while lines.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _first_lines(error: Exception) -> str:
    """What happened, without the library's advice and without the line's content."""
    lines = [line for line in str(error).splitlines() if line and not line.startswith("Original Line")]
    return " ".join(lines[:2])[:300]
