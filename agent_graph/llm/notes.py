"""How an answer is asked for again; the words are in `notes.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from string import Template

from agent_graph.llm.account import BadAnswer
from agent_graph.llm.fence import between_marks, sealed, visible
from agent_graph.llm.request import Call, Message

MOST_REPEATED = 24_000  # characters of a rejected answer that are shown to the model again
IN_WORDS = ("json", "plain")  # ways of asking that give the server no schema
MOST_WORDS = 2_000  # characters of what was wrong with it


@cache
def _notes() -> dict[str, Template]:
    loaded = tomllib.loads(Path(__file__).with_name("notes.toml").read_text("utf-8"))
    return {name: Template(str(text).strip()) for name, text in loaded.items()}


def note(kind: str, words: str = "") -> str:
    """The note of that name, filled."""
    return _notes()[kind].substitute(words=words)


def system_of(call: Call, mode: str) -> str:
    """The call's system message in that way of asking: servers that take no schema are told it in words.

    They stand after what all calls share, so that prefix caches still hit.
    """
    said = call.messages[0].text
    return f"{said}\n\n{note('schema', call.schema_text)}" if mode in IN_WORDS else said


def _told(kind: BadAnswer, words: str) -> Message:
    """What was wrong, in a fence: it quotes the answer, and names out of the data."""
    lines = "\n".join(visible(line) for line in words.expandtabs(2).splitlines())
    cut = lines if len(lines) <= MOST_WORDS else f"{lines[:MOST_WORDS]} …"
    return Message("user", sealed(note(kind, between_marks(cut).strip())))


def asked_again(first: Call, last: Call, kind: BadAnswer, words: str, text: str) -> Call:
    """The next call after a bad answer. Only the last bad answer is shown again, and only where seeing it helps.

    An answer that was cut off is first given twice the room; cut off again, it is asked to be shorter.
    """
    given = last.parameters.max_output
    if kind == "cut_off" and given == first.parameters.max_output:
        return first.with_output(2 * given)
    told = _told(kind, words)
    if kind in ("wrong_shape", "broken_rule"):
        return first.with_output(given).saying(Message("assistant", text[:MOST_REPEATED]), told)
    return first.with_output(given).saying(told)
