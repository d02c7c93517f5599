"""Clean rows as texts: read, written, and changed in one place."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from agent_graph.artifacts import ColumnContract, DataDesign, Dialect, Problem, Profile


@dataclass(frozen=True)
class Sample:
    """Clean rows as texts, and what is known of them."""

    rows: pl.DataFrame
    design: DataDesign
    profile: Profile
    problem: Problem

    def main_columns(self, *dtypes: str) -> list[ColumnContract]:
        """Kept columns of the main table of these types, features first, the best filled first."""
        features = {role.name for role in self.problem.columns if role.use == "feature"}
        found = [c for c in self.design.columns if c.name in self.rows.columns and c.dtype in dtypes]
        return sorted(found, key=lambda column: (column.name not in features, column.missing))


def read_texts(path: Path, dialect: Dialect) -> pl.DataFrame:
    """The main table as texts; null where the file holds nothing."""
    if dialect.format == "parquet":
        return pl.read_parquet(path)
    if dialect.format == "jsonl":
        return pl.read_ndjson(path)
    opener = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="") as lines:  # polars leaves doubled quotes in a header
        names = next(csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote or '"'))
    quote = dialect.quote or None
    return pl.read_csv(
        path, separator=dialect.delimiter, quote_char=quote, infer_schema=False, new_columns=names, encoding="utf8"
    )


def write_texts(rows: pl.DataFrame, dialect: Dialect, delimiter: str | None = None) -> bytes:
    """The rows as a file in that dialect (UTF-8)."""
    buffer = io.BytesIO()
    if dialect.format == "parquet":
        rows.write_parquet(buffer)
    elif dialect.format == "jsonl":
        rows.write_ndjson(buffer)
    else:
        rows.write_csv(buffer, separator=delimiter or dialect.delimiter, quote_char=dialect.quote or '"')
    return gzip.compress(buffer.getvalue(), mtime=0) if dialect.compression == "gzip" else buffer.getvalue()


def edited(rows: pl.DataFrame, name: str, share: float, value: str | None, dice: random.Random) -> pl.DataFrame:
    """A share of a column's values replaced."""
    chosen = set(dice.sample(range(len(rows)), max(1, round(share * len(rows)))))
    values = [value if i in chosen else old for i, old in enumerate(rows[name].cast(pl.String).to_list())]
    return rows.with_columns(pl.Series(name, values, dtype=pl.String))


def numbers(rows: pl.DataFrame, name: str, change: Callable[[float], float]) -> pl.DataFrame:
    """Every number of a column changed; texts that are no numbers stay."""

    def one(text: str | None) -> str | None:
        try:
            return text if text is None else repr(change(float(text)))
        except ValueError:
            return text

    return rows.with_columns(pl.Series(name, [one(t) for t in rows[name].cast(pl.String).to_list()], dtype=pl.String))


def broken_files(clean: bytes, dialect: Dialect) -> Iterator[tuple[str, bytes]]:
    """Faults of the file itself."""
    plain = gzip.decompress(clean) if dialect.compression == "gzip" else clean

    def packed(content: bytes) -> bytes:
        return gzip.compress(content, mtime=0) if dialect.compression == "gzip" else content

    yield "file_cut_off", clean[: len(clean) // 2] if dialect.format == "parquet" else packed(_cut(plain, dialect))
    yield "file_empty", b""
    yield "file_of_another_kind", packed(bytes(range(256)) * 40)
    if dialect.format == "csv":
        other = b"|" if dialect.delimiter == ";" else b";"
        yield "other_delimiter", packed(plain.replace(dialect.delimiter.encode(), other))
        yield "other_encoding", packed(plain.decode().encode("utf-16"))


def _cut(plain: bytes, dialect: Dialect) -> bytes:
    """Everything up to the middle of a row in the middle of the file."""
    middle = plain.index(b"\n", len(plain) // 2) + 1
    first = plain.find(dialect.delimiter.encode(), middle)
    second = plain.find(dialect.delimiter.encode(), first + 1)  # the first field may be empty
    return plain[: second if 0 < second < plain.find(b"\n", middle) else middle + 3]
