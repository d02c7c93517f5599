"""Dates as people write them: zones in words, months of other languages, days of the week, dates that mean "none"."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from agent_graph.artifacts import Rewriting, Written
from agent_graph.profiling import dates, plain

SAMPLE = 200
LEAST = 0.9  # share of the cells that are dates, before what the others are is asked
# Hours ahead of UTC; the two of one place, in winter and summer, stand together.
PLACES = (
    {"CET": 1.0, "CEST": 2.0}, {"MEZ": 1.0, "MESZ": 2.0}, {"GMT": 0.0, "BST": 1.0}, {"WET": 0.0, "WEST": 1.0},
    {"EET": 2.0, "EEST": 3.0}, {"MSK": 3.0, "MSD": 4.0}, {"EST": -5.0, "EDT": -4.0}, {"CST": -6.0, "CDT": -5.0},
    {"MST": -7.0, "MDT": -6.0}, {"PST": -8.0, "PDT": -7.0}, {"AKST": -9.0, "AKDT": -8.0}, {"HST": -10.0},
    {"IST": 5.5}, {"SGT": 8.0}, {"JST": 9.0}, {"KST": 9.0}, {"AWST": 8.0}, {"ACST": 9.5, "ACDT": 10.5},
    {"AEST": 10.0, "AEDT": 11.0}, {"NZST": 12.0, "NZDT": 13.0}, {"UTC": 0.0}, {"SAST": 2.0}, {"BRT": -3.0},
    {"ART": -3.0},
)  # fmt: skip
ZONES = {name: hours for place in PLACES for name, hours in place.items()}
ZONE = r"[ \t]*\(?([A-Z]{3,4}|[A-Z][a-z]+/[A-Z][A-Za-z_]+)\)?$"
CLOCK = r"(?i)[ \t]*(?:uhr|o'clock|hrs|h)\.?$"
DAYS = (
    r"(?i)^(?:(?:mon|tues?|wednes|wed|thurs?|thu|fri|satur|sat|sun)(?:day)?|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo|"
    r"mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|lu|ma|me|je|ve|di|tu|we|th|su)[.,]*[ \t]+"
)
MONTHS = (
    ("Jan", "januari|januar|jänner|janvier|janv|enero|ene|gennaio|gen|janeiro"),
    ("Feb", "februari|februar|feber|février|fevrier|févr|fév|febrero|febbraio|fevereiro|fev"),
    ("Mar", "märz|maerz|mrz|mär|maart|mrt|mars|marzo|março|marco"),
    ("Apr", "april|avril|avr|abril|abr|aprile"),
    ("May", "mai|mayo|maggio|mag|maio|mei"),
    ("Jun", "juni|juin|junio|giugno|giu|junho"),
    ("Jul", "juli|juillet|juil|julio|luglio|lug|julho"),
    ("Aug", "augustus|august|août|aout|agosto|ago"),
    ("Sep", "september|septembre|sept|septiembre|settembre|set|setembro"),
    ("Oct", "oktober|okt|octobre|octubre|ottobre|ott|outubro|out"),
    ("Nov", "november|novembre|noviembre|novembro"),
    ("Dec", "dezember|dez|décembre|decembre|déc|diciembre|dic|dicembre|dezembro|december"),
)
LETTERS = re.compile(r"[^\W\d_]{3,}")
_NEVER = "(?:9999|2999|0001|1753|1601|1899)"
OPEN_END = rf"^(?:{_NEVER}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]{_NEVER})(?:$|[ T])"
KNOWN = {
    "1900-01-01",
    "1899-12-30",
    "1899-12-31",
    "1970-01-01",
    "1901-01-01",
    "1800-01-01",
    "1111-11-11",
    "2099-12-31",
    "2100-01-01",
    "2199-12-31",
}


@dataclass(frozen=True)
class Found:
    """A column of dates that strptime alone doesn't read: its steps, what is missing, and its format after them."""

    written: Written
    layout: str


def find(cells: pl.Series) -> Found | None:
    """How the dates of a column of texts (no missing among them) are written; None when they are no dates, or plain."""
    bare = cells.str.strip_chars(plain.BLANKS)
    head = bare.head(SAMPLE)
    if not len(head) or int(head.str.contains(r"[0-9].*[-/.: ].*[0-9]").sum()) < LEAST * len(head):
        return None
    steps: list[Rewriting] = []
    says: list[str] = []
    none = bare.str.contains(OPEN_END) | ~bare.str.contains("[0-9]")
    few = int(none.sum()) <= (1 - LEAST) * len(bare) or bare.str.contains(OPEN_END).any()
    nulls = bare.filter(none).unique().to_list() if few else []
    if nulls and len(nulls) <= 8:
        says.append(f"{', '.join(map(repr, sorted(nulls)))} read as missing")
        bare = bare.filter(~bare.is_in(nulls))
    else:
        nulls = []
    for habit in (_without_days, _in_english, _without_clock, _zoned):
        if not len(bare):
            return None
        found, said = habit(bare)
        if found:
            bare = bare.to_frame("v").select(plain.rewritten(pl.col("v"), found))["v"]
            steps += found
            says += said
    layout = dates.find_format(bare) if steps or nulls else None
    if layout is None:
        return None
    if any(step.by.startswith(("+", "-")) for step in steps) and not layout.endswith("%z"):
        return None
    return Found(Written(missing=tuple(sorted(nulls)), rewrite=tuple(steps), says=tuple(says)), layout)


def isolated(cells: pl.Series, parsed: pl.Series) -> tuple[str, ...]:
    """The texts of a date that stands for "none": known for it, and far from all others."""
    days = parsed.cast(pl.Date)
    counted = days.drop_nulls().value_counts(name="n").sort(days.name)
    if len(counted) < 5:
        return ()
    for place in (0, len(counted) - 1):
        day = counted[days.name][place]
        if day.isoformat() not in KNOWN:
            continue
        others = counted.filter(pl.col(days.name) != day)
        span = (others[days.name][-1] - others[days.name][0]).days
        gap = min(abs((others[days.name][0] - day).days), abs((others[days.name][-1] - day).days))
        often = counted["n"][place] >= 3 and counted["n"][place] >= 5 * int(others["n"].max())  # type: ignore[arg-type]
        if gap >= max(365, span) or (gap >= 365 and often):
            texts = cells.filter(days == day).unique().sort().to_list()
            return tuple(texts) if len(texts) <= 20 else ()
    return ()


def _without_days(cells: pl.Series) -> tuple[list[Rewriting], list[str]]:
    if not cells.head(SAMPLE).str.contains(DAYS).all():
        return [], []
    return [Rewriting(where="", what=DAYS, by="")], []


def _in_english(cells: pl.Series) -> tuple[list[Rewriting], list[str]]:
    """Months of other languages; those that English has too stay."""
    words = {word.lower() for text in cells.head(2000).unique().to_list() for word in LETTERS.findall(text)}
    steps = []
    for english, names in MONTHS:
        seen = [name for name in sorted(names.split("|"), key=len, reverse=True) if name in words]
        if seen and not (len(seen) == 1 and seen[0] in ("april", "august", "september", "november", "december")):
            steps.append(Rewriting(where="", what=f"(?i)(?:{'|'.join(seen)})[.]?", by=english))
    if not steps:
        return [], []
    abroad = [
        Rewriting(where="", what=f"(?i)(?:{'|'.join(sorted(names.split('|'), key=len, reverse=True))})[.]?", by=english)
        for english, names in MONTHS
    ]
    shortened = [
        Rewriting(where="", what=r"(?i)[ \t]+(?:de|del|di|den)[ \t]+", by=" "),
        Rewriting(where=r"^\d{1,2}[.] ?[A-Z]", what=r"[.] ?", by=" "),
    ]
    example = cells[0]
    return [*abroad, *shortened], [f"{example!r}: names of months are understood"]


def _without_clock(cells: pl.Series) -> tuple[list[Rewriting], list[str]]:
    if not cells.head(SAMPLE).str.contains(r"(?i):\d\d" + CLOCK.removeprefix("(?i)")).any():
        return [], []
    return [Rewriting(where=r"\d:\d\d", what=CLOCK, by="")], []


def _zoned(cells: pl.Series) -> tuple[list[Rewriting], list[str]]:
    """Zones in words: of one place they are left out and the time is local, of several they become offsets."""
    if not cells.head(SAMPLE).str.contains(r":\d\d.*" + ZONE).any():
        return [], []
    zones = set(cells.str.extract(ZONE, 1).drop_nulls().unique().to_list()) - {"AM", "PM"}
    example = cells.filter(cells.str.contains(ZONE))[0]
    cut = r"[ \t]*\(?(?:" + "|".join(re.escape(zone) for zone in sorted(zones, key=len, reverse=True)) + r")\)?$"
    if len(zones) == 1 or any(zones <= set(place) for place in PLACES):
        named = " and ".join(sorted(zones, key=lambda zone: ZONES.get(zone, 0.0)))
        meant = "read as the time in UTC" if zones <= {"UTC", "GMT"} else f"read as local time, without {named}"
        return [Rewriting(where="", what=cut, by="")], [f"{example!r} {meant}"]
    if not zones <= set(ZONES):
        return [], []
    steps = [
        Rewriting(where="", what=rf"[ \t]*\(?{zone}\)?$", by=_offset(ZONES[zone]))
        for zone in sorted(zones, key=len, reverse=True)
    ]
    return steps, [f"{example!r}: {', '.join(sorted(zones))} brought to UTC"]


def _offset(hours: float) -> str:
    minutes = round(abs(hours) * 60)
    return f"{'-' if hours < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
