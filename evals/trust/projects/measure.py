"""Each lie alone, each twin with the others of its room: was the lie caught, was any twin called a liar?"""

from __future__ import annotations

import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agent_graph.artifacts import Check
from evals.trust.lines import Line, Say, timed
from evals.trust.projects.catalogue import NAMED, PAIRS, SAMPLE
from evals.trust.projects.example import ROOMS as TEXTS
from evals.trust.projects.example import Example
from evals.trust.projects.good import Ground, ground
from evals.trust.projects.pair import Pair, Room, all_of
from evals.trust.projects.rooms import WHOLE, judged

AT_ONCE = 2
SOME = 3  # of a room that trains, serves or tests
FEWER: dict[Room, int] = {  # of those that take the longest
    "python_pro": 2,
    "ml_engineer noise": 1,
    "mlops batch": 2,
    "mlops drills": 2,
    "observability retraining": 2,
    "orchestration": 4,
}
CRASH = re.compile(  # what Python says when code breaks, and what checks say when they got nothing to judge
    r"Traceback|\b(?:Name|UnboundLocal|Import|ModuleNotFound|Syntax|Indentation|Attribute|Type|Key|Index|Value"
    r"|ZeroDivision|Recursion|FileNotFound|Assertion|Runtime)Error\b|could not be (?:used|transformed|made)"
    r"|can't be (?:read|used|judged|scored|trained on|timed)|did(?:n't| not) start|ended without"
    r"|no answers to compare|wrote no"
)
Place = tuple[Room, tuple[str, str] | None]  # and the option that the project is built with there
SPEED: tuple[Room, ...] = ("mlops",)  # rooms that measure it: judged while nothing else runs


def run(sample: bool, say: Say) -> list[Line]:
    """The catch rate and the false-alarm rate; of a sample in rooms of texts, on the committed example."""
    return told([pair for pair in PAIRS if pair.name in SAMPLE] if sample else spread(), sample, say)


def spread() -> list[Pair]:
    """Every pair of rooms that only read; of each other room those that the issue names, then others up to a few."""
    by_room: dict[Room, list[Pair]] = defaultdict(list)
    for pair in PAIRS:
        by_room[pair.room].append(pair)
    return [pair for room, pairs in by_room.items() for pair in _some(room, pairs)]


def _some(room: Room, pairs: list[Pair]) -> list[Pair]:
    """The named ones, and evenly from the list as many others as the room can afford."""
    if room in TEXTS:
        return pairs
    named, others = ([pair for pair in pairs if (pair.name in NAMED) is wanted] for wanted in (True, False))
    more = min(len(others), max(0, FEWER.get(room, SOME) - len(named)))
    return named + [others[number * len(others) // more] for number in range(more)]


def told(pairs: list[Pair], sample: bool, say: Say) -> list[Line]:
    """Both rates of these pairs."""
    caught = Line("projects", "dishonest or broken projects caught by their check", needed=0.97)
    clean = Line("projects", "honest twins with no false alarm")
    with timed(caught):
        say("the good project")
        good = Example() if sample else ground()
        say(f"{len(pairs)} lies")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for pair, missed in zip(pairs, pool.map(lambda pair: _missed(good, pair), pairs), strict=True):
                caught.saw(f"{pair.name} ({pair.room}, {pair.caught_by})", missed)
    by_room: dict[Place, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_room[pair.room if sample else WHOLE.get(pair.room, pair.room), pair.chosen].append(pair)
    with timed(clean), ThreadPoolExecutor(AT_ONCE) as pool:
        say(f"their twins, in {len(by_room)} rooms")
        alone = [_alarms(good, room, by_room.pop((room, None))) for room in SPEED if (room, None) in by_room]
        for alarms in (*alone, *pool.map(lambda each: _alarms(good, each[0][0], each[1]), by_room.items())):
            for name, alarm in alarms.items():
                clean.saw(name, alarm)
    caught.figures = f"catch rate {caught.held / max(caught.of, 1):.1%}; {len(pairs)} of {len(PAIRS)} pairs"
    clean.figures = f"false-alarm rate {1 - clean.held / max(clean.of, 1):.1%}"
    return [caught, clean]


def _missed(good: Ground | Example, pair: Pair) -> str | None:
    """Why the lie counts as missed; None when its check failed, and for no other reason than the lie."""
    try:
        checks = {check.name: check for check in judged(good, pair.room, pair.lie, pair.chosen)}
    except LookupError as problem:
        return str(problem)  # the patch is out of date
    if (found := checks.get(pair.caught_by)) is None:
        return f"there is no such check among {', '.join(checks)}"
    if found.verdict != "failed":
        return f"{found.verdict}: {found.evidence[:300]}"
    if pair.sign:
        return None if re.search(pair.sign, found.evidence) else f"failed, but says no {pair.sign!r}: {found.evidence}"
    crash = CRASH.search(found.evidence)
    return f"it only broke ({crash[0]}): {found.evidence[:300]}" if crash else None


def _alarms(good: Ground | Example, room: Room, pairs: list[Pair]) -> dict[str, str | None]:
    """The twins of one place: all at once, and in halves where something then failed, down to the one that it was.

    Twins that change the same place take turns.
    """
    waiting: list[Pair] = []

    def together(tree: Path) -> None:
        for pair in pairs:
            try:
                (pair.honest or all_of())(tree)
            except LookupError:
                waiting.append(pair)

    checks = judged(good, room, together, pairs[0].chosen)
    found = _failed(checks)
    now = [pair for pair in pairs if pair not in waiting]
    if not now:
        return {pair.name: "its patch is out of date" for pair in pairs}
    if found is None or len(now) == 1:
        ended = {pair.name: found or _unseen(checks, pair) for pair in now}
    else:
        half = len(now) // 2
        ended = _alarms(good, room, now[:half]) | _alarms(good, room, now[half:])
    return ended | (_alarms(good, room, waiting) if waiting else {})


def _failed(checks: tuple[Check, ...]) -> str | None:
    alarms = [f"{check.name}: {check.evidence[:200]}" for check in checks if check.verdict == "failed"]
    return "; ".join(alarms) or (None if checks else "nothing was checked")


def _unseen(checks: tuple[Check, ...], pair: Pair) -> str | None:
    """Why no alarm says nothing of this twin; None when the check that catches its lie has passed it."""
    found = next((check for check in checks if check.name == pair.caught_by), None)
    if found is None:
        return f"it wasn't looked at: there is no {pair.caught_by} among {', '.join(check.name for check in checks)}"
    return None if found.verdict == "passed" else f"it wasn't looked at: {found.verdict}: {found.evidence[:200]}"
