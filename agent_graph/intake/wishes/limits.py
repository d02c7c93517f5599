"""Limits that amounts set: the time of an answer, of training, memory, money; and when it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from agent_graph.intake.wishes.amounts import Amount
from agent_graph.intake.wishes.found import Found
from agent_graph.intake.wishes.page import Hit, Page
from agent_graph.intake.wishes.phrases import cues, pattern, table

SLOWEST_ANSWER_S = 60.0
SMALL_MB = 1024.0
LATE, LONG = 0.35, 25  # share of a statement before which, and words above which a sentence tells a story
_AMOUNT = re.compile(r"<[a-z]\d+> ")
_MOMENT_A = re.compile(
    r"(?:a|one|eine|einer|un|une|una|een|uma|jednej|en|ett|bir) (?:single )?"
    r"(?:second|sekunde|seconde|segundo|secondo|sekundy|sekund|saniye\w*) "
)
_CLOCK = re.compile(r"\b([01]?\d|2[0-3])(?:[:.h](\d\d)|\s*(?:uhr|heures?|uur|am|a\.m\.|pm|o'clock)|h)\b", re.IGNORECASE)


def limits_in(page: Page) -> Iterator[Found]:
    """Latency in ms, training in s, memory in MB, money in dollars."""
    for hit in page.hits(_AMOUNT):
        amount, limit = hit.amounts[0], None
        if amount.measure == "time":
            limit = _time(page, hit, amount)
        elif amount.measure == "bytes" and _near(page, hit, "memory") and not _near(page, hit, "file"):
            limit = ("memory_mb", amount.value)
        elif amount.measure == "money" and _near(page, hit, "spending", before=1):
            limit = ("max_usd", amount.value)
        if limit:
            yield _found(*limit, hit)
            if limit[0] == "memory_mb" and limit[1] <= SMALL_MB:
                yield Found(
                    key="footprint", value="small", words=hit.words, start=hit.start, end=hit.end, confidence=0.8
                )
    for hit in page.hits(_MOMENT_A):
        if _near(page, hit, "answer"):
            yield _found("latency_ms", 1000.0, hit)


def _time(page: Page, hit: Hit, amount: Amount) -> tuple[str, float] | None:
    if amount.unit in ("second", "minute", "hour") and _near(page, hit, "training") and _near(page, hit, "bound"):
        return "budget_s", amount.value
    if (amount.unit == "ms" or amount.value < 1) and not _near(page, hit, "measured"):
        return "latency_ms", amount.value * 1000
    if amount.unit == "second" and amount.value <= SLOWEST_ANSWER_S and _near(page, hit, "answer"):
        return "latency_ms", amount.value * 1000
    return None


def _near(page: Page, hit: Hit, topic: str, before: int = 0) -> bool:
    """Whether words of a topic stand in the same sentence, or in as many sentences before it."""
    begin, end = page.clause(hit.at)
    for _ in range(before):
        begin = page.clause(max(0, begin - 4))[0]
    return cues("limits", topic, page.languages).search(page.line[begin:end]) is not None


def _found(key: str, value: float, hit: Hit) -> Found:
    return Found(key=key, value=f"{value:g}", words=hit.words, start=hit.start, end=hit.end, confidence=0.92)


@lru_cache(maxsize=32)
def _cadences(languages: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Canonical cadences with their patterns: "each" and a noun, or an adverb by itself."""
    each = [word for name in languages for word in table("limits")["each"].get(name, ())]
    found = [("first of the month", cues("limits", "first", languages))]
    for canonical, nouns in table("limits")["cadence"].items():
        phrases = [f"{lead} {noun}" for lead in each for noun in nouns.split()]
        adverbs = [
            noun
            for noun in nouns.split()
            if re.search(r"(?:ly|lich|ment|mente|lijks|ligen|visvis|nie|ags|ends)$", noun)
        ]
        found.append((canonical, pattern((*phrases, *adverbs, *(noun for noun in nouns.split() if noun == "nachts")))))
    return tuple(found)


def schedule_in(page: Page) -> Found | None:
    """When it is to run: "every Monday", "first of the month", "every night at 01:00"."""
    for canonical, wanted in _cadences(page.languages):
        for hit in page.hits(wanted):
            begin, end = page.clause(hit.at)
            around = page.line[begin : hit.at] + "_ " + page.line[hit.to : end]
            itself = re.search(r"nightly|overnight", hit.words.lower()) is not None
            late = hit.start > LATE * len(page.text) and len(around.split()) < LONG
            if not (itself or (late and cues("limits", "runs", page.languages).search(around))):
                continue
            piece = page.text[hit.start : page.hit(begin, end).end]
            clock = _CLOCK.search(piece[: len(hit.words) + 40])
            at = f" at {int(clock.group(1)):02d}:{clock.group(2) or '00'}" if clock else ""
            value = canonical + at if canonical.startswith("first") else f"every {canonical}{at}"
            return Found(key="schedule", value=value, words=hit.words, start=hit.start, end=hit.end, confidence=0.85)
    return None
