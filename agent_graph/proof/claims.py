"""Scores that the project's documents claim: none may be better than what was measured from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from agent_graph import register
from agent_graph.artifacts import HoldoutScore, Promise
from agent_graph.bench import Findings
from agent_graph.measuring.metrics import better
from agent_graph.measuring.reading import texts

ROOM = 0.05  # of the score: rounding, and other rows than ours
SHOWN = 5
# Between a metric's name and the number that is claimed of it; "falls by" or "below" would say something else.
BETWEEN = r"(?:\s|[|:=*`_~≈]|\([^()\n]{0,60}\)|\b(?:a|an|about|at|is|was|of|reaches|score|achieves|gets|now)\b){1,24}"
NUMBER = r"(?P<number>\d+(?:\.\d+)?|\.\d+)(?P<percent>\s?%)?(?![\w.]*\d)"


def judge(findings: Findings, tree: Path, promise: Promise | None, holdout: HoldoutScore) -> None:
    """`claims_hold`: the best that may be said is the better end of the promise, or what the sealed rows gave."""
    best = {measure.name: measure.value for measure in holdout.secondary} | {holdout.metric: holdout.score}
    ends = (promise.low, promise.high) if promise else ()
    for end in ends:
        if better(holdout.metric, end, best[holdout.metric]) > 0:
            best[holdout.metric] = end
    known = {name: value for name, value in best.items() if name in register.metrics()}
    found = excessive_claims(tree, known)
    text = f"no document claims a better {', '.join(known)} than was measured"
    findings.add("claims_hold", not found, "; ".join(found[:SHOWN]) or text)


def excessive_claims(tree: Path, best: Mapping[str, float]) -> list[str]:
    """`file:line claim` of each score in prose that beats the `best` of its metric; a quotation is no claim."""
    found = []
    for path, text in texts(tree, (".md",)):
        for number, line in enumerate(text.splitlines(), 1):
            if line.lstrip().startswith(">"):
                continue  # a quotation, as the user's statement is given
            for metric, claimed in _claims(line, best):
                if better(metric, claimed, best[metric]) > ROOM * abs(best[metric]):
                    found.append(f"{path}:{number} claims {metric} {claimed:g}, measured {best[metric]:.4g}")
    return found


def _claims(line: str, metrics: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    plain = line.replace("\\_", "_")
    for metric in metrics:
        name = r"[\s_-]?".join(re.escape(part) for part in metric.split("_"))
        for match in re.finditer(rf"(?<![\w])(?:{name}){BETWEEN}{NUMBER}", plain, re.IGNORECASE):
            yield metric, float(match["number"]) / (100 if match["percent"] else 1)
