"""Words by their letters: names taken apart, endings forgiven, abbreviations recognised, in ten languages."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from agent_graph.profiling.names import lexicon

# Words that say nothing by themselves: articles, pronouns, prepositions, auxiliaries. English, German, French, Spanish,
# Italian, Dutch, Portuguese, Polish, Swedish, Turkish, in this order.
FILLERS = lexicon(
    "the a an of in on at to for and or is are be it we our us i they their that this with by from as will what which "
    "who how want need know can each one per row not no do does if so you your was were has have had than more there "
    "those these all any when whether like would should could about into out up my me he she his her its them then "
    "only also but just been being get got some other very much many last first new "
    "der die das den dem des ein eine einen einem einer und oder ist sind im am auf zu für mit von bei aus wie was wer "
    "wir uns unser sie ihr ich es nicht kein keine auch nur noch dass ob wenn dann sich haben hat wird werden kann "
    "können möchte wollen "
    "le la les un une du de et ou est sont dans sur au aux pour avec par que qui quoi nous notre nos vous ils elles il "
    "elle je ce cette ces ne pas plus si se son sa ses leur "
    "el los las una uno del y o son en para con por quien nosotros nuestro su sus lo al más como "
    "gli di e ed è sono nel nella per da che chi ci noi nostro non come "
    "het een van en zijn op voor met dat wij ons ze niet ook als naar bij er "
    "os um uma do dos das ou é são em na quem nós nosso não mais "
    "w z się nie jest są po co kto dla od jak za czy "
    "och ett är det som att på av vi oss till inte "
    "ve bir bu da için ile mi kim"
)


@lru_cache(maxsize=100_000)
def fold(text: str) -> str:
    """Small letters without accents: `Grösse` and `GROSSE` meet."""
    plain = unicodedata.normalize("NFKD", text.lower())
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return kept.replace("ß", "ss").replace("ł", "l").replace("ø", "o").replace("ı", "i").replace("æ", "ae")


@lru_cache(maxsize=100_000)
def spelled_out(name: str) -> str:
    """A column's name as words: `SoldFor` and `sold_for` are "sold for"; the name itself where nothing is left."""
    text = re.sub(r"([a-zà-ÿ0-9])([A-ZÀ-Ý])", r"\1 \2", name)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = re.sub(r"([^\W\d_])(\d)", r"\1 \2", text)
    return re.sub(r"[_\W]+", " ", text).strip().lower() or name


def tokens(text: str) -> list[str]:
    """Runs of letters and runs of digits, small."""
    return re.findall(r"[^\W\d_]+|\d+", text.lower())


def content_words(text: str) -> list[str]:
    """The tokens that carry meaning."""
    return [word for word in tokens(text) if word not in FILLERS and (len(word) > 2 or not word.isascii())]


@lru_cache(maxsize=500_000)
def alike(one: str, other: str) -> float:
    """How far two folded words share their beginning: 1 the same, 0.5 and up where one is likely a form of it."""
    if one == other:
        return 1.0
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    short, long = sorted((len(one), len(other)))
    if shared == short >= 3:
        return 0.75 + 0.2 * short / long if short >= 4 else 0.5
    if shared >= 4 and shared >= 0.6 * long:
        return 0.8 * shared / long + 0.1
    return 0.5 if shared >= 5 or (short >= 5 and (one in other or other in one)) else 0.0


@lru_cache(maxsize=100_000)
def _skeleton(word: str) -> str:
    return word[:1] + re.sub("[aeiouy]", "", word[1:])


def abbreviates(short: str, words: list[str]) -> float:
    """How well a short folded word stands for one of some folded words, for neighbours' initials or beginnings: 0 to 1.

    `wks` is "weeks", `lbw` "low birth weight", `medv` "median value".
    """
    if not 2 <= len(short) <= 7:
        return 0.0
    best = 0.0
    for place, word in enumerate(words):
        if len(word) > len(short) and word[0] == short[0] and _within(short, word):
            found = 0.35 + 0.35 * (_skeleton(word)[: len(short)] == short) + 0.2 * word.startswith(short)
            best = max(best, found * (0.5 if len(short) == 2 else 1.0))
        if [each[0] for each in words[place : place + len(short)]] == list(short):
            best = max(best, 0.9 if len(short) > 2 else 0.5)
        if len(short) >= 3 and place + 1 < len(words) and _halves(short, word, words[place + 1]):
            best = max(best, 0.6)
    return min(best, 1.0)


def _within(short: str, word: str) -> bool:
    """Whether all letters of the short word stand in the other, in their order."""
    rest = iter(word)
    return all(sign in rest for sign in short)


def _halves(short: str, one: str, other: str) -> bool:
    return any(one.startswith(short[:cut]) and other.startswith(short[cut:]) for cut in range(1, len(short)))
