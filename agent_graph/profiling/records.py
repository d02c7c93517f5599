"""JSON files that aren't an object a line: a list of objects, or one object that holds such a list."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from agent_graph.artifacts import Dialect
from agent_graph.errors import BadInput

HEAD = 4096
FEWEST = 20  # values a column: shorter ones may be lists in one row


def form(file: Path) -> str:
    """Where the rows of a plain JSON file stand: "" one a line, "[]" in a list, else under that key of one object."""
    with file.open(encoding="utf-8-sig", errors="replace") as stream:
        head = stream.read(HEAD).lstrip()
        stream.seek(0)
        first = stream.readline()
    if head.startswith("["):
        return "[]"
    try:
        row = json.loads(first)
    except (ValueError, RecursionError):
        row = _whole(file)  # an object over many lines
    if isinstance(row, dict):
        _refuse_columns(file, row)
        lists = [key for key, value in row.items() if _holds_rows(value)]
        others = [key for key, value in row.items() if isinstance(value, (str, int, float, bool)) and key not in lists]
        if len(lists) == 1 and len(row[lists[0]]) > 1 and len(others) <= 5 and _alone(file):
            return str(lists[0])
    return ""


def as_lines(file: Path, dialect: Dialect, folder: Path) -> Path:
    """The file itself when it holds an object a line, else a copy that does, in the folder. BadInput when it can't."""
    if not dialect.records:
        return file
    stat = file.stat()
    key = f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\0{dialect.records}"
    copy = folder / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.jsonl"
    if not copy.exists():
        rows = _whole(file)
        if dialect.records != "[]" and isinstance(rows, dict):
            rows = rows.get(dialect.records)
        if not _holds_rows(rows):
            where = "a list" if dialect.records == "[]" else f"a list under {dialect.records!r}"
            raise BadInput(f"{file.name!r} holds no objects in {where}: write one object a line")
        with copy.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return copy


def _holds_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _refuse_columns(file: Path, row: dict[str, Any]) -> None:
    """A table turned on its side, as pandas writes it unless told otherwise."""
    sizes = {len(value) if isinstance(value, (dict, list)) else 0 for value in row.values()}
    if len(row) > 1 and len(sizes) == 1 and sizes.pop() >= FEWEST and _alone(file):
        raise BadInput(
            f"{file.name!r} holds columns ({next(iter(row))!r} …), not rows: write it again with an object for each "
            "row (pandas: orient='records')"
        )


def _alone(file: Path) -> bool:
    """Whether the whole file is one JSON value."""
    try:
        _whole(file)
    except BadInput:
        return False
    return True


def _whole(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise BadInput(f"{file.name!r} is no JSON: {error}: write one object a line, or a list of objects") from error
    except RecursionError as error:
        raise BadInput(f"{file.name!r} is nested too deep to be read: correct it, one flat object a line") from error
