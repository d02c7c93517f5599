"""A landing file in parts of so many records, each a file in the same dialect, so that it needs not fit in memory."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

DELIMITER = ","
QUOTE = '"'
LONGEST_FIELD = 2**31 - 1  # a long text is no fault of the file


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
    for line in lines:
        record = line if QUOTE not in line else _to_the_end(line, lines)
        if record.strip():  # an empty line is no record
            yield record if record.endswith(("\n", "\r")) else record + "\n"


def _to_the_end(first: str, lines: TextIO) -> str:
    """The record that starts with this line: the csv reader knows where it ends."""
    taken: list[str] = []

    def noted() -> Iterator[str]:
        for line in chain([first], lines):
            taken.append(line)
            yield line

    next(csv.reader(noted(), delimiter=DELIMITER, quotechar=QUOTE), None)
    return "".join(taken)
