"""Which lines of a text table are rows: what stands before the header, a second header or units below it, totals."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent_graph.artifacts import Layout

HEAD_BYTES = 1 << 18
TAIL_BYTES = 1 << 16
MOST_BEFORE = 100  # lines among which the header is looked for
MOST_AFTER = 200
SOME_ROWS = 300
FEWEST_ROWS = 10  # that tell how rows look
SOME_NOTES = 20  # records at the end that may be notes, when the rest is asked how rows look
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
TOTALS = re.compile(
    r"^[\s*]*(?:(?:grand|sub)?[- ]?totals?|sum|mean|average|std[. ]?dev(?:iation)?\.?|standard deviation|summe|"
    r"gesamt(?:summe)?|zwischensumme|mittelwert|durchschnitt|total général|somme|moyenne|suma|promedio|totale|somma|"
    r"soma|totaal|gemiddelde|summa|итого|всего|сумма)\s*(?:[:=].*)?$",
    re.IGNORECASE,
)
WEAKER = re.compile(  # words that may as well be a name: only beside empty cells
    r"^[\s*]*(?:sums|averages?|avg\.?|std\.?|sd|median|min(?:imum)?|max(?:imum)?|count|n|variance|anzahl|media|média|"
    r"totales)\s*(?:[:=].*)?$",
    re.IGNORECASE,
)
COMMENTS = ("#", "//", "--")
NOTE = re.compile(r"[\s:=©*]")
NUMBER = re.compile(r"^[-+(]?[^\w\s]?\s*\d[\d.,' \u00a0\u202f]*\s*[%€$£]?\)?$")
MARKED = frozenset(["na", "n/a", "nan", "null", "none", "-", "--", "?", ".", "unknown", "missing", "#n/a"])


@dataclass(frozen=True)
class Record:
    """One record of a file: its fields, and where its text begins and ends (characters or bytes, as it was cut)."""

    fields: tuple[str, ...]
    start: int
    end: int

    @property
    def filled(self) -> int:
        return sum(1 for field in self.fields if field.strip())


def records(text: str, delimiter: str, quote: str, limit: int | None = None) -> Iterator[Record]:
    """Records with their places in the text; a quoted field may go over several lines."""
    start, quotes, count = 0, 0, 0
    for line in LINE.finditer(text):
        quotes += line[0].count(quote) if quote else 0
        if quotes % 2 and line.end() < len(text):
            continue
        yield Record(_cells(text[start : line.end()], delimiter, quote), start, line.end())
        start, quotes, count = line.end(), 0, count + 1
        if count == limit:
            return


def _cells(line: str, delimiter: str, quote: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter, quotechar=quote or None), ()))
    except csv.Error:
        return (line,)


def hint(text: str) -> str | None:
    """The delimiter that a first line `sep=;` names."""
    found = re.match(r"^\ufeff?\"?sep=(.)\"?\s*(?:\r|\n)", text, re.IGNORECASE)
    return found[1] if found else None


def width(widths: Sequence[int]) -> int:
    """The number of fields that most records have, the first ones aside; records of one field are no rows."""
    later = [each for each in widths[len(widths) // 5 :] if each > 1]
    return Counter(later).most_common(1)[0][0] if later else 0


def find(head: str, tails: Sequence[str], delimiter: str, quote: str) -> Layout | None:
    """The layout of a table from the beginning of its first file and the ends of all; None when all lines are rows."""
    seen = list(records(head, delimiter, quote, SOME_ROWS + MOST_BEFORE))
    wide = width([len(record.fields) for record in seen])
    place = _header(seen, wide) if wide > 1 else None
    if place is None:
        return None
    top = _names(seen, place, wide)
    body = [record for record in seen[top.place + len(top.records) :] if record.filled]
    units = _units(body, top.names)
    body = body[1:] if units else body
    rows = [record for record in body[: max(1, len(body) - SOME_NOTES)] if len(record.fields) == wide]
    fewest = min((record.filled for record in rows), default=1)
    if len(rows) < FEWEST_ROWS or any(_is_note(record, wide, fewest) for record in rows):
        fewest = 0  # rows look like notes here, or may do so, and none is cut off
    after = [notes(tail, wide, fewest, delimiter, quote) for tail in tails]
    if not (top.place or units or any(after) or len(top.records) > 1 or top.names != top.records[0]):
        return None
    return Layout(
        before=top.place, header=(*top.records, *((units,) if units else ())), names=top.names,
        units=tuple(_bare(unit) for unit in units), after=sum(map(len, after)), fewest=fewest,
        says=_said(seen[: top.place], after, top, units),
    )  # fmt: skip


@dataclass(frozen=True)
class Header:
    """The records that name the columns, where the first of them stands, and the names."""

    place: int
    records: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]


def _header(seen: Sequence[Record], wide: int) -> int | None:
    """Where the header stands: the first record that is as wide as the rows and names (nearly) all columns."""
    for place, record in enumerate(seen[:MOST_BEFORE]):
        fields = record.fields
        if len(fields) != wide or record.filled <= max(1, wide // 2):
            comment = bool(fields) and fields[0].lstrip().startswith(COMMENTS)
            if (
                place == 0
                and not comment
                and len(fields) > 1
                and record.filled > len(fields) // 2
                and not _is_title(record, seen, wide)
            ):
                return (
                    None  # the header itself is of another width: a row or the header is wrong, which is said elsewhere
                )
            continue
        if any(NUMBER.match(field.strip()) for field in fields) and place:
            return None
        return place
    return None


def _is_title(record: Record, seen: Sequence[Record], wide: int) -> bool:
    """Whether a first record of another width can't be the header: a wide one with names stands below."""
    later = [other for other in seen[1:MOST_BEFORE] if len(other.fields) == wide and other.filled > wide // 2]
    if not later or len(record.fields) >= wide:
        return False
    first = later[0].fields
    return (
        not any(NUMBER.match(field.strip()) for field in first)
        and len(set(first)) == len(first)
        and len(later) > 3
        and (any(NUMBER.match(field.strip()) for field in later[1].fields))
    )


def _names(seen: Sequence[Record], place: int, wide: int) -> Header:
    """The header and the names it makes, with groups above (merged cells) or a second line, where names repeat."""
    own = seen[place].fields
    empty = [k for k, name in enumerate(own) if not name.strip()]
    unique = len({name.strip() for name in own if name.strip()}) == wide - len(empty)
    if unique and empty in ([], [0]):
        return Header(place, (own,), own)
    if unique and _hollow(seen[place + 1 :], empty):
        return Header(place, (own,), tuple(n if n.strip() else f"column_{k + 1}" for k, n in enumerate(own)))
    above = seen[place - 1].fields if place else ()
    if len(above) == wide and _tell_apart(joined := _joined(_spread(above), own)):
        return Header(place - 1, (above, own), joined)
    under = seen[place + 1].fields if place + 1 < len(seen) else ()
    joined = _joined(_spread(own), under) if len(under) == wide else ()
    if joined and _tell_apart(joined) and not any(NUMBER.match(field.strip()) for field in under):
        return Header(place, (own, under), joined)
    return Header(place, (own,), own)


def _tell_apart(names: Sequence[str]) -> bool:
    return all(names) and len(set(names)) == len(names)


def _hollow(rows: Sequence[Record], places: Sequence[int]) -> bool:
    """Whether these columns hold nothing at all: delimiters at the end of each line."""
    return all(not row.fields[k].strip() for row in rows for k in places if k < len(row.fields))


def _spread(fields: Sequence[str]) -> tuple[str, ...]:
    """A merged cell's text stands in its first field: it goes for those right of it."""
    out: list[str] = []
    for field in fields:
        out.append(field.strip() or (out[-1] if out else ""))
    return tuple(out)


def _joined(groups: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        name.strip() if not group or group == name.strip() else f"{group} {name.strip()}".strip()
        for group, name in zip(groups, names, strict=True)
    )


def _units(body: Sequence[Record], names: Sequence[str]) -> tuple[str, ...]:
    """The first record below the header when it holds words where all others hold numbers."""
    if len(body) < 6 or len(body[0].fields) != len(names):
        return ()
    first, rest = body[0].fields, [record.fields for record in body[1:12] if record.filled]
    numeric = [
        k for k in range(len(names)) if all(k < len(fields) and NUMBER.match(fields[k].strip()) for fields in rest)
    ]
    words = [
        k
        for k in numeric
        if first[k].strip() and not NUMBER.match(first[k].strip()) and first[k].strip().lower() not in MARKED
    ]
    if not numeric or len(words) < max(1, len(numeric) // 2) or any(NUMBER.match(field.strip()) for field in first):
        return ()
    return first


def _bare(unit: str) -> str:
    return unit.strip().strip("[]()").strip()


def notes(tail: str, wide: int, fewest: int, delimiter: str, quote: str) -> list[Record]:
    """The records at the end that are no rows, in their order."""
    last: list[Record] = []
    for record in reversed(list(records(tail, delimiter, quote))[-MOST_AFTER:] if fewest else []):
        odd = bool(quote) and tail[record.start : record.end].count(quote) % 2 == 1
        if odd or (record.filled and not _is_note(record, wide, fewest)):
            break
        last.insert(0, record)
    while last and not _opens(last[0]):
        last.pop(0)
    return last if any(record.filled for record in last) else []


def _is_note(record: Record, wide: int, fewest: int) -> bool:
    """Whether a record is a total, a note or a signature rather than a row."""
    if len(record.fields) == 1:
        return True
    first = next((field.strip() for field in record.fields if field.strip()), "")
    alone = record.filled <= 1 < fewest and wide > 2 and bool(record.fields[0].strip()) and not NUMBER.match(first)
    sparse = record.filled < fewest or len(record.fields) != wide
    return alone or bool(TOTALS.match(first)) or (sparse and bool(WEAKER.match(first)))


def _opens(record: Record) -> bool:
    """Whether such a line can be the first behind the data: a row that was cut short, or is nearly empty, can't."""
    first = next((field.strip() for field in record.fields if field.strip()), "")
    return not first or bool(TOTALS.match(first) or WEAKER.match(first) or NOTE.search(first))


def _said(
    before: Sequence[Record], after: Sequence[Sequence[Record]], top: Header, units: Sequence[str]
) -> tuple[str, ...]:
    says = []
    if before:
        says.append(
            f"the table begins in line {len(before) + 1}: "
            f"{_lines(len(before))} before its header left out{_shown(before)}"
        )
    if len(top.records) > 1:
        says.append(f"two header lines read as one: {top.names[-1]!r}")
    if units:
        told = [f"{name} in {_bare(unit)}" for name, unit in zip(top.names, units, strict=True) if unit.strip()][:4]
        says.append(f"a line of units below the header is no row: {', '.join(told)}")
    if lines := sum(map(len, after)):
        says.append(f"{_lines(lines)} after the data left out{_shown(next(found for found in after if found))}")
    return tuple(says)


def _shown(left_out: Sequence[Record]) -> str:
    """The first of the lines that holds anything."""
    text = next((" ".join(" ".join(record.fields).split()) for record in left_out if record.filled), "")
    return f" ({text[:60]!r}{' …' if len(text) > 60 or len(left_out) > 1 else ''})" if text else ""


def _lines(number: int) -> str:
    return "1 line" if number == 1 else f"{number} lines"
