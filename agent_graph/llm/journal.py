"""What a run has received and paid for, written down before anything else is done with it.

A run that is killed asks the same questions again when it goes on; up to where it came they are answered from here, the
rejected answers too. Unlike the cache it belongs to one run, and ends with it. What each exchange cost stands here as
well, its worst case before it begins, so that a cap holds over all the processes of a run.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from agent_graph.artifacts import Usage
from agent_graph.errors import BadInput
from agent_graph.llm.budget import Spent
from agent_graph.llm.request import Call
from agent_graph.llm.wire import Fault, Reply

JOURNAL = "received.sqlite"
_TABLE = """
CREATE TABLE IF NOT EXISTS received (question TEXT, number INTEGER, digest TEXT, reply TEXT, seconds REAL,
    PRIMARY KEY (question, number)) STRICT;
CREATE TABLE IF NOT EXISTS spent (exchange INTEGER PRIMARY KEY, tokens INTEGER, usd REAL) STRICT;
"""
_REPLY = TypeAdapter(Reply)


@dataclass(frozen=True)
class Place:
    """Where in a dialogue an exchange stands: the question (digest of its first call), the answers before this one."""

    question: str
    number: int


class Journal:
    """The file of one run; without a path there is none, and nothing is remembered."""

    def __init__(self, path: Path | None) -> None:
        """BadInput when the file can't be used."""
        self._path, self._lock = path, threading.Lock()
        self._database: sqlite3.Connection | None = None
        if path is None:
            return
        with self._usable():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=30, check_same_thread=False)
            self._database.executescript(_TABLE)

    def reply(self, place: Place, call: Call) -> tuple[Reply, float] | None:
        """What was received there, if it was this call, and the seconds that it took. BadInput as for `keep`."""
        if self._database is None:
            return None
        query = "SELECT reply, seconds FROM received WHERE question = ? AND number = ? AND digest = ?"
        asked = (place.question, place.number, call.digest)
        with self._usable(), self._lock, closing(self._database.execute(query, asked)) as rows:
            found = rows.fetchone()
            return (_REPLY.validate_json(found[0]), found[1]) if found else None

    @property
    def spent(self) -> Spent:
        """What the run's exchanges cost, those at their worst that never came to an end. BadInput as for `keep`."""
        if self._database is None:
            return Spent()
        query = "SELECT coalesce(sum(tokens), 0), coalesce(sum(usd), 0.0) FROM spent"
        with self._usable(), self._lock, closing(self._database.execute(query)) as rows:
            return Spent(*rows.fetchone())

    def begin(self, worst: Usage) -> int:
        """Write down what an exchange may cost, before it begins; its number. BadInput as for `keep`."""
        if self._database is None:
            return 0
        with self._usable(), self._lock, self._database:
            values = (worst.tokens, worst.usd or 0.0)
            return self._database.execute("INSERT INTO spent (tokens, usd) VALUES (?, ?)", values).lastrowid or 0

    def keep(
        self, exchange: int, usage: Usage, place: Place, call: Call, outcome: Reply | Fault, seconds: float
    ) -> None:
        """Write down what an exchange cost, and the reply if there is one. BadInput when the file can't be used."""
        if self._database is None:
            return
        cost = (usage.tokens, usage.usd or 0.0, exchange)
        with self._usable(), self._lock, self._database:
            self._database.execute("UPDATE spent SET tokens = ?, usd = ? WHERE exchange = ?", cost)
            if isinstance(outcome, Reply):
                values = (place.question, place.number, call.digest, _REPLY.dump_json(outcome).decode(), seconds)
                self._database.execute("INSERT OR REPLACE INTO received VALUES (?, ?, ?, ?, ?)", values)

    def close(self) -> None:
        """Close the file."""
        if self._database is not None:
            with self._lock:
                self._database.close()

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValidationError) as error:
            said = " ".join(str(error).split())[:120]
            raise BadInput(
                f"the answers received so far, {self._path}, can't be used ({said}): make room or delete it"
            ) from error
