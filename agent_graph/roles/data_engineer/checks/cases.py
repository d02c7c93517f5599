"""Input files that the host makes of the open rows: parts that arrive one after another, clean samples, faulty ones."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from agent_graph.artifacts import Dialect
from agent_graph.bench import Bench
from agent_graph.measuring.samples import Sample, broken_files, read_texts, write_texts
from agent_graph.roles.data_engineer.checks.faults import faults

SAMPLE_ROWS = 2000
CLEAN_SIZES = (2000, 2000, 1000, 1000, 500, 300)
SUFFIX = {"csv": ".csv", "parquet": ".parquet", "jsonl": ".jsonl"}
RECORD_ROWS = 40


@dataclass(frozen=True)
class Case:
    """One file or folder to validate; its path in the cell tells nothing."""

    name: str
    path: str  # in the cell
    faulty: bool
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cases:
    """All input of the gate, below `folder`, which is /cases in the cell."""

    folder: Path
    rows: pl.DataFrame  # open rows as texts
    cases: tuple[Case, ...]
    not_applicable: tuple[str, ...]
    unlabelled: str  # clean rows without target, as a prediction request has them
    records: str  # the same rows as JSON records


def open_file(bench: Bench) -> Path:
    """The main table's file among the open rows."""
    table = bench.profile.main.name
    folder = Path(bench.sealed.open_dir)
    found = [p for p in sorted(folder.glob(f"{table}.*")) + sorted(folder.glob(f"{table}/*")) if p.is_file()]
    if not found:
        raise FileNotFoundError(f"no file of the table {table!r} among the open rows")
    return found[0]


def make_cases(bench: Bench) -> Cases:
    """Write every input file."""
    dialect = landing_dialect(bench)
    rows = read_texts(open_file(bench), dialect)
    folder = bench.scratch / "cases"
    folder.mkdir(parents=True, exist_ok=True)
    found, missing = _validation_cases(bench, rows, dialect, folder)
    _write_parts(bench, rows, dialect, folder)
    unlabelled, records = _write_records(bench, rows, dialect, folder)
    return Cases(folder, rows, tuple(found), tuple(missing), unlabelled, records)


def landing_dialect(bench: Bench) -> Dialect:
    """The main dialect as the open rows are written: UTF-8, packed as the file's name says."""
    packed = open_file(bench).name.endswith(".gz")
    return bench.profile.main.dialect.model_copy(
        update={"encoding": "utf-8", "compression": "gzip" if packed else "none"}
    )


def sampled(rows: pl.DataFrame, size: int, seed: int) -> pl.DataFrame:
    """Rows drawn without replacement, in their order."""
    chosen = random.Random(seed).sample(range(len(rows)), min(size, max(len(rows) // 2, 1)))  # noqa: S311
    return rows[sorted(chosen)]


def _validation_cases(bench: Bench, rows: pl.DataFrame, dialect: Dialect, folder: Path) -> tuple[list[Case], list[str]]:
    assert bench.data is not None  # noqa: S101  # the gate of this role has its design
    found, missing = [], []
    for i, size in enumerate(CLEAN_SIZES):
        content = write_texts(sampled(rows, size, i), dialect)
        found.append(_write(folder, f"clean sample {i + 1} of {size}", content, dialect, faulty=False))
    if bench.problem.split.kind != "time":  # the future may differ; rows of the same population may not be refused
        found.append(Case("held-out rows", "/holdout", faulty=False, arguments=("--without-target",)))
    base = sampled(rows, SAMPLE_ROWS, 77)
    sample = Sample(base, bench.data, bench.profile, bench.problem)
    for name, changed in faults(sample, bench.specification.seed):
        if changed is None:
            missing.append(name)
        else:
            found.append(_write(folder, name, write_texts(changed, dialect), dialect, faulty=True))
    native = bench.profile.main.dialect.encoding.lower()
    for name, content in broken_files(write_texts(base, dialect), dialect):
        if name == "other_encoding" and native.startswith("utf-16"):  # which is no fault where files come so
            missing.append(name)
            continue
        found.append(_write(folder, name, content, dialect, faulty=True))
    return found + _side_cases(bench, base, dialect, folder), missing


def _write(folder: Path, name: str, content: bytes, dialect: Dialect, *, faulty: bool) -> Case:
    digest = hashlib.sha256(name.encode()).hexdigest()[:10]
    path = folder / (digest + _suffix(dialect))
    path.write_bytes(content)
    return Case(name, f"/cases/{path.name}", faulty)


def _suffix(dialect: Dialect) -> str:
    return SUFFIX[dialect.format] + (".gz" if dialect.compression == "gzip" else "")


def _side_cases(bench: Bench, base: pl.DataFrame, dialect: Dialect, folder: Path) -> list[Case]:
    """Folders whose side table repeats a key, or lacks it."""
    assert bench.data is not None  # noqa: S101
    found = []
    for join in bench.data.joins[:1]:
        source = next(path for path in side_files(bench) if path.name.split(".")[0] == join.table)
        sides = {table.name: table.dialect for table in bench.profile.tables}
        packed = "gzip" if source.name.endswith(".gz") else "none"
        side_dialect = sides[join.table].model_copy(update={"compression": packed})
        side = read_texts(source, side_dialect)
        for name, changed in (
            ("side_key_repeated", pl.concat([side, side.head(len(side) // 2)])),
            ("side_key_dropped", side.drop(join.right[0])),
        ):
            if join.summaries and name == "side_key_repeated":
                continue  # which is how such a table is
            place = folder / hashlib.sha256(name.encode()).hexdigest()[:10]
            place.mkdir(exist_ok=True)
            (place / (bench.profile.main.name + _suffix(dialect))).write_bytes(write_texts(base, dialect))
            (place / source.name).write_bytes(write_texts(changed, side_dialect))
            found.append(Case(name, f"/cases/{place.name}", faulty=True))
    return found


def side_files(bench: Bench) -> list[Path]:
    """Files of the side tables among the open rows."""
    main = open_file(bench)
    return [p for p in sorted(Path(bench.sealed.open_dir).iterdir()) if p.is_file() and p != main]


def _write_parts(bench: Bench, rows: pl.DataFrame, dialect: Dialect, folder: Path) -> None:
    """Landing folders `first` (70 % of the rows), `second` (the rest as a new file), `changed` (p1 rewritten)."""
    cut = round(len(rows) * 0.7)
    parts = {"p1": rows.head(cut), "p2": rows.tail(-cut)}
    layouts = {"first": ("p1",), "second": ("p1", "p2"), "changed": ("p1",)}
    table = bench.profile.main.name
    for name, wanted in layouts.items():
        place = folder / name / table
        place.mkdir(parents=True, exist_ok=True)
        for part in wanted:
            content = parts[part].head(-1) if name == "changed" else parts[part]
            (place / (part + _suffix(dialect))).write_bytes(write_texts(content, dialect))
        for side in side_files(bench):
            shutil.copy(side, folder / name / side.name)


def _write_records(bench: Bench, rows: pl.DataFrame, dialect: Dialect, folder: Path) -> tuple[str, str]:
    """A few rows without target and leaks, as a raw file and as JSON records with JSON types."""
    assert bench.data is not None  # noqa: S101
    main = {column.name: column for column in bench.data.columns if column.name in rows.columns}
    few = sampled(rows, RECORD_ROWS, 5).select(list(main))
    (folder / f"requests{_suffix(dialect)}").write_bytes(write_texts(few, dialect))
    tokens = dialect.null_tokens
    records = [
        {name: _json_value(value, main[name].dtype, tokens) for name, value in row.items()}
        for row in few.iter_rows(named=True)
    ]
    (folder / "records.json").write_text(json.dumps(records), encoding="utf-8")
    return f"/cases/requests{_suffix(dialect)}", "/cases/records.json"


def _json_value(value: object, dtype: str, tokens: tuple[str, ...]) -> object:
    if value is None or (isinstance(value, str) and value.strip() in tokens):
        return None
    if dtype in ("int", "float") and isinstance(value, str):
        number = float(value)
        return int(number) if number.is_integer() else number
    return value if isinstance(value, (str, int, float, bool)) else str(value)
