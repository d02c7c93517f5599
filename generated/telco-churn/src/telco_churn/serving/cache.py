"""A memory of answers by the content of their row; the least recently used one is forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class LeastRecentlyUsed(Generic[Value]):
    """At most `capacity` answers; all are forgotten when another export answers.

    A row's key is the tuple of its values, so equal rows share an answer and different rows never do.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._export: str | None = None
        self._entries: OrderedDict[tuple[object, ...], Value] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, export: str, keys: list[tuple[object, ...]]) -> list[Value | None]:
        """The remembered answer of each row, or None, as that export of a model gave it."""
        with self._lock:
            if export != self._export:
                return [None] * len(keys)
            found = [self._entries.get(key) for key in keys]
            for key, value in zip(keys, found, strict=True):
                if value is not None:
                    self._entries.move_to_end(key)
            return found

    def keep(self, export: str, keys: list[tuple[object, ...]], values: list[Value]) -> None:
        """Remember answers of that export; those of any other are forgotten."""
        if self._capacity == 0:
            return
        with self._lock:
            if export != self._export:
                self._entries.clear()
                self._export = export
            for key, value in zip(keys, values, strict=True):
                self._entries[key] = value
                self._entries.move_to_end(key)
            while len(self._entries) > self._capacity:
                self._entries.popitem(last=False)
