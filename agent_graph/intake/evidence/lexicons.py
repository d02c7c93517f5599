"""Words of column names, looked up in tables of ten languages."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from agent_graph.intake.evidence.letters import alike, fold, tokens
from agent_graph.intake.wishes.amounts import unit_of

_FILE = Path(__file__).with_name("names.toml")


@lru_cache(maxsize=1)
def _tables() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(_FILE.read_text("utf-8"))


@lru_cache(maxsize=50_000)
def name_words(spelled: str) -> tuple[str, ...]:
    """Folded words of a name that is spelled out, numbers left out: "Tage_bis 2" is ("tage", "bis")."""
    return tuple(fold(word) for word in tokens(spelled) if not word.isdigit())


@lru_cache(maxsize=50_000)
def says(word: str, table: str, key: str) -> bool:
    """Whether a folded word stands in a list; "surv*" is any word that begins so, "*nr" any that ends so."""
    return any(_is(word, one) for one in _tables()[table][key])


def _is(word: str, wanted: str) -> bool:
    if wanted.startswith("*"):
        return word.endswith(wanted[1:])
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


def any_says(words: tuple[str, ...], table: str, key: str) -> bool:
    """Whether one of a name's words does."""
    return any(says(word, table, key) for word in words)


def spelled_unit(words: tuple[str, ...]) -> str:
    """The unit of time that a name spells out; "" where it has none."""
    return next((unit[1] for word in words if (unit := unit_of(word)) is not None and unit[0] == "time"), "")


def time_unit(words: tuple[str, ...]) -> str:
    """The unit of time that a name is written in, shortened or not: "day" of `days_followed` and `dd_followed`."""
    return spelled_unit(words) or next((unit for unit in _tables()["short"] if any_says(words, "short", unit)), "")


def shared_word(words: tuple[str, ...], spoken: tuple[str, ...]) -> str:
    """The first of some folded words of a statement that a name holds; "" where it holds none of them."""
    for own in words:
        bare = own.removesuffix("id").removesuffix("nr") or own
        if len(bare) < 3 or any_says((own,), "number", "words"):
            continue
        for word in spoken:
            if alike(bare, word) >= 0.75:
                return word
    return ""
