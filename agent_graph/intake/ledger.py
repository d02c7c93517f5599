"""What became of every piece of a statement: taken as something, told as background, or not understood."""

from __future__ import annotations

import re

import numpy as np

from agent_graph import register
from agent_graph.artifacts import Entry, Reading
from agent_graph.intake.evidence.speech import ROLES
from agent_graph.intake.scorer.opinion import Opinion
from agent_graph.intake.wishes import Wished

BESIDE: dict[str, tuple[str, ...]] = {  # tools that every project is made with; of the other keys nothing is said
    "container": ("docker",),
    "platform": ("kubernetes",),
    "cloud": (),
    "feature_store": (),
    "data_versioning": (),
    "scheduler": ("cron",),
}
NAMED = 0.55  # how near a column must be to a piece to be what it speaks of
LIKELY = 0.35
RESTING = ("split", "horizon", "series", "duration")  # parts that rest on words of their own


def ledger(opinion: Opinion, reading: Reading, wished: Wished) -> tuple[Entry, ...]:
    """One entry for each piece, in the statement's order."""
    return tuple(_entry(opinion, reading, wished, place) for place in range(len(opinion.scene.pieces)))


def with_unbuilt(reading: Reading) -> Reading:
    """The reading whose ledger says which of the tools that were asked for can't be had here, and what can."""
    entries = list(reading.ledger)
    for wish in reading.wishes:
        built = register.named(wish.key) if wish.key in register.choices() else BESIDE.get(wish.key)
        if built is None or wish.value in built:
            continue
        here = f"here it is {' or '.join(built)}" if built else "nothing of it is made here"
        what = f"{wish.key} {wish.value} isn't built: {here}"
        spoken = [place for place, entry in enumerate(entries) if _speaks_of(wish.value, entry)]
        entry = Entry(words=entries[spoken[0]].words if spoken else wish.value, became="cannot", what=what)
        if spoken and entries[spoken[0]].became != "cannot":
            entries[spoken[0]] = entry
        elif spoken:
            both = f"{entries[spoken[0]].what}; {what}"
            entries[spoken[0]] = entry.model_copy(update={"what": both})
        else:
            entries.append(entry)
    return reading.model_copy(update={"ledger": tuple(entries)})


def _speaks_of(value: str, entry: Entry) -> bool:
    letters = re.sub(r"[^a-z0-9]", "", value.lower())
    return bool(letters) and letters in re.sub(r"[^a-z0-9]", "", f"{entry.words} {entry.what}".lower())


def _wished_in(piece: str, wished: Wished) -> str:
    """What of the wishes rests on words of the piece."""
    found = (*wished.stack, *wished.act_found, *wished.split.found, *wished.metric)
    said = [f"{each.key} {each.value}".strip() for each in found if each.words and each.words.lower() in piece.lower()]
    return ", ".join(dict.fromkeys(said))


def _resting_on(piece: str, reading: Reading) -> str:
    """The parts of the reading that rest on words of the piece."""
    found = [part for part in reading.parts if part.topic in RESTING and part.words]
    return ", ".join(f"{each.topic} {each.choice}" for each in found if each.words in piece or piece in each.words)


def _entry(opinion: Opinion, reading: Reading, wished: Wished, place: int) -> Entry:
    piece, roles = opinion.scene.pieces[place], opinion.roles[place]
    doing = [ROLES[k] for k in np.argsort(-roles) if roles[k] >= LIKELY]
    columns, rests = _named(opinion, place), _resting_on(piece, reading)
    if rests and doing[:1] != ["wish"]:
        return Entry(words=piece, became="taken", what=rests)
    told = (_said_by(role, piece, columns, rests, reading, wished) for role in doing)
    if found := next((entry for entry in told if entry is not None), None):
        return found
    if columns:
        return Entry(words=piece, became="taken", what=f"speaks of {', '.join(columns[:6])}")
    return Entry(words=piece, became="background" if not doing else "not_understood", what="")


def _said_by(role: str, piece: str, columns: list[str], rests: str, reading: Reading, wished: Wished) -> Entry | None:
    """What became of a piece that does this; None where nothing is known of it."""
    if role == "wish":
        what = f"asks for {reading.build or reading.target!r}" if reading.target or reading.build else "asks"
        what = f"{what}; {rests}" if rests else what
        return Entry(words=piece, became="taken", what=what, check="beats_baseline_on_holdout")
    if role == "late":
        out = [each.column for each in reading.never if each.column in columns or piece in each.why]
        if not out:
            what = "it seems to rule something out; no column was found"
            return Entry(words=piece, became="not_understood", what=what)
        what = f"left out: {', '.join(out[:6])}"
        return Entry(words=piece, became="taken", what=what, check="no_suspect_column_used")
    if role in ("known", "outcome") and columns:
        return Entry(words=piece, became="taken", what=f"speaks of {', '.join(columns[:6])}")
    if role == "story":
        return Entry(words=piece, became="background", what="told as background")
    if role in ("act", "stack", "check"):
        wish = _wished_in(piece, wished)
        return (Entry(words=piece, became="taken", what=f"a wish: {wish}") if wish else
                Entry(words=piece, became="not_understood", what="a wish that nothing was made of"))  # fmt: skip
    return None


def _named(opinion: Opinion, place: int) -> list[str]:
    """Columns that the piece speaks of, the nearest first."""
    near = np.maximum(opinion.scene.pairs.best[:, place], opinion.scene.pairs.by_word_meaning[:, place])
    return [opinion.scene.columns.names[int(k)] for k in np.argsort(-near) if near[int(k)] >= NAMED]
