"""What a false alarm and a miss cost, as money or as one against the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent_graph.intake.wishes.found import Found
from agent_graph.intake.wishes.page import Hit, Page
from agent_graph.intake.wishes.phrases import cues

MEANT = 0.5  # of near meaning
OWN = 4  # words of a part that says what costs more
_TIMES = re.compile(r"<x\d+> ")
_VALUE = re.compile(r"<[mn]\d+> ")


@dataclass(frozen=True)
class Cost:
    """Of a false alarm and of a miss, and the words that say so."""

    alarm: float
    miss: float
    hit: Hit
    sure: float

    def found(self) -> Found:
        """The same as a thing found."""
        told = self.hit
        return Found(
            key="costs", value=f"{self.alarm:g},{self.miss:g}", words=told.words, start=told.start, end=told.end,
            confidence=self.sure,
        )  # fmt: skip


def costs_in(page: Page) -> Cost | None:
    """The first costs that the statement tells."""
    at = 0
    while at < len(page.line):
        begin, end = page.clause(at)
        if end > begin:
            for way in (_multiple, _rather, _money, _against):
                if cost := next(iter(way(page, begin, end)), None):
                    return cost
        at = max(end, at) + 2
    return None


def _first(page: Page, topic: str, begin: int, end: int) -> int | None:
    match = cues("costs", topic, page.languages).search(page.line, begin, end)
    return match.start() if match else None


def _worded(page: Page, topic: str, begin: int, end: int) -> bool:
    return _first(page, topic, begin, end) is not None


def _multiple(page: Page, begin: int, end: int) -> Iterator[Cost]:
    """ "Missing one is ten times as bad as a false alarm": who stands first is the worse."""
    times = next(iter(page.hits(_TIMES, begin, end)), None)
    if times is None or not _worded(page, "worse", begin, end):
        return
    miss, alarm = _first(page, "miss", begin, end), _first(page, "alarm", begin, end)
    if miss is None and alarm is None and (before := _before(page, begin)) is not None:
        value = times.amounts[0].value
        yield Cost(1.0, value, page.hit(begin, end), 0.65) if before else Cost(value, 1.0, page.hit(begin, end), 0.65)
        return
    if miss is None and alarm is None:
        if page.leans("costs", page.hit(begin, end).start) > MEANT:
            yield Cost(1.0, times.amounts[0].value, page.hit(begin, end), 0.55)
        return
    if miss is not None and alarm is not None:
        heavy = miss < alarm
    elif miss is not None:
        heavy = miss < times.at and not _parted(page, miss, times.at)
    else:
        heavy = alarm is not None and (alarm > times.at or _parted(page, alarm, times.at))
    if _worded(page, "less", begin, end):
        heavy = not heavy
    value = times.amounts[0].value
    sure = 0.9 if miss is not None and alarm is not None else 0.75
    yield Cost(1.0, value, page.hit(begin, end), sure) if heavy else Cost(value, 1.0, page.hit(begin, end), sure)


def _parted(page: Page, one: int, times: int) -> bool:
    """Whether what costs so much more has a part of the sentence of its own, behind the one that is named first."""
    comma = page.line.rfind(" , ", one, times)
    return comma >= 0 and len(page.line[comma + 3 : times].split()) >= OWN


def _before(page: Page, begin: int) -> bool | None:
    """Whether the clause before speaks of a false alarm, so that the heavier is the miss; None where it isn't told."""
    if begin < 3:
        return None
    start = page.clause(begin - 4)[0]
    alarm, miss = _worded(page, "alarm", start, begin), _worded(page, "miss", start, begin)
    return alarm if alarm != miss else None


def _rather(page: Page, begin: int, end: int) -> Iterator[Cost]:
    """ "Better ten looks too many than one too few": what many are taken of is the lighter."""
    if not (_worded(page, "worse", begin, end) or _worded(page, "instead", begin, end)):
        return
    for hit in page.hits(cues("costs", "rather", page.languages), begin, end):
        value = max((one.value for one in hit.amounts), default=0.0)
        turned = page.languages[0] == "tr"
        many = page.line.find("<n", hit.at)
        cut = many if turned else page.line.rfind(" ", many, hit.to - 1)
        sides = ((cut, end), (begin, cut)) if turned else ((many, cut), (cut, end))
        alarms = _worded(page, "alarm", *sides[0]) or _worded(page, "miss", *sides[1])
        misses = _worded(page, "miss", *sides[0]) or _worded(page, "alarm", *sides[1])
        meant = page.leans("costs", hit.start) > MEANT
        if value >= 2 and (alarms or misses or meant):
            yield Cost(value, 1.0, hit, 0.7) if misses and not alarms else Cost(1.0, value, hit, 0.85)


def _money(page: Page, begin: int, end: int) -> Iterator[Cost]:
    """ "A visit in vain costs 40 euros, one missed 400": each value goes to the words it stands by."""
    spans = [(begin, end)]
    if end + 3 < len(page.line):
        spans.append((begin, page.clause(end + 3)[1]))
    for start, stop in spans:
        values = list(page.hits(_VALUE, start, stop))
        if len(values) != 2 or "money" not in {each.amounts[0].measure for each in values}:
            continue
        meant = max(page.leans("costs", each.start) for each in values) > MEANT
        if not (meant or _compares(page, start, stop)):
            continue
        one, other = values
        cut = _between(page, one, other)
        first_misses = _worded(page, "miss", start, cut)
        second_misses = _worded(page, "miss", cut, stop)
        first_alarms = _worded(page, "alarm", start, cut)
        swapped = first_misses and not (second_misses and first_alarms)
        alarm, miss = (other, one) if swapped else (one, other)
        yield Cost(alarm.amounts[0].value, miss.amounts[0].value, page.hit(start, stop), 0.8)
        return


def _compares(page: Page, begin: int, end: int) -> bool:
    """Whether the words are of a miss, and of an alarm or of what is worse."""
    other = _worded(page, "alarm", begin, end) or _worded(page, "worse", begin, end)
    return other and _worded(page, "miss", begin, end)


def _between(page: Page, one: Hit, other: Hit) -> int:
    """Where the words of the second value begin: at the last comma, full stop or "and" between the two."""
    between = page.line[one.to : other.at]
    cuts = [
        match.end()
        for match in re.finditer(r"(?:^|(?<= ))(?:,|\.|and|und|et|y|e|en|i|och|ve|but|while|aber) ", between)
    ]
    return one.to + (cuts[0] if cuts else 0)


def _against(page: Page, begin: int, end: int) -> Iterator[Cost]:
    """ "Count one against ten"."""
    if not _worded(page, "worse", begin, end):
        return
    earlier = page.clause(max(0, begin - 4))[0]
    if not (_worded(page, "miss", earlier, end) or _worded(page, "alarm", earlier, end)):
        return
    for hit in page.hits(cues("costs", "against", page.languages), begin, end):
        values = [one.value for one in hit.amounts]
        if values and max(values) >= 2 and len(values) <= 2 and min([*values, 1.0]) == 1.0:
            yield Cost(1.0, max(values), hit, 0.7)
