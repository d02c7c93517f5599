"""What is kept between runs, in one SQLite file: answers by their question, and what servers can."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from agent_graph.errors import BadInput
from agent_graph.llm.abilities import Ability
from agent_graph.llm.request import Call
from agent_graph.llm.wire import Reply

ABILITIES_LAST_S = 30 * 86_400  # servers are upgraded
_TABLES = """
CREATE TABLE IF NOT EXISTS answers (digest TEXT PRIMARY KEY, model TEXT, text TEXT, prompt_tokens INTEGER,
    completion_tokens INTEGER, made REAL) STRICT;
CREATE TABLE IF NOT EXISTS abilities (server TEXT, model TEXT, mode TEXT, lacks TEXT, most_output INTEGER, seen REAL,
    PRIMARY KEY (server, model)) STRICT;
"""


class Store:
    """The file of answers and abilities; without a path it forgets everything at the end of the run."""

    def __init__(self, path: Path | None, wall: Callable[[], float] = time.time) -> None:
        self._wall, self._lock = wall, threading.Lock()
        self._path = path
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        with self._usable():
            self._database = sqlite3.connect(path or ":memory:", timeout=30, check_same_thread=False)
            if path:
                self._database.execute("PRAGMA journal_mode=WAL")
            self._database.executescript(_TABLES)

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise BadInput(
                f"the cache of answers {self._path} can't be used ({error}): make room, delete it or use --no-cache"
            ) from error

    def answer(self, call: Call) -> Reply | None:
        """The accepted answer to exactly this question, if there was one."""
        row = self._row("SELECT text, prompt_tokens, completion_tokens FROM answers WHERE digest = ?", call.digest)
        if row is None:
            return None
        return Reply(row[0], "stop", row[1], 0, row[2], requests=0, from_cache=True)

    def keep_answer(self, call: Call, reply: Reply) -> None:
        """Remember an accepted answer."""
        values = (call.digest, str(call.spec), reply.text, reply.prompt_tokens, reply.completion_tokens, self._wall())
        self._write("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", *values)

    def ability(self, call: Call) -> Ability | None:
        """What that server proved to be able to."""
        row = self._row(
            "SELECT mode, lacks, most_output FROM abilities WHERE server = ? AND model = ? AND seen > ?",
            call.spec.server,
            call.spec.name,
            self._wall() - ABILITIES_LAST_S,
        )
        return None if row is None else Ability(row[0], True, frozenset(json.loads(row[1])), row[2])

    def keep_ability(self, call: Call, ability: Ability) -> None:
        """Remember what that server proved to be able to."""
        lacks = json.dumps(sorted(ability.lacks))
        values = (call.spec.server, call.spec.name, ability.mode, lacks, ability.most_output, self._wall())
        self._write("INSERT OR REPLACE INTO abilities VALUES (?, ?, ?, ?, ?, ?)", *values)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def _row(self, query: str, *values: object) -> tuple[Any, ...] | None:
        with self._lock, self._usable(), closing(self._database.execute(query, values)) as cursor:
            row: tuple[Any, ...] | None = cursor.fetchone()
            return row

    def _write(self, query: str, *values: object) -> None:
        with self._lock, self._usable(), self._database:
            self._database.execute(query, values)
