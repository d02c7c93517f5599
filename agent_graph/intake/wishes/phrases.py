"""Cue phrases: a small language for word sequences, compiled once from tables.

`word*` any ending; `_` any word; `a|b` one of these; `word?` may be missing; `..` up to three words without a comma,
`...` up to eight of the sentence; `<n>` a number, `<p>` a share, `<t>` a length of time, `<x>` a multiple, `<m>` an
amount of money, `<b>` an amount of memory, `<one>` a number or an article.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from agent_graph.intake.evidence.letters import fold

_TABLES = Path(__file__).parent / "tables"
_WORDS = re.compile(r"[^\W\d_]+\d+[^\W_]*|\*?[^\W\d_]+\*?|\d+|\+\+|[%$€£&,#]")
_GAPS = {"..": r"(?:[^ .,]+ ){0,3}?", "...": r"(?:[^ .]+ ){0,8}?"}
_ARTICLES = (
    "a", "an", "one", "ein", "eine", "einen", "einem", "einer", "eins", "un", "une", "una", "uno", "een", "um", "uma",
    "jeden", "jedna", "jedno", "jednego", "jednej", "en", "ett", "bir", "birini", "birinin",
)  # fmt: skip
_ONE = rf"(?:<[nx]\d+>|{'|'.join(_ARTICLES)}) "


@lru_cache(maxsize=16)
def table(name: str) -> dict[str, Any]:
    """A table of this room by its name."""
    return tomllib.loads((_TABLES / f"{name}.toml").read_text("utf-8"))


@lru_cache(maxsize=256)
def cues(name: str, topic: str, languages: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern of all phrases that a table lists for a topic in some languages ("any" are for all)."""
    return pattern(tuple(_listed(table(name)[topic], languages)))


def _listed(topic: dict[str, list[str]], languages: tuple[str, ...]) -> Iterator[str]:
    for language in ("any", *languages):
        yield from topic.get(language, ())


@lru_cache(maxsize=512)
def pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for the line of a page; it matches where any of the phrases stands."""
    return re.compile(r"(?:^|(?<= ))(?:" + "|".join(_compiled(one) for one in phrases) + ")") if phrases else NOTHING


NOTHING = re.compile(r"(?!)")


def _compiled(phrase: str) -> str:
    """The phrase as a regular expression over words that each end in a space."""
    return "".join(_item(item) for item in phrase.split())


def _item(item: str) -> str:
    if item == "_":
        return "[^ <>.,]+ "
    if item in _GAPS:
        return _GAPS[item]
    if item == "<one>":
        return _ONE
    optional, item = item.endswith("?"), item.removesuffix("?")
    if match := re.fullmatch(r"<([a-z]+)>", item):
        found = rf"<[{match.group(1)}]\d+> "
    else:
        found = "(?:" + "|".join(_plain(word) for word in item.split("|")) + ")"
    return f"(?:{found})?" if optional else found


def _plain(word: str) -> str:
    """A word as it stands in a page's line: folded, taken apart where a page would take it apart."""
    parts = _WORDS.findall(fold(word))
    return "".join(re.escape(part).replace(r"\*", "[^ <>,.]*") + " " for part in parts)
