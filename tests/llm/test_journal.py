"""What a run has received is not paid again when it goes on after a kill, rejected answers included."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_graph.errors import BadInput
from tests.llm.conftest import GOOD, OpenDoor, request
from tests.llm.server import ModelServer, says


def test_a_dialogue_begun_before_a_kill_is_repeated_from_the_journal_and_counted_as_it_was(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.script = [says("prose"), says("prose"), says(GOOD)]
    journal = tmp_path / "received.sqlite"
    first = open_door(journal=journal).ask(request())
    again = open_door(journal=journal).ask(request())
    assert (again.value, again.incidents) == (first.value, first.incidents)
    assert (again.usage.tokens, again.usage.tries, again.usage.from_cache) == (first.usage.tokens, 3, False)
    assert len(server.requests) == 3


def test_a_damaged_journal_is_said_in_one_line(open_door: OpenDoor, tmp_path: Path) -> None:
    journal = tmp_path / "received.sqlite"
    journal.write_bytes(b"no database" * 1000)
    with pytest.raises(BadInput, match=r"received\.sqlite.*delete it"):
        open_door(journal=journal)
