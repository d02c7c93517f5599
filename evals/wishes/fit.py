"""Fits the heads of wishes: python -m evals.wishes.fit statements.jsonl pieces.jsonl labels.json …

`statements.jsonl` holds records with `id` and `expected`, `pieces.jsonl` lines of {"id", "segments"}, the labels one
string of letters a piece (A: what is done with the answer, S: stack and limits, P: how it is tested). Only odd
identifiers are learned from; the even ones are kept to measure.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from agent_graph.intake.evidence.encoder import directions
from agent_graph.intake.wishes.heads import PLACE, STRETCH, TOPICS

Flags = NDArray[np.bool_]
ACTS = {"few": "top_k", "explain": "explain", "costs": "costs", "range": "interval", "apart": "per_group"}
OWN_WEIGHT = 3.0


def main(statements: str, pieces: str, *labels: str) -> None:
    """Fits each topic's head on the committed sayings and the odd statements' pieces, and writes the weights."""
    said = tomllib.loads((Path(__file__).parent / "said.toml").read_text("utf-8"))
    cut = {one["id"]: one["segments"] for one in map(json.loads, Path(pieces).read_text("utf-8").splitlines())}
    tags = {key: value for path in labels for key, value in json.loads(Path(path).read_text("utf-8")).items()}
    records = [json.loads(line) for line in Path(statements).read_text("utf-8").splitlines()]
    rows = [
        (record["expected"], text, tag)
        for record in records
        if int(record["id"][1:]) % 2
        for text, tag in zip(cut[record["id"]], tags[record["id"]], strict=True)
    ]
    theirs, own = directions([text for _, text, _ in rows]), {topic: directions(said[topic]) for topic in TOPICS}
    weights = {}
    for topic in TOPICS:
        flags = np.array([wished(topic, expected, text, tag) for expected, text, tag in rows])
        doubtful = np.array([may_be(topic, expected, tag) for expected, _, tag in rows]) & ~flags
        vectors = np.vstack([*own.values(), theirs[~doubtful]]) * STRETCH
        truth = np.concatenate([np.full(len(own[each]), each == topic) for each in TOPICS] + [flags[~doubtful]])
        model = LogisticRegression(C=6.0, max_iter=1000)
        weight = np.where(truth, OWN_WEIGHT, 1.0)
        guessed = cross_val_predict(
            model, vectors, truth, cv=5, method="predict_proba", params={"sample_weight": weight}
        )
        report(topic, guessed[:, 1], truth)
        model.fit(vectors, truth, weight)
        weights[topic] = [round(float(value), 3) for value in (*model.coef_[0], model.intercept_[0])]
    PLACE.write_text(json.dumps(weights), encoding="utf-8")


def wished(topic: str, expected: dict[str, Any], text: str, tag: str) -> bool:
    """Whether a labelled piece surely says the topic."""
    if topic in ACTS:
        told = (expected.get("act") or {}).get(ACTS[topic]) is not None
        return told and "A" in tag and (topic != "few" or any(sign.isdigit() for sign in text)) and tag == "A"
    if topic in ("group", "time"):
        kinds = {each.split(":")[0] for each in expected.get("split") or []}
        return tag == "P" and kinds == {topic}
    return tag == "S" and (expected.get("wishes") or {}).get("deployment") == "on_premises"


def may_be(topic: str, expected: dict[str, Any], tag: str) -> bool:
    """Whether a piece could say the topic: it is neither a right nor a wrong example."""
    letter = "A" if topic in ACTS else "P" if topic in ("group", "time") else "S"
    if letter not in tag:
        return False
    if topic in ACTS:
        return (expected.get("act") or {}).get(ACTS[topic]) is not None
    return letter == "P" or (expected.get("wishes") or {}).get("deployment") == "on_premises"


def report(topic: str, guessed: NDArray[np.float64], truth: Flags) -> None:
    """How many are found, and how many wrongly, at a few bars."""
    for bar in (0.2, 0.35, 0.5, 0.7):
        found, false = int((guessed[truth] > bar).sum()), int((guessed[~truth] > bar).sum())
        print(f"{topic:8s} above {bar}: {found}/{int(truth.sum())} found, {false} of {int((~truth).sum())} wrongly")


if __name__ == "__main__":
    main(*sys.argv[1:])
