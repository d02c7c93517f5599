"""Each lie alone, each twin with the others of its room: was the lie caught, was any twin called a liar?"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agent_graph.artifacts import Check
from evals.trust.lines import Line, Say, timed
from evals.trust.projects.catalogue import PAIRS, SAMPLE
from evals.trust.projects.example import Example
from evals.trust.projects.ground import Ground, ground
from evals.trust.projects.pair import Pair, Room, all_of
from evals.trust.projects.rooms import WHOLE, judged

AT_ONCE = 2
MOST_OF_A_ROOM = 3  # one that trains, serves or tests
SPEED: tuple[Room, ...] = ("mlops",)  # rooms that measure it: judged while nothing else runs


def run(sample: bool, say: Say) -> list[Line]:
    """The catch rate and the false-alarm rate; of a sample in rooms of texts, on the committed example."""
    return told([pair for pair in PAIRS if pair.name in SAMPLE] if sample else spread(), sample, say)


def spread() -> list[Pair]:
    """Every pair of rooms that only read, and of each other room some, evenly from its list: a matter of minutes."""
    by_room: dict[Room, list[Pair]] = defaultdict(list)
    for pair in PAIRS:
        by_room[pair.room].append(pair)
    chosen: list[Pair] = []
    for room, pairs in by_room.items():
        some = len(pairs) if room.endswith(" text") else min(len(pairs), MOST_OF_A_ROOM)
        chosen += [pairs[number * len(pairs) // some] for number in range(some)]
    return chosen


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
    by_room: dict[Room, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_room[pair.room if sample else WHOLE.get(pair.room, pair.room)].append(pair)
    with timed(clean), ThreadPoolExecutor(AT_ONCE) as pool:
        say(f"their twins, in {len(by_room)} rooms")
        alone = [_alarms(good, room, by_room.pop(room)) for room in SPEED if room in by_room]
        for alarms in (*alone, *pool.map(lambda each: _alarms(good, *each), by_room.items())):
            for name, alarm in alarms.items():
                clean.saw(name, alarm)
    caught.figures = f"catch rate {caught.held / max(caught.of, 1):.1%}; {len(pairs)} of {len(PAIRS)} pairs"
    clean.figures = f"false-alarm rate {1 - clean.held / max(clean.of, 1):.1%}"
    return [caught, clean]


def _missed(good: Ground | Example, pair: Pair) -> str | None:
    """Why the lie counts as missed; None when its check failed."""
    checks = {check.name: check for check in judged(good, pair.room, pair.lie)}
    if (found := checks.get(pair.caught_by)) is None:
        return f"there is no such check among {', '.join(checks)}"
    return None if found.verdict == "failed" else f"{found.verdict}: {found.evidence[:300]}"


def _alarms(good: Ground | Example, room: Room, pairs: list[Pair]) -> dict[str, str | None]:
    """The twins of one room: all at once, and in halves where something then failed, down to the one that it was.

    Twins that change the same place take turns.
    """
    waiting: list[Pair] = []

    def together(tree: Path) -> None:
        for pair in pairs:
            try:
                (pair.honest or all_of())(tree)
            except LookupError:
                waiting.append(pair)

    found = _failed(judged(good, room, together))
    now = [pair for pair in pairs if pair not in waiting]
    if not now:
        return {pair.name: "its patch is out of date" for pair in pairs}
    if found is None or len(now) == 1:
        ended = {pair.name: found for pair in now}
    else:
        half = len(now) // 2
        ended = _alarms(good, room, now[:half]) | _alarms(good, room, now[half:])
    return ended | (_alarms(good, room, waiting) if waiting else {})


def _failed(checks: tuple[Check, ...]) -> str | None:
    alarms = [f"{check.name}: {check.evidence[:200]}" for check in checks if check.verdict == "failed"]
    return "; ".join(alarms) or (None if checks else "nothing was checked")
