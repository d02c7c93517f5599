"""Amounts as people write them in ten languages: numbers, shares, times as much, lengths of time, money, memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent_graph.intake.evidence.letters import fold
from agent_graph.intake.wishes.numerals import run_value, word_value
from agent_graph.intake.wishes.phrases import table
from agent_graph.profiling.names import lexicon

_SIGNS = {"time": "t", "bytes": "b", "money": "m", "share": "p", "times": "x", "plain": "n"}
_OF = lexicon("in of out from von aus auf sur de su op van uit em na z av i par every each cada chaque")
_WHOLE = (2.0, 3.0, 4.0, 5.0, 8.0, 10.0, 20.0, 100.0, 1000.0)
_TIMES_WORDS = lexicon("times mal fois veces volte keer maal vezes razy ganger kez kere")
_TWICE = {"twice": 2.0, "thrice": 3.0, "doubly": 2.0, "doppelt": 2.0, "dreifach": 3.0, "doble": 2.0, "triple": 3.0,
          "doppio": 2.0, "triplo": 3.0, "dubbel": 2.0, "dubbelt": 2.0, "dobro": 2.0, "dwukrotnie": 2.0,
          "trzykrotnie": 3.0, "tenfold": 10.0, "fivefold": 5.0, "decuple": 10.0}  # fmt: skip
_ARTICLES = lexicon("a one ein eine einen un une uno een um uma en ett bir")
_COINS = lexicon("dollar euro franken franc buck quid dolar zloty krona lira real franco")
_CASES = lexicon(
    "chances chance cases cas casos casi fallen falle gevallen fall years jahren days tagen jours dias "
    "giorni dagen dagar anni ans anos osob times shots weeks people persons cars houses runs przypadkow "
    "razach fallen"
)
_FOLD = re.compile(r"(\w{3,}?)(mal|fach|maal|voudig|falt|krotnie|fold)")
_PARTS = {"tenth": 0.1, "hundredth": 0.01, "fifth": 0.2, "zehntel": 0.1, "hundertstel": 0.01, "dixieme": 0.1,
          "centieme": 0.01, "decima": 0.1, "centesima": 0.01, "decimo": 0.1, "centesimo": 0.01, "tiende": 0.1,
          "dziesiat": 0.1, "tiondel": 0.1, "hundradel": 0.01}  # fmt: skip
_HALVES = {"half": 0.5, "halbe": 0.5, "medio": 0.5, "media": 0.5, "mezzo": 0.5, "mezza": 0.5, "demi": 0.5,
           "halve": 0.5, "meia": 0.5, "pol": 0.5, "halv": 0.5, "yarim": 0.5}  # fmt: skip


@dataclass(frozen=True)
class Amount:
    """A number as said, with the tokens it spans; time in seconds, memory in MB, shares from 0 to 1, money as said."""

    value: float
    measure: str  # plain, share, times, time, money, bytes
    unit: str  # second, month, percent …; "" where none stands by it
    first: int
    last: int
    count: float  # of the unit: 2 for two years

    @property
    def sign(self) -> str:
        """The letter that stands for it in a line."""
        return _SIGNS[self.measure]


def amounts_of(tokens: Sequence[str], languages: tuple[str, ...]) -> Iterator[Amount]:
    """All amounts of a statement's folded tokens, in order and without overlap."""
    place = 0
    while place < len(tokens):
        found = _amount(tokens, place, languages)
        if found:
            yield found
        place = found.last + 1 if found else place + 1


def _amount(tokens: Sequence[str], place: int, languages: tuple[str, ...]) -> Amount | None:
    if tokens[place] in _TWICE:
        return Amount(_TWICE[tokens[place]], "times", "times", place, place, _TWICE[tokens[place]])
    if (half := _fraction(tokens, place)) or (half := _half(tokens, place)) or (half := _single(tokens, place)):
        return half
    if compound := _compound(tokens[place], languages):
        return Amount(compound, "times", "times", place, place, compound)
    if tokens[place] in ("%", "yuzde") and place + 1 < len(tokens) and (after := _number(tokens, place + 1, languages)):
        return Amount(after[0] / 100, "share", "percent", place, after[1] - 1, after[0])
    if (
        tokens[place] in ("$", "€", "£")
        and place + 1 < len(tokens)
        and (after := _number(tokens, place + 1, languages))
    ):
        return Amount(after[0], "money", "dollar", place, after[1] - 1, after[0])
    found = _number(tokens, place, languages)
    if found is None:
        return None
    value, after_it = found
    return (
        _part(tokens, place, value, after_it, languages)
        or _measured(tokens, place, value, after_it, languages)
        or Amount(value, "plain", "", place, after_it - 1, value)
    )


def _fraction(tokens: Sequence[str], place: int) -> Amount | None:
    """ "a tenth of a second", "eine Zehntelsekunde", "un dixième de seconde"."""
    word = tokens[place]
    for stem, part in _PARTS.items():
        if not word.startswith(stem):
            continue
        for at in range(place, min(place + 4, len(tokens))):
            unit = tokens[at].removeprefix(stem).lstrip("s") if at == place else tokens[at]
            if unit and (found := unit_of(unit)) and found[0] == "time":
                return Amount(part * found[2], "time", found[1], place, at, part)
    return None


def _half(tokens: Sequence[str], place: int) -> Amount | None:
    """ "half a second", "eine halbe Stunde", "une demi-heure"."""
    for at in range(place + 1, min(place + 3, len(tokens))) if tokens[place] in _HALVES else ():
        if (found := unit_of(tokens[at])) and found[0] == "time":
            return Amount(0.5 * found[2], "time", found[1], place, at, 0.5)
    return None


def _single(tokens: Sequence[str], place: int) -> Amount | None:
    """ "a dollar", "einen Franken": one of a coin."""
    if tokens[place] not in _ARTICLES or place + 1 >= len(tokens):
        return None
    coin = tokens[place + 1]
    return Amount(1.0, "money", "other", place, place + 1, 1.0) if coin in _COINS else None


def _number(tokens: Sequence[str], place: int, languages: tuple[str, ...]) -> tuple[float, int] | None:
    if tokens[place][0].isdigit():
        value, after = digits_value(tokens[place], languages[0]), place + 1
        if after < len(tokens) and tokens[after] in ("k", "thousand", "mille", "mil", "tausend", "tys", "bin", "tusen"):
            return value * 1000, after + 1
        return value, after
    for language in languages:
        if found := run_value(tokens, place, language):
            return found
    return None


@lru_cache(maxsize=10_000)
def digits_value(text: str, language: str) -> float:
    """A number in digits: "1,200" is 1200 in English, "1.200" in the others; "0.95" and "0,95" are the same."""
    plain = re.sub(r"[ \u00a0\u202f'’]", "", text)
    comma = "," if language == "en" else "."
    if re.fullmatch(rf"[1-9]\d{{0,2}}(?:[{comma}]\d{{3}})+", plain) or re.fullmatch(
        r"[1-9]\d{0,2}(?:,\d{3}){2,}", plain
    ):
        return float(re.sub(r"[.,]", "", plain))
    if plain.count(".") + plain.count(",") > 1:
        kept = plain.replace(comma, "")
        plain = kept if kept.count(".") + kept.count(",") <= 1 else re.split(r"[.,]", plain)[0]
    return float(plain.replace(",", "."))


def _part(tokens: Sequence[str], place: int, value: float, after: int, languages: tuple[str, ...]) -> Amount | None:
    """ "nine in ten", "four times out of five", "neuf fois sur dix", "nueve de cada diez"."""
    at, seen = after, False
    if at + 1 < len(tokens) and tokens[at] in _CASES and tokens[at + 1] in _OF:
        at += 1
    while at < len(tokens) and at < after + 5 and (tokens[at] in _OF or tokens[at] in _TIMES_WORDS):
        seen = seen or tokens[at] in _OF
        at += 1
    if not seen or at >= len(tokens) or (whole := _number(tokens, at, languages)) is None:
        return _turkish_part(tokens, place, value, after, languages)
    return Amount(value / whole[0], "share", "part", place, whole[1] - 1, value) if _fits(value, whole[0]) else None


def _turkish_part(
    tokens: Sequence[str], place: int, value: float, after: int, languages: tuple[str, ...]
) -> Amount | None:
    """ "on seferin dokuzunda", "10'da 9": the whole stands first."""
    if "tr" not in languages or value not in _WHOLE:
        return None
    for at in range(after, min(after + 4, len(tokens))):
        if tokens[at] in (".", ","):
            return None
        inner = word_value(tokens[at], "tr") or (float(tokens[at]) if tokens[at].isdigit() else None)
        if inner is not None and at > after - 1 and inner < value and _partitive(tokens[after - 1 : at + 1]):
            return Amount(inner / value, "share", "part", place, at, inner)
    return None


def _partitive(tokens: Sequence[str]) -> bool:
    """Whether one of the words ends as a whole does, of which a part is named: -dan, -den, -da, -in."""
    return any(re.search(r"(?:dan|den|tan|ten|da|de|ta|te|in|un)$", token) for token in tokens[:-1])


def _fits(part: float, whole: float) -> bool:
    return whole in _WHOLE and part <= whole and (part < whole or whole >= 10)


def _compound(token: str, languages: tuple[str, ...]) -> float | None:
    """ "zehnmal", "tienmaal", "tenfold"."""
    match = _FOLD.fullmatch(token)
    if match is None:
        return None
    return next((value for name in languages if (value := word_value(match.group(1), name))), None)


def _measured(tokens: Sequence[str], place: int, value: float, after: int, languages: tuple[str, ...]) -> Amount | None:
    """A number with the unit behind it."""
    for skip in (0, 1):
        at = after + skip
        if at >= len(tokens):
            return None
        if tokens[at] in ("go", "mo") and "fr" not in languages:  # octets; elsewhere words of their own
            return None
        if skip and tokens[after] not in ("full", "whole", "volle", "per", "por", "pour", "milli", "more", "further"):
            return None
        if tokens[at] in ("cent", "ciento", "cento") and tokens[after] in ("per", "por", "pour", "cent"):
            return Amount(value / 100, "share", "percent", place, at, value)
        if (found := unit_of(tokens[at])) and not (skip and tokens[after] in ("per", "por", "pour")):
            measure, unit, size = found
            return Amount(value * size, measure, unit, place, at, value)
    return None


@lru_cache(maxsize=20_000)
def unit_of(word: str) -> tuple[str, str, float] | None:
    """What a folded word measures, in which unit and of what size: "weeks" is ("time", "week", 604800)."""
    for measure, units in table("units").items():
        for unit, rule in units.items():
            if any(_is(word, one) for one in _unit_words(measure, unit)):
                return measure, unit, float(rule["size"])
    return None


@lru_cache(maxsize=64)
def _unit_words(measure: str, unit: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in table("units")[measure][unit]["words"].split())


def _is(word: str, wanted: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted
