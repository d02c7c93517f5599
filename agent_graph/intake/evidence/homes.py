"""Evidence on a column from where it is at home: what the piece does that names it best, and what its kin are said of.

Kin are columns whose names share a word or begin alike: scores of five visits, a time and whether it happened.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agent_graph.intake.evidence.columns import Columns
from agent_graph.intake.evidence.lexicons import any_says, name_words, time_unit
from agent_graph.intake.evidence.pairs import Pairs
from agent_graph.intake.evidence.speech import ROLES

Floats = NDArray[np.float64]
LATE = ROLES.index("late")
WIDEST = 400  # columns: above, kin aren't looked for
BEGINNING = 3  # letters that kin share
LISTED = ("wish", "known", "late")
NAMED = (("thing", "words"), ("number", "words"), ("happened", "words"), ("duration", "strong"), ("born", "words"))


def evidence_at_home(pairs: Pairs, roles: Floats, target: int) -> dict[str, Floats]:
    """The named evidence, each an array over the columns; `roles` says what each piece does (pieces × 8)."""
    columns = pairs.columns
    near = np.maximum(np.maximum(pairs.best, 0.9 * pairs.by_word_meaning), pairs.by_name)
    home, nearness = near.argmax(axis=1), near.max(axis=1)
    before = np.vstack([np.zeros((1, roles.shape[1])), roles[:-1]])
    listed, piece, _ = pairs.listed
    found = {f"home.{role}": roles[home, place] * nearness for place, role in enumerate(ROLES)}
    found |= {"home.near": nearness, "home.late.before": before[home, LATE] * nearness}
    for role in LISTED:
        found[f"listed_as.{role}"] = np.where(piece >= 0, listed * roles[piece, ROLES.index(role)], 0.0)
    return found | _of_kin(columns, (near * roles[:, LATE]).max(axis=1), target) | _by_name(columns)


def _of_kin(columns: Columns, late: Floats, target: int) -> dict[str, Floats]:
    """How surely a column's kin are said to come late, the target aside, and how many they are."""
    width = len(columns.names)
    kin = np.zeros((width, width))
    if width <= WIDEST:
        words = [frozenset(name_words(spelled)) for spelled in columns.spelled]
        heads = [name[:BEGINNING].lower() for name in columns.names]
        kin = np.array([[float(bool(a & b) or one == other) for b, other in zip(words, heads, strict=True)]
                        for a, one in zip(words, heads, strict=True)])  # fmt: skip
        np.fill_diagonal(kin, 0.0)
        kin[:, target] = 0.0
    count = kin.sum(axis=1)
    return {"kin": np.log1p(count), "kin.share": count / width, "kin.late": (kin * late).max(axis=1, initial=0.0),
            "kin.late.mean": (kin @ late) / np.maximum(count, 1.0)}  # fmt: skip


def _by_name(columns: Columns) -> dict[str, Floats]:
    """What the names say, by lists of ten languages: a person, a number of something, a status, a length of time."""
    words = [name_words(spelled) for spelled in columns.spelled]
    found = {f"name.{table}": np.array([float(any_says(each, table, key)) for each in words]) for table, key in NAMED}
    return found | {"name.unit": np.array([float(bool(time_unit(each))) for each in words])}
