"""How often something runs: from words to a cron line and back."""

from __future__ import annotations

import re
from dataclasses import dataclass

DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_EVERY = re.compile(
    r"\bevery (?:(?P<n>\d{1,3}|two|three|four|six|twelve|other) )?(?P<unit>minutes?|mins?|hours?|h|days?|weeks?|months?"
    r"|nights?|mornings?|quarters?)\b",
    re.IGNORECASE,
)
_WORD = re.compile(
    r"\b(?P<word>hourly|daily|nightly|weekly|monthly|quarterly|once an hour|once a day|once a week|once a month"
    r"|each (?:hour|day|night|week|month|quarter))\b",
    re.IGNORECASE,
)
_DAY = re.compile(rf"\b(?:every|each|on) (?P<day>{'|'.join(DAYS)})s?\b", re.IGNORECASE)
_AT = re.compile(
    r"\bat (?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s*(?P<half>am|pm|o'clock|utc)?(?![\d.%]|\s*%)", re.IGNORECASE
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "six": 6, "twelve": 12, "other": 2}
_WEEKDAY, _HOURS = 1, {"minutes": 1 / 60, "hours": 1, "daily": 24, "weekly": 168, "monthly": 720, "quarterly": 2160}


@dataclass(frozen=True)
class Cadence:
    """`unit` "minutes" and "hours" come every `every`; the others once, at `hour` on `weekday` where said."""

    unit: str
    every: int = 1
    hour: int | None = None
    minute: int = 0
    weekday: int | None = None

    @property
    def hours(self) -> float:
        """Hours between two runs."""
        return self.every * _HOURS[self.unit]

    def __str__(self) -> str:
        """As a wish says it: "weekly, on monday, at 04:00"."""
        often = f"every {self.every} {self.unit}" if self.unit in ("minutes", "hours") else self.unit
        day = f", on {DAYS[self.weekday]}" if self.weekday is not None else ""
        return often + day + (f", at {self.hour:02d}:{self.minute:02d}" if self.hour is not None else "")


def cadence(text: str) -> tuple[Cadence, list[tuple[int, int]]] | None:
    """The cadence that a text names, and where its words stand; None when there is none, or none that cron can keep."""
    day, word, every = _DAY.search(text), _WORD.search(text), _EVERY.search(text)
    first = day or word or every
    if first is None:
        return None
    spans = [match.span() for match in (day, word if not day else None, every if not (day or word) else None) if match]
    if day and word:
        spans.append(word.span())
    at = _AT.search(text)
    unit, count = ("weekly", 1) if day else _unit(word, every)
    hour, minute = _clock(at) if at else (None, 0)
    if at:
        spans.append(at.span())
    limit = {"minutes": 60, "hours": 24}.get(unit)
    uneven = count < 1 or (limit is not None and (count > limit or limit % count)) or (limit is None and count > 1)
    if uneven or (hour is not None and (limit is not None or hour > 23 or minute > 59)):
        return None
    return Cadence(unit, count, hour, minute, DAYS.index(day["day"].lower()) if day else None), spans


def _unit(word: re.Match[str] | None, every: re.Match[str] | None) -> tuple[str, int]:
    said, given = "day", "1"
    if word is not None:
        said = word["word"].lower()
    elif every is not None:
        said, given = every["unit"].lower(), (every["n"] or "1").lower()
    count = _COUNTS.get(given) or int(given)
    if count == 24 and said.startswith("h"):
        return "daily", 1
    for part, unit in (
        ("min", "minutes"),
        ("hour", "hours"),
        ("week", "weekly"),
        ("month", "monthly"),
        ("quarter", "quarterly"),
    ):
        if part in said:
            return unit, count
    return ("hours", count) if said == "h" else ("daily", count)


def _clock(at: re.Match[str]) -> tuple[int, int]:
    hour, half = int(at["hour"]), (at["half"] or "").lower()
    return (hour % 12 + 12 * (half == "pm") if half in ("am", "pm") else hour), int(at["minute"] or 0)


def read(text: str) -> Cadence:
    """A cadence from the words of a wish, as `str` wrote them."""
    found = re.fullmatch(r"(?:every (\d+) )?(\w+)(?:, on (\w+))?(?:, at (\d\d):(\d\d))?", text)
    if found is None:
        raise ValueError(f"{text!r} is no cadence")
    every, unit, day, hour, minute = found.groups()
    return Cadence(
        unit, int(every or 1), None if hour is None else int(hour), int(minute or 0), DAYS.index(day) if day else None
    )


def cron(wanted: Cadence, former: str) -> str:
    """The cron line; minute and hour stay those of the former one where nothing is said."""
    fields = former.split()
    plain = len(fields) == 5
    minute = fields[0] if plain and fields[0].isdigit() else "0"
    hour = fields[1] if plain and fields[1].isdigit() else "4"
    if wanted.hour is not None:
        minute, hour = str(wanted.minute), str(wanted.hour)
    return {
        "minutes": f"*/{wanted.every} * * * *" if wanted.every < 60 else "0 * * * *",
        "hours": f"{minute} */{wanted.every} * * *" if wanted.every > 1 else f"{minute} * * * *",
        "daily": f"{minute} {hour} * * *",
        "weekly": f"{minute} {hour} * * {_WEEKDAY if wanted.weekday is None else wanted.weekday}",
        "monthly": f"{minute} {hour} 1 * *",
        "quarterly": f"{minute} {hour} 1 1,4,7,10 *",
    }[wanted.unit]


def keeps(line: str, wanted: Cadence) -> bool:
    """Whether a cron line runs as often as wanted, at that hour and on that day where they were named."""
    patterns = {
        "minutes": rf"(\*/{wanted.every} \*|0 \*) \* \* \*"
        if wanted.every == 60
        else rf"\*/{wanted.every} \* \* \* \*",
        "hours": rf"\d+ (\*/{wanted.every}{'|[*]' if wanted.every == 1 else ''}) \* \* \*",
        "daily": r"\d+ \d+ \* \* \*",
        "weekly": r"\d+ \d+ \* \* [0-7]",
        "monthly": r"\d+ \d+ \d+ \* \*",
        "quarterly": r"\d+ \d+ \d+ (\*/3|\d+,\d+,\d+,\d+) \*",
    }
    fields = line.split()
    if re.fullmatch(patterns[wanted.unit], " ".join(fields)) is None:
        return False
    timed = wanted.hour is None or fields[:2] == [str(wanted.minute), str(wanted.hour)]
    return timed and (wanted.weekday is None or int(fields[4]) % 7 == wanted.weekday)
