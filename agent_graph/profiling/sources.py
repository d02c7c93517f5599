"""From what the user pointed at to named tables: files, folders of parts, globs."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent_graph.errors import BadInput

Format = Literal["csv", "parquet", "jsonl"]
FORMATS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".tab": "csv", ".psv": "csv", ".dat": "csv", ".data": "csv",
    ".parquet": "parquet", ".pq": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
}  # fmt: skip
MAGIC: dict[bytes, str] = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file",
    b"SQLite format 3": "an SQLite database",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
}


@dataclass(frozen=True)
class Source:
    """The files of one table, all of one format."""

    name: str
    files: tuple[Path, ...]
    format: Format
    gzipped: bool


def find_sources(paths: Sequence[str]) -> tuple[Source, ...]:
    """The tables behind the given files, folders and globs, in their order; BadInput when one can't be read."""
    if not paths:
        raise BadInput("no data given: point at a file, a folder of parts or a glob")
    sources = [source for path in paths for source in _expand(path)]
    seen: set[str] = set()
    for file in (file for source in sources for file in source.files):
        if (real := os.path.realpath(file)) in seen:
            raise BadInput(f"{str(file)!r} is given twice: name each file once")
        seen.add(real)
    return tuple(_with_distinct_names(sources))


def _expand(path: str) -> list[Source]:
    if os.path.isdir(path):
        return [_folder(Path(path))]
    if os.path.exists(path):
        return [_source(stem(Path(path)), [Path(path)])]
    found = [Path(match) for match in sorted(glob.glob(path)) if os.path.isfile(match)]
    if found:
        return [_source(_shared_stem(found), found)]
    if any(sign in path for sign in "*?["):
        raise BadInput(f"no file matches {path!r}: check the pattern")
    raise BadInput(f"no such file: {path!r}: check the path")


def _folder(folder: Path) -> Source:
    files = sorted(f for f in folder.iterdir() if f.is_file() and f.name[0] not in "._" and _suffix(f) in FORMATS)
    if not files:
        raise BadInput(f"folder {str(folder)!r} holds no CSV, Parquet or JSON-lines file: point at the data files")
    return _source(folder.name, files)


def _source(name: str, files: list[Path]) -> Source:
    heads = [_head(file) for file in files]
    kinds = {_format(file, head) for file, head in zip(files, heads, strict=True)}
    gzipped = {head.startswith(b"\x1f\x8b") for head in heads}
    if len(kinds) > 1 or len(gzipped) > 1:
        raise BadInput(f"the parts of {name!r} are of different formats: give files of one format")
    return Source(name, tuple(file.absolute() for file in files), kinds.pop(), gzipped.pop())


def _head(file: Path) -> bytes:
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # reading a pipe would wait, reading /dev/zero would never end
            raise BadInput(f"{str(file)!r} is a pipe, a socket or a device: give a file, or a folder of files")
        with file.open("rb") as stream:
            head = stream.read(16)
    except OSError as error:
        raise BadInput(f"can't read {str(file)!r}: {error.strerror or error}: check its permissions") from error
    if not head:
        raise BadInput(f"file {str(file)!r} is empty: give a table with a header line and rows")
    return head


def _format(file: Path, head: bytes) -> Format:
    for magic, what in MAGIC.items():
        if head.startswith(magic):
            raise BadInput(f"{file.name!r} is {what}, not a table: export it as CSV or Parquet")
    if head.startswith(b"PAR1"):
        return "parquet"
    named = FORMATS.get(_suffix(file), "csv")
    if named == "parquet":
        raise BadInput(f"{file.name!r} is not a Parquet file although it is named so: export it again")
    return named


def _suffix(file: Path) -> str:
    return Path(file.name.lower().removesuffix(".gz")).suffix


def stem(file: Path) -> str:
    """The table's name: the file's name without its format and compression endings."""
    name = file.name.removesuffix(".gz")
    return (name[: -len(_suffix(file))] if _suffix(file) in FORMATS else name) or "data"


def _shared_stem(files: list[Path]) -> str:
    prefix = os.path.commonprefix([stem(file) for file in files])  # noqa: RUF071 (of names, not of paths)
    return re.sub(r"[\W_]*(part)?[\W_\d]*$", "", prefix) or files[0].parent.name or "data"


def _with_distinct_names(sources: list[Source]) -> list[Source]:
    """Table names become file names in a landing folder, so they are plain and differ."""
    named: list[Source] = []
    for source in sources:
        plain = re.sub(r"[^A-Za-z0-9_-]+", "_", source.name).strip("_") or "data"
        taken = {other.name.lower() for other in named}
        name = next(
            n for k in range(len(sources) + 1) if (n := plain if k == 0 else f"{plain}_{k + 1}").lower() not in taken
        )
        named.append(Source(name, source.files, source.format, source.gzipped))
    return named
