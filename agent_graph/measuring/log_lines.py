"""Lines of a log: are they structured, and does one of them show a row of data?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agent_graph.measuring.syntax import json_value

FIELDS = {"time", "level", "message"}
SHOWN_SHARE = 0.6  # of a row's different values in one line: no coincidence
FEWEST_VALUES = 4
SHORTEST = 3  # characters of a value that counts
LONG_TEXT = 8  # characters from which on a value that few rows share can be no coincidence either
TOKEN = re.compile(r"[^\s\"',;:{}\[\]()=\\]+")


def structured(line: str) -> bool:
    """Whether a line is a JSON object with time, level and message."""
    try:
        return set(json_value(line)) >= FIELDS
    except (ValueError, TypeError):
        return False


def showing_rows(lines: Iterable[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines in which most values of some row stand, or a long text that belongs to few rows."""
    shapes = [(_values(row), _phrases(row)) for row in rows]
    shapes = [(plain, spaced) for plain, spaced in shapes if len(plain) + len(spaced) >= FEWEST_VALUES]
    kept = list(lines)
    told = set(telling(kept, rows))
    return [line for line in kept if line in told or _shows(line, shapes)]


def telling(lines: Iterable[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines that hold a long text of a column in which most rows differ: names, addresses, identifiers, prose."""
    found = _telling(rows)
    return [line for line in lines if any(text in line for text in found)]


def _shows(line: str, shapes: list[tuple[set[str], set[str]]]) -> bool:
    tokens = set(TOKEN.findall(line))
    if len(tokens) < FEWEST_VALUES:
        return False
    for plain, spaced in shapes:
        found = len(plain & tokens) + sum(phrase in line for phrase in spaced)
        if found >= max(FEWEST_VALUES, SHOWN_SHARE * (len(plain) + len(spaced))):
            return True
    return False


def _values(row: Mapping[str, Any]) -> set[str]:
    """A row's different values that are one token each; short ones occur everywhere."""
    texts = {str(value) for value in row.values() if value is not None}
    return {text for text in texts if len(text) >= SHORTEST and TOKEN.fullmatch(text)}


def _phrases(row: Mapping[str, Any]) -> set[str]:
    """A row's different values of several words."""
    texts = {str(value) for value in row.values() if value is not None}
    return {text for text in texts if text.strip() and not TOKEN.fullmatch(text)}


def _telling(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    found: set[str] = set()
    for column in rows[0] if rows else ():
        values = {str(row[column]) for row in rows if row.get(column) is not None}
        if len(values) > len(rows) // 2:
            found |= {value for value in values if len(value) >= LONG_TEXT and re.search(r"[A-Za-z]{2}", value)}
    return found
