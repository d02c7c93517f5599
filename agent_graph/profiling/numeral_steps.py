"""The steps that bring a column's numbers into plain form, each of which leaves a plain number as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent_graph.artifacts import Rewriting
from agent_graph.profiling.quantities import APOSTROPHES, CURRENCIES, MINUS, SCALES, SPACES

GAP = f"[{SPACES}]*"


@dataclass(frozen=True)
class Signs:
    """What stands in and around the numbers of a column."""

    zeros: Sequence[str]  # cells in which a dash is zero
    money: Sequence[str]  # signs of currencies, longest first
    units: Sequence[str]
    scales: Sequence[str]  # powers of ten, as letters
    decimal: str
    commas: bool  # between thousands
    dots: bool


def steps(cuts: Sequence[re.Match[str]], signs: Signs) -> tuple[Rewriting, ...]:
    """In this order: zeros, brackets, signs around the number, signs within."""
    return (*_zeros(signs), *_brackets(cuts), *_around(cuts, signs), *_within(cuts, signs), *_decimals(signs))


def _step(what: str, by: str, where: str = "") -> Rewriting:
    return Rewriting(where=where, what=what, by=by)


def _zeros(signs: Signs) -> list[Rewriting]:
    if not signs.zeros:
        return []
    around = sorted({re.sub(rf"[-{MINUS}—{SPACES}]", "", zero) for zero in signs.zeros} - {""})
    sign = f"(?:{'|'.join(re.escape(each) for each in around)})?" if around else ""
    return [_step("^.+$", "0", f"^{sign}{GAP}[-{MINUS}—]{{1,2}}{GAP}{sign}$")]


def _brackets(cuts: Sequence[re.Match[str]]) -> list[Rewriting]:
    """An accountant's (12) is -12; other signs of a minus become the plain one."""
    found = [_step("<=|>=|[<>≤≥~≈]", "")] if any(cut["about"] for cut in cuts) else []
    if any(set(cut[0]) & set(MINUS) for cut in cuts):
        found.append(_step(f"[{MINUS}]", "-"))
    if any(cut["open"] for cut in cuts):
        found.append(_step("[)]", "", r"^[^()]*\([^()-]*\)$"))
        found.append(_step("[(]", "-", r"^[^()]*\([^()-]*$"))
    return found


def _around(cuts: Sequence[re.Match[str]], signs: Signs) -> list[Rewriting]:
    found = [_step("|".join(re.escape(sign) for sign in signs.money), "")] if signs.money else []
    spaced = any(set(cut[0]) & set(SPACES) for cut in cuts)
    if named := [re.escape(unit) for unit in signs.units if unit not in CURRENCIES]:
        unit = named[0] if len(named) == 1 else f"(?:{'|'.join(named)})"
        found.append(_step(f"{GAP if spaced else ''}{unit}$", "", f"[0-9.,{SPACES if spaced else ''}]{unit}$"))
    return found


def _within(cuts: Sequence[re.Match[str]], signs: Signs) -> list[Rewriting]:
    found = []
    if loose := "".join(each for each in (SPACES, APOSTROPHES, "_") if any(set(each) & set(cut[0]) for cut in cuts)):
        found.append(_step(f"[{loose}]", ""))
    if any(cut["trailing"] for cut in cuts):
        found += [_step("^", "-", "^[^-]*[0-9.,]-$"), _step("-$", "", "^-.*-$")]
    return found + [_step(f"{re.escape(each)}$", SCALES[each], f"[0-9]{re.escape(each)}$") for each in signs.scales]


def _decimals(signs: Signs) -> list[Rewriting]:
    """Signs of thousands go, the decimal one becomes a dot; a plain number stays, so '1,234' becomes '1.2340'."""
    if signs.decimal == ".":
        return [_step(",", "")] if signs.commas else []
    found = []
    if signs.dots:
        found += [
            _step("[.]", "", r"^[-+]?[1-9][0-9]{0,2}([.][0-9]{3})+$"),
            _step("[.]", "", ","),
            _step("$", "0", "^[-+]?[1-9][0-9]{0,2},[0-9]{3}$"),
        ]
    return [*found, _step(",", ".")]
