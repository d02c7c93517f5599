"""How a text table is written: encoding, delimiter, quote; and the header, checked."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, cast

from agent_graph.artifacts import Dialect, Layout
from agent_graph.errors import BadInput
from agent_graph.profiling import layout, rows
from agent_graph.profiling.sources import Source

MAX_COLUMNS = 10_000
UNREADABLE = (OSError, EOFError, zlib.error)  # what reading a file, gzipped or not, may end with
SAMPLE_BYTES = 1 << 18
DELIMITERS = (",", "\t", ";", "|", ":", "^", "~", " ")
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SURE = 1.0  # of a delimiter: half of the lines are cut alike
csv.field_size_limit(1 << 30)


def open_bytes(file: Path, gzipped: bool) -> IO[bytes]:
    """The file's bytes, unpacked when gzipped."""
    return cast("IO[bytes]", gzip.open(file, "rb")) if gzipped else file.open("rb")


def sniff(source: Source) -> tuple[Dialect, tuple[str, ...], Layout | None]:
    """Dialect, column names and, when some lines are no rows, layout of a CSV source; BadInput when it is no table."""
    encoding = _common_encoding(source)
    text = _sample(source.files[0], source.gzipped, encoding)
    quote = _quote(text)
    delimiter = _delimiter(text, quote)
    dialect = Dialect(
        format="csv", delimiter=delimiter, quote=quote, encoding=encoding,
        compression="gzip" if source.gzipped else "none", null_tokens=("",),
    )  # fmt: skip
    tails = [_tail(file, source.gzipped, encoding) for file in source.files]
    found = layout.find(text.lstrip("\ufeff"), tails, delimiter, quote)
    header = found.names if found else read_header(text, dialect)
    check_names(header, source.name)
    for file in source.files[1:]:
        other = _sample(file, source.gzipped, encoding)
        same = rows.begins(other, found, delimiter, quote) if found else read_header(other, dialect) == header
        if not same:
            raise BadInput(f"{file.name!r} has other columns than {source.files[0].name!r}: give parts with one header")
    return dialect, header, found


def _common_encoding(source: Source) -> str:
    found = {_encoding(file, source.gzipped) for file in source.files}
    if len(found) == 1:
        return found.pop()
    if found <= {"utf-8", "utf-8-sig"}:
        return "utf-8-sig"
    raise BadInput(
        f"the parts of {source.name!r} are written in different encodings ({', '.join(sorted(found))}): use one"
    )


def _encoding(file: Path, gzipped: bool) -> str:
    try:
        with open_bytes(file, gzipped) as stream:
            head = stream.read(SAMPLE_BYTES)
            for bom, name in BOMS:
                if head.startswith(bom):
                    return name
            if b"\0" in head:
                return _without_bom(head, file)
            return "utf-8" if _is_utf8(head, stream) else _single_byte(head)
    except UNREADABLE as error:
        raise BadInput(f"can't read {file.name!r}: {error}: check the file, it may be cut short") from error


def _without_bom(head: bytes, file: Path) -> str:
    """UTF-16 without a mark has its zero bytes all at odd (little-endian) or all at even places."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.4 * len(head) / 2 and even == 0:
        return "utf-16-le"
    if even > 0.4 * len(head) / 2 and odd == 0:
        return "utf-16-be"
    raise BadInput(f"{file.name!r} is a binary file, not a text table: export it as CSV or Parquet")


def _is_utf8(head: bytes, rest: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk = head
    try:
        while chunk:
            if decoder.getstate()[0] or not chunk.isascii():  # plain ASCII behind whole signs needs no decoding
                decoder.decode(chunk)
            chunk = rest.read(1 << 22)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _single_byte(head: bytes) -> str:
    """Windows-1252 gives five bytes no meaning; a text that uses them is read as Latin-1, which knows all."""
    return "latin-1" if any(byte in head for byte in b"\x81\x8d\x8f\x90\x9d") else "cp1252"


def _sample(file: Path, gzipped: bool, encoding: str) -> str:
    with open_bytes(file, gzipped) as stream:
        data = stream.read(SAMPLE_BYTES)
        whole = not stream.read(1)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(data, final=whole)
    if not whole and "\n" not in text and "\r" not in text:
        raise BadInput(f"the first line of {file.name!r} is longer than {SAMPLE_BYTES:,} bytes: give a table with rows")
    control = sum(1 for sign in text[:4096] if sign < " " and sign not in "\t\r\n\f")
    if control > 0.02 * len(text[:4096]):
        raise BadInput(f"{file.name!r} is a binary file, not a text table: export it as CSV or Parquet")
    return text if whole else text[: text.rfind("\n") + 1] or text


def _tail(file: Path, gzipped: bool, encoding: str) -> str:
    """The end of a file, from the beginning of a line."""
    most = layout.TAIL_BYTES
    with open_bytes(file, gzipped) as stream:
        if gzipped:
            data = kept = b""
            while chunk := stream.read(1 << 20):
                data, kept = chunk, data[-most:]
            data = kept + data
        else:
            stream.seek(max(0, file.stat().st_size // 4 * 4 - most))
            data = stream.read()
        begins = file.stat().st_size <= most if not gzipped else len(data) <= most
    text = data.decode(encoding.replace("-sig", ""), "replace")
    return text.lstrip("\ufeff") if begins else text[text.find("\n") + 1 :]


def _quote(text: str) -> str:
    if '"' in text or "'" not in text:
        return '"'
    singles = sum(text.count(f"{d}'") + text.count("\n'") for d in DELIMITERS[:4])
    closing = sum(text.count(f"'{d}") for d in DELIMITERS[:4]) + text.count("'\n")
    return "'" if min(singles, closing) > 4 and min(singles, closing) > 0.8 * max(singles, closing) else '"'


def _delimiter(text: str, quote: str) -> str:
    """The sign that cuts most rows into the same number (> 1) of fields; the header's word counts most.

    Where the first line is no header, the width of most other lines counts instead.
    """
    if named := layout.hint(text):
        return named
    best, score = _best_delimiter(text, quote, DELIMITERS, lambda widths: widths[0])
    if score >= SURE:
        return best
    other, rated = _best_delimiter(text, quote, DELIMITERS[:4], layout.width)
    return other if rated >= SURE else best


def _best_delimiter(
    text: str, quote: str, delimiters: Sequence[str], width: Callable[[Sequence[int]], int]
) -> tuple[str, float]:
    best, score = ",", 0.0
    for place, delimiter in enumerate(delimiters):
        widths = [len(row) for row in _rows(text, delimiter, quote, 200) if row]
        wide = width(widths) if widths else 0
        agreeing = widths.count(wide) / max(1, len(widths))
        rated = agreeing * (2 - place * 0.02) + min(wide, 50) / 50 if wide > 1 else 0.0
        if rated > score:
            best, score = delimiter, rated
    return best, score


def _rows(text: str, delimiter: str, quote: str, limit: int) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote or None)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) >= limit:
                break
    except csv.Error:
        return rows
    return rows


def read_header(text: str, dialect: Dialect) -> tuple[str, ...]:
    """The names in the first record."""
    rows = _rows(text.lstrip("\ufeff"), dialect.delimiter, dialect.quote, 1)
    return tuple(rows[0]) if rows else ()


def first_record(file: Path, dialect: Dialect) -> tuple[str, ...]:
    """The names in the first record of a file."""
    return read_header(_sample(file, dialect.compression == "gzip", dialect.encoding), dialect)


def check_names(names: tuple[str, ...], table: str) -> None:
    """BadInput unless the names can name a table's columns."""
    if len(names) > MAX_COLUMNS:
        raise BadInput(
            f"table {table!r} has {len(names):,} columns, the limit is {MAX_COLUMNS:,}: keep those that matter"
        )
    if not names:
        raise BadInput(f"table {table!r} begins with an empty line: give a table with a header line and rows")
    if len(names) < 2:
        raise BadInput(f"table {table!r} has one column: at least two are needed, a target and something to go by")
    if all(_is_number(name) for name in names):
        raise BadInput(
            f"table {table!r} has no header (its first line is {', '.join(names[:3])} …): add a line with names"
        )
    double = [name for name, times in Counter(names).items() if times > 1]
    if double:
        raise BadInput(f"column name {double[0]!r} stands twice in table {table!r}: give each column its own name")
    if patterns := [name for name in names if is_pattern(name)]:
        raise BadInput(
            f"column {patterns[0]!r} of table {table!r} has a name that table readers take for a pattern of names: "
            "rename it in the first line"
        )
    if any(not name.strip() for name in names[1:]):
        place = next(k for k, name in enumerate(names) if k and not name.strip())
        raise BadInput(f"column {place + 1} of table {table!r} has no name: name it in the first line")


def is_pattern(name: str) -> bool:
    """Whether polars would take the name for all columns, or for a regular expression."""
    return name == "*" or (name.startswith("^") and name.endswith("$"))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
