"""`make intake` and `make intake-weights`: judge the reading by leaving out whole data sets, or fit the weights.

    python -m evals.intake [judge|fit] [FOLDER …]    FOLDERs hold more statements (JSON lines), beside ours

Judging writes evals/results/intake.md, fitting agent_graph/intake/scorer/weights.json. Nested: the readings of a data
set come from weights fitted without it; how sure they are from a fit on readings of other data sets.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from agent_graph.intake.scorer.weights import FILE
from agent_graph.settings import settings
from evals.intake import by_model, judging, telling
from evals.intake.learning import READERS, count, doubt, fit_parts, folds, opinion, reader_trust
from evals.intake.records import OURS, Example, examples, likelihoods, records

FOLDS = 6
TAKEN_FROM = 0.9  # a reading that sure is taken without a question
RESULTS = Path(__file__).parents[1] / "results" / "intake.md"


def main() -> None:
    """Judge or fit."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("judge", "fit"), nargs="?", default="judge")
    parser.add_argument("folders", nargs="*", type=Path)
    given = parser.parse_args()
    known = examples(records([OURS, *given.folders]), settings().cache_dir / "intake", named=True)
    readers = likelihoods(known)
    read, told, beside, powers = _read(known, readers)
    if given.what == "judge":
        table = _table("nothing installed beside", _rows(known, read), told)
        if beside:
            table += "\n" + _table("with the reader on the machine", _rows(known, beside))
        table += "\n" + _by_model(known)
        RESULTS.write_text(table, encoding="utf-8")
        print(table)
        return
    weights = fit_parts(known) | {
        "doubt": doubt(_rows(known, read)),
        "doubt_with_reader": doubt(_rows(known, beside)),
        "reader": powers,
        "taken_from": TAKEN_FROM,
        "fitted_on": {"statements": len(known), "data_sets": len({each.source for each in known})},
    }
    FILE.write_text(json.dumps(_short(weights), separators=(",", ":")), encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes, fitted on {len(known)} statements")


Readings = dict[str, judging.Settled]
Tellings = dict[str, telling.Told]


def _read(known: Sequence[Example], readers: READERS) -> tuple[Readings, Tellings, Readings, dict[str, float]]:
    """The reading of each example by weights that had not seen its data set: without the reader, what it tells beside
    the question, and with the reader where its likelihoods are known; and how much the reader counts."""
    with ProcessPoolExecutor(2) as pool:
        parts = list(pool.map(_fold, [known] * FOLDS, range(FOLDS)))
    read = {name: found for part, _, _ in parts for name, found in part.items()}
    told = {name: found for _, part, _ in parts for name, found in part.items()}
    chosen = [e for e in known if e.record["id"] in readers and e.record["id"] in read and e.meant and not e.open]
    powers = reader_trust([(e, read[e.record["id"]].near, readers[e.record["id"]]) for e in chosen])
    beside: Readings = {}
    for (_, test), (_, _, weights) in zip(folds(known, FOLDS), parts, strict=True):
        for example in (known[k] for k in test):
            found = judging.settled(opinion(example, {**weights, "reader": powers}, readers))
            if example.record["id"] in readers and found is not None:
                beside[example.record["id"]] = found
    return read, told, beside, powers


def _fold(known: Sequence[Example], number: int) -> tuple[Readings, Tellings, dict[str, Any]]:
    train, test = folds(known, FOLDS)[number]
    weights = fit_parts([known[k] for k in train])
    opinions = {k: opinion(known[k], weights, None) for k in test}
    found = {str(known[k].record["id"]): judging.settled(each) for k, each in opinions.items()}
    told = {str(known[k].record["id"]): telling.told(known[k], each) for k, each in opinions.items()}
    return {name: each for name, each in found.items() if each is not None}, told, weights


def _rows(known: Sequence[Example], read: dict[str, judging.Settled]) -> list[tuple[Example, judging.Settled]]:
    return [(each, read[each.record["id"]]) for each in known if each.record["id"] in read]


def _sure(rows: Sequence[tuple[Example, judging.Settled]]) -> np.ndarray[Any, Any]:
    """How sure each reading is, by a fit on readings of other data sets."""
    names = list(rows[0][1].doubt)
    features = np.array([[float(found.doubt[name][0]) for name in names] for _, found in rows])
    wanted = np.array([judging.right_question(each, found) and not each.open for each, found in rows], dtype=float)
    counts = np.array([count(each) for each, _ in rows])
    groups = [each.source for each, _ in rows]
    sure = np.zeros(len(rows))
    for train, test in GroupKFold(8).split(features, groups=groups):
        middle, spread = features[train].mean(axis=0), features[train].std(axis=0) + 1e-9
        model = LogisticRegression(C=0.05, max_iter=2000)
        model.fit((features[train] - middle) / spread, wanted[train], sample_weight=counts[train])
        sure[test] = model.predict_proba((features[test] - middle) / spread)[:, 1]
    return sure


def _table(what: str, rows: Sequence[tuple[Example, judging.Settled]], told: Tellings | None = None) -> str:
    sure = _sure(rows)
    names = list(dict.fromkeys(each.record["set"] for each, _ in rows))
    lines = [
        f"# How questions are read: {what}",
        "",
        f"`make intake`, {len(rows)} statements on {len({each.source for each, _ in rows})} data sets, each read by "
        "weights that had not seen its data set. *Question*: target, task and event.",
        "",
        "| | " + " | ".join(f"{name} ({sum(e.record['set'] == name for e, _ in rows)})" for name in names) + " |",
        "|---|" + "---|" * len(names),
    ]  # fmt: skip
    figures = [
        _figures([(e, f, s) for (e, f), s in zip(rows, sure, strict=True) if e.record["set"] == n]) for n in names
    ]
    if told is not None:
        for figure, name in zip(figures, names, strict=True):
            figure |= telling.figures([(e, told[str(e.record["id"])]) for e, _ in rows if e.record["set"] == name])
    lines += [f"| {name} | " + " | ".join(each[name] for each in figures) + " |" for name in figures[0]]
    lines += ["", "How sure, and how often right:", "", "| said | readings | right |", "|---|---|---|"]
    right = np.array([judging.right_question(each, found) and not each.open for each, found in rows])
    for low, high in ((0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01)):
        within = (sure >= low) & (sure < high)
        if within.any():
            lines.append(f"| {low:.0%} to {min(high, 1):.0%} | {within.sum()} | {right[within].mean():.0%} |")
    return "\n".join(lines) + "\n"


def _by_model(known: Sequence[Example]) -> str:
    """The table of the statements that a person read in a strong model's place."""
    kept = by_model.answers()
    pairs = [(each, by_model.played(each, kept[name])) for each in known if (name := str(each.record["id"])) in kept]
    rows = "".join(f"| {name} | {value} |\n" for name, value in by_model.figures(pairs).items())
    return (
        "# How questions are read: with a strong model\n\n"
        f"{len(pairs)} of our statements, drawn by chance; a person answered in the model's place, not knowing what "
        f"was meant (`evals/intake/answers.jsonl`); the answers are played.\n\n| | |\n|---|---|\n{rows}"
    )


def _figures(rows: Sequence[tuple[Example, judging.Settled, float]]) -> dict[str, str]:
    closed = [(e, f, s) for e, f, s in rows if not e.open and e.meant]
    taken = [(e, f) for e, f, s in rows if s >= TAKEN_FROM]
    return {
        "taken without asking, right": judging.share([judging.right(e, f) for e, f in taken]),
        "asked": judging.share([s < TAKEN_FROM for _, _, s in rows]),
        "target first": judging.share([f.target in e.meant for e, f, _ in closed]),
        "question first": judging.share([judging.right_question(e, f) for e, f, _ in closed]),
        "target and task among the first three": judging.share(
            [any(t in e.meant and k in e.tasks for t, k in f.ranked) for e, f, _ in closed]
        ),
        "not to be answered: refused or asked": judging.share([s < TAKEN_FROM for e, _, s in rows if e.open]),
        **judging.left_out([(e, f.never) for e, f, _ in rows]),
    }


def _short(value: Any) -> Any:
    """Floats at four digits: more is noise."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    return [_short(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
