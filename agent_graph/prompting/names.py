"""Many names in few words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

NUMBERED = re.compile(r"(.*?)([0-9]+)", re.DOTALL)


def runs(names: Iterable[str]) -> list[str]:
    """The names in their order; three or more that count up by one become `first … last (number of them)`."""
    return [told for stem, group in groupby(names, key=_stem) for told in _told(stem, list(group))]


def _stem(name: str) -> str | None:
    found = NUMBERED.fullmatch(name)
    return found[1] if found and len(found[2]) <= 9 else None


def _told(stem: str | None, names: Sequence[str]) -> Iterator[str]:
    if stem is None:
        yield from names
        return
    for run in _counting(names, len(stem)):
        if len(run) < 3:
            yield from run
        else:
            yield f"{run[0]} … {run[-1]} ({len(run)} of them)"


def _counting(names: Sequence[str], start: int) -> Iterator[list[str]]:
    """Stretches in which each number is one more than the one before, written at the same width or unpadded."""
    run: list[str] = []
    for name in names:
        digits = name[start:]
        if run and digits != _next(run[-1][start:]):
            yield run
            run = []
        run.append(name)
    if run:
        yield run


def _next(digits: str) -> str:
    return str(int(digits) + 1).zfill(len(digits))
