"""A text table as a file of a header line and rows alone."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from agent_graph.artifacts import Layout
from agent_graph.profiling.layout import HEAD_BYTES, MOST_BEFORE, TAIL_BYTES, notes, records


def write_rows(file: Path, layout: Layout, delimiter: str, quote: str, out: Path) -> None:
    """A plain UTF-8 file as one with a header line and rows alone; a file that is so already keeps all its lines."""
    with file.open("rb") as source, out.open("wb") as target:
        data = source.read(HEAD_BYTES)
        mark = 3 if data.startswith(b"\xef\xbb\xbf") else 0
        start, plain = _start(data[mark:].decode("utf-8", "ignore"), layout, delimiter, quote)
        size = file.stat().st_size
        begin = max(size - TAIL_BYTES, mark + start)
        source.seek(begin)
        tail = source.read()
        first = tail.find(b"\n") + 1 if begin > mark + start else 0
        end = size if plain else begin + first + _end(tail[first:].decode("utf-8"), layout, delimiter, quote)
        ending = next((end for end in ("\r\n", "\n", "\r") if end.encode() in data), "\n")
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=delimiter, quotechar=quote or '"', lineterminator=ending).writerow(layout.names)
        target.write(buffer.getvalue().encode() if start else b"")
        source.seek(mark + start)
        _copy(source, target, end - mark - start)


def _copy(source: io.BufferedReader, target: io.BufferedWriter, size: int) -> None:
    while size > 0 and (chunk := source.read(min(size, 1 << 22))):
        target.write(chunk)
        size -= len(chunk)


def _start(text: str, layout: Layout, delimiter: str, quote: str) -> tuple[int, bool]:
    """Bytes before the first row (0 when the file begins otherwise), and whether it is plain, without notes below."""
    found = list(records(text, delimiter, quote, MOST_BEFORE + len(layout.header)))
    for place in range(min(len(found), MOST_BEFORE)):
        for header in (layout.header, (layout.names,)):
            if tuple(other.fields for other in found[place : place + len(header)]) == header:
                size = len(text[: found[place + len(header) - 1].end].encode())
                return size, place == 0 and header == (layout.names,) and not _begins_plainly(layout)
    return 0, True


def _begins_plainly(layout: Layout) -> bool:
    return not layout.before and layout.header == (layout.names,)


def begins(text: str, layout: Layout, delimiter: str, quote: str) -> bool:
    """Whether a file has the header that the layout names."""
    return _start(text.removeprefix("\ufeff"), layout, delimiter, quote)[0] > 0


def _end(text: str, layout: Layout, delimiter: str, quote: str) -> int:
    """Bytes up to the end of the last row."""
    after = notes(text, len(layout.names), layout.fewest, delimiter, quote)
    return len(text[: after[0].start].encode()) if after else len(text.encode())
