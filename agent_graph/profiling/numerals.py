"""How numbers are written: signs of thousands and decimals, currencies, percent, brackets, units; by evidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from agent_graph.artifacts import Rewriting, Written
from agent_graph.profiling import numeral_steps, plain
from agent_graph.profiling.quantities import (
    APOSTROPHES,
    CELL,
    CURRENCIES,
    SCALES,
    SPACES,
    UNITS,
    ZERO,
    currency,
    singular,
)

Sign = Literal[".", ","]

SAMPLE = 400
FEWEST = 3  # different cells
LEAST = 0.9  # share of the cells that are numbers, before what the others are is asked
GROUPED = {
    sign: re.compile(rf"^[1-9][0-9]{{0,2}}(?:{re.escape(sign)}[0-9]{{2,3}})*{re.escape(sign)}[0-9]{{3}}$")
    for sign in ".,"
}
PARTED = re.compile(rf"^[0-9]{{1,3}}(?:[{SPACES}{APOSTROPHES}_][0-9]{{3}})+(?=[.,]|$)")
WORD = re.compile(r"^[^\d]{1,24}$")


@dataclass(frozen=True)
class Evidence:
    """What the digits of a column tell of its signs: cells that can be read in one way alone, and in two."""

    decimal: Counter[str]  # this sign stands before a fraction
    thousands: Counter[str]  # this sign stands between groups
    either: Counter[str]  # '1,234' or '1.234' may be both
    broken: str | None  # digits that are no number in any country
    examples: dict[str, str]  # by the sign that stands last


@dataclass(frozen=True)
class Found:
    """A column of numbers that aren't plain: how it is written, or in words why it can't be read."""

    written: Written | None = None
    doubts: tuple[str, ...] = ()
    decimal: Sign | None = None  # told by this column itself


def find(cells: pl.Series, country: Sign | None) -> Found | None:
    """How the numbers of a column of texts (no missing among them) are written; None when they are no numbers.

    `country` is the decimal sign of the table's other columns, asked where this one could be read in both ways.
    """
    bare = cells.str.strip_chars(plain.BLANKS)
    if not _likely(bare.head(SAMPLE).to_list()):
        return None
    different = bare.n_unique()
    if different < FEWEST:
        return None
    shapes = (
        bare.to_frame("cell")
        .group_by(_shape().alias("shape"), maintain_order=True)
        .agg(pl.first("cell"), times=pl.len())
    )
    texts, times = shapes["cell"].to_list(), shapes["times"].to_list()
    matched = [CELL.match(text) for text in texts]
    odd = {text: n for text, n, found in zip(texts, times, matched, strict=True) if not found and not ZERO.match(text)}
    zeros = [text for text, found in zip(texts, matched, strict=True) if not found and ZERO.match(text)]
    cuts = [found for found in matched if found]
    if not cuts or sum(odd.values()) > (1 - LEAST) * len(cells):
        return None
    if _codes(cuts):
        return None
    return _judged(cuts, zeros, odd, different, country)


def _shape() -> pl.Expr:
    """Cells of one shape tell the same: any digit for any other, but for a zero in front."""
    marked = pl.col("cell").str.replace(r"^([^0-9]*)0", "${1}\0")
    return marked.str.replace_all("[0-9]", "1")


def _likely(head: Sequence[str]) -> bool:
    hits = sum(1 for text in head if CELL.match(text) or ZERO.match(text))
    return bool(head) and hits >= LEAST * len(head)


def _codes(cuts: Sequence[re.Match[str]]) -> bool:
    """Digits with a leading zero, or more of them than a number holds exactly, name something."""
    digits = [cut["digits"] for cut in cuts if not cut["before"] and not cut["behind"]]
    plain_digits = [text for text in digits if text.isdigit()]
    return any((len(text) > 1 and text[0] == "0") or len(text) > 15 for text in plain_digits)


def _judged(
    cuts: Sequence[re.Match[str]], zeros: Sequence[str], odd: dict[str, int], different: int, country: Sign | None
) -> Found | None:
    before = Counter(sign for cut in cuts for sign in (cut["before"], cut["outside"]) if sign)
    named = all(cut["open"] for cut in cuts) and not (before or zeros)  # "(1)", "(2)" number things
    if named or any(bool(cut["open"]) != bool(cut["close"]) for cut in cuts):
        return None
    behind = Counter(cut["behind"].strip() for cut in cuts if cut["behind"])
    units = _units(behind, cuts, different)
    if units is None:
        return None
    scaled = (
        bool(units)
        and set(units) <= set(SCALES)
        and (len(units) > 1 or sum(behind.values()) < len(cuts) or bool(before))
    )
    money = {currency(sign) for sign in [*before, *(unit for unit in units if unit in CURRENCIES)]}
    kinds = {unit for unit in units if unit not in CURRENCIES and not (scaled and unit in SCALES)}
    if len(money) > 1:
        one, other = sorted(money)[:2]
        return Found(
            doubts=(f"amounts in {one} and in {other} side by side, kept as texts: bring them to one currency",)
        )
    if len(singular(kinds)) > 1:
        examples = [next(cut[0] for cut in cuts if (cut["behind"] or "").strip() == unit) for unit in sorted(kinds)[:2]]
        return Found(
            doubts=(
                f"numbers in several units ({examples[0]!r}, {examples[1]!r}), kept as texts: bring them to one unit",
            )
        )
    if _mixed_percent(cuts):
        return Found(
            doubts=("percentages and shares side by side ('12%' and '0.12'), kept as texts: write all in one way",)
        )
    evidence = _evidence([cut["digits"] for cut in cuts])
    if evidence.broken is not None:
        return None
    decimal, doubts = _decimal(evidence, country, money=bool(money))
    if decimal is None:
        return Found(doubts=doubts)
    missing, words = _words(odd, different)
    if missing is None:
        return Found(doubts=words)
    signs = sorted({*before, *(unit for unit in units if unit in CURRENCIES)}, key=len, reverse=True)
    steps = numeral_steps.steps(
        cuts,
        numeral_steps.Signs(
            zeros, signs, () if scaled else units, units if scaled else (), decimal,
            commas=bool(evidence.thousands[","] or evidence.either[","]),
            dots=bool(evidence.thousands["."] or evidence.either["."]),
        ),
    )  # fmt: skip
    told = None if not (evidence.decimal or evidence.thousands) else decimal
    return Found(Written(missing=missing, rewrite=steps, says=(*_said(cuts, zeros, steps), *words)), doubts, told)


def _units(behind: Counter[str], cuts: Sequence[re.Match[str]], different: int) -> list[str] | None:
    """What stands behind the numbers, longest first; None when it shows that they are no numbers."""
    unknown = {unit for unit in behind if unit not in UNITS and unit not in CURRENCIES and unit not in SCALES}
    if unknown:
        spaced = all(cut[0].rstrip()[-len(cut["behind"].strip()) - 1] in SPACES for cut in cuts if cut["behind"])
        if len(singular(unknown)) > 1 or not spaced or different < 5 or sum(behind.values()) < 0.2 * len(cuts):
            return None
    return sorted(behind, key=len, reverse=True)


def _mixed_percent(cuts: Sequence[re.Match[str]]) -> bool:
    """Percentages beside numbers that are all shares: '12%' and '0.12' would become 12 and 0.12."""
    signed = [cut for cut in cuts if (cut["behind"] or "").strip() == "%"]
    bare = [cut["digits"].replace(",", ".") for cut in cuts if not cut["behind"]]
    if not signed or not bare or not all(re.fullmatch(r"[0-9]*\.?[0-9]*", text) for text in bare):
        return False
    values = [float(text or 0) for text in bare]
    return 0 < max(values) <= 1 and any(0 < value < 1 for value in values)


def _evidence(digits: Sequence[str]) -> Evidence:
    decimal: Counter[str] = Counter()
    thousands: Counter[str] = Counter()
    either: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for text in digits:
        parted = PARTED.match(text)
        if text[0] == "0" and parted:
            return Evidence(decimal, thousands, either, text, examples)
        rest = re.sub(rf"[{SPACES}{APOSTROPHES}_]", "", text) if parted else text
        if not re.fullmatch(r"[0-9.,]+", rest):
            return Evidence(decimal, thousands, either, text, examples)
        dots, commas = rest.count("."), rest.count(",")
        if not dots and not commas:
            continue
        examples.setdefault(max(".,", key=rest.rfind), text)
        if dots and commas:
            last: str = max(".,", key=rest.rfind)
            first = "," if last == "." else "."
            if rest.count(last) > 1 or not GROUPED[first].match(rest[: rest.rfind(last)]):
                return Evidence(decimal, thousands, either, text, examples)
            decimal[last] += 1
            thousands[first] += 1
            continue
        sign = "." if dots else ","
        if max(dots, commas) > 1:
            if not GROUPED[sign].match(rest):
                return Evidence(decimal, thousands, either, text, examples)
            thousands[sign] += 1
        elif GROUPED[sign].match(rest) and not parted:
            either[sign] += 1
        else:
            decimal[sign] += 1
    return Evidence(decimal, thousands, either, None, examples)


def _decimal(evidence: Evidence, country: Sign | None, *, money: bool) -> tuple[Sign | None, tuple[str, ...]]:
    """The decimal sign; None, with the reason, when the column contradicts itself."""
    dot = evidence.decimal["."] + evidence.thousands[","]
    comma = evidence.decimal[","] + evidence.thousands["."]
    if dot and comma:
        return None, (f"numbers are written in two ways ({_two(evidence)}), kept as texts: write all in one way",)
    if dot or comma:
        return ("." if dot else ","), ()
    if not evidence.either:
        return ".", ()
    if evidence.either["."] and evidence.either[","]:
        return None, (
            f"{_two(evidence)} occur, and no value tells which sign is the decimal one: write all in one way",
        )
    sign: Sign = "," if evidence.either[","] else "."
    other: Sign = "." if sign == "," else ","
    if country and not money:
        return country, ()
    if sign == "," or money:  # sums of money have two decimals, not three
        example = evidence.examples[sign]
        whole = example.replace(sign, "")
        return other, (
            ()
            if country == other
            else (f"{example!r} is read as {whole}: no value tells whether {sign!r} could be its decimal sign",)
        )
    return ".", ()


def _two(evidence: Evidence) -> str:
    return " and ".join(repr(evidence.examples[sign]) for sign in ".," if sign in evidence.examples)


def _words(odd: dict[str, int], different: int) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Cells that are no numbers: words are missing values when they are few; anything else is shown."""
    if not odd:
        return (), ()
    if different < 10 or len(odd) > 8 or not all(WORD.match(text) for text in odd):
        shown = ", ".join(repr(text[:30]) for text in list(odd)[:3])
        return None, (
            f"nearly all are numbers, but {shown} {'is' if len(odd) == 1 else 'are'} not, "
            "so it is kept as text: correct or empty those cells",
        )
    shown = ", ".join(f"{text!r} ({n:,})" for text, n in sorted(odd.items(), key=lambda item: -item[1]))
    return tuple(sorted(odd)), (f"{shown} among numbers read as missing",)


def _said(cuts: Sequence[re.Match[str]], zeros: Sequence[str], steps: Sequence[Rewriting]) -> tuple[str, ...]:
    """One sentence: the oddest cells and what they are read as."""
    if not steps:
        return ()
    usual = [cut for cut in cuts if set(cut["digits"]) - set("90.,")] or cuts  # -999 may be a mark
    chosen = [max(usual, key=lambda cut: (len(set(cut[0]) - set("0123456789-")), len(cut[0])))[0]]
    for wanted in ("open", "trailing", "about"):
        if found := next((cut[0] for cut in cuts if cut[wanted] and cut[0] not in chosen), None):
            chosen.append(found)
    chosen += list(zeros[:1])
    cells = pl.Series("cell", chosen[:4])
    read = cells.to_frame().select(plain.rewritten(pl.col("cell"), steps))["cell"]
    return (", ".join(f"{cell!r} read as {number}" for cell, number in zip(cells, read, strict=True)),)
