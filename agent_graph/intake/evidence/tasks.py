"""Evidence for the kind of question, were a column its answer: what the words ask, and what the values could be."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agent_graph.intake.evidence.columns import SHAPES, Columns

Floats = NDArray[np.float64]
COUNTING = re.compile(  # in ten languages: how many, how often, the number of
    r"how many|number of|how often|wie ?viele|wie oft|anzahl|combien|nombre d|cu[aá]nt[oa]s|n[uú]mero d|quant[ie]\b"
    r"|numero d|hoeveel|aantal|quant[oa]s|ile\b|liczb|hur m[aå]nga|antal|kaç|sayısı",
    re.IGNORECASE,
)
LEAST = 1e-4  # probability


def evidence_for_task(
    pieces: Sequence[str], roles: Floats, columns: Columns, by_words: Floats, tasks: Sequence[str]
) -> dict[str, Floats]:
    """Named evidence, each an array over the columns; `by_words` is the probability of each of `tasks` by the words."""
    facts, rows, width = columns.facts, columns.profile.main.rows, len(columns.facts)

    def each(values: Sequence[float]) -> Floats:
        return np.array(values, dtype=np.float64)

    def all_alike(value: float) -> Floats:
        return np.full(width, float(value))

    counting = [COUNTING.search(piece) is not None for piece in pieces]
    asks = max((float(role) for role, one in zip(roles[:, 0], counting, strict=True) if one), default=0.0)
    shapes = {f"shape.{shape}": each([float(own == shape) for own in columns.shapes]) for shape in SHAPES}
    moments, ahead = float(shapes["shape.moment"].max()), np.log(by_words[tasks.index("forecast")] + LEAST)
    said = {f"words.{task}": all_alike(np.log(p + LEAST)) for task, p in zip(tasks, by_words, strict=True)}
    return (
        said
        | shapes
        | {
            "distinct": each([np.log1p(c.distinct) for c in facts]),
            "distinct.share": each([c.distinct / max(1, rows) for c in facts]),
            "missing": each([c.missing for c in facts]),
            "zeros": each([c.zeros or 0.0 for c in facts]),
            "fraction": each([float(c.storage == "float") for c in facts]),
            "code": each([float(c.kind == "code") for c in facts]),
            "rows": all_alike(np.log(max(1, rows))),
            "width": all_alike(np.log(width)),
            "asks_how_many": all_alike(asks),
            "says_how_many": all_alike(any(counting)),
            "asks_how_many.counts": asks * shapes["shape.counts"],
            "says_how_many.counts": float(any(counting)) * shapes["shape.counts"],
            "moments": all_alike(moments),
            "moments.forecast": all_alike(moments * ahead),
        }
    )
