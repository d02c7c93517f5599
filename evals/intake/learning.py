"""The fit: from statements with what was meant to the weights that the product reads with.

Whatever one part hands to the next was made by weights that had not seen the data set: the parts are fitted on
out-of-fold outputs of those before, folds by data set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from agent_graph import register
from agent_graph.intake.evidence import speech
from agent_graph.intake.evidence.columns import SHAPES
from agent_graph.intake.scorer.opinion import FAINTEST, Opinion
from agent_graph.intake.scorer.weighing import FAR
from agent_graph.intake.scorer.weights import fitted
from evals.intake.judging import Settled, right_question, same_value
from evals.intake.records import Example, tagged

Floats = NDArray[np.float64]
Weights = dict[str, Any]
FOLDS = 5
TASKS = tuple(dict.fromkeys((*fitted()["task"]["kinds"], *register.kinds())))
OTHERS_COUNT, NAMED_COUNT = 3.0, 0.3
LEAVES, LEAST = 7, 30  # of a tree; rows in a leaf
PENALTY = 60.0  # of the squared weights of the conditional logit
SHARPNESS = 0.6  # two scores that say the same are surer than both are right: fitted by leaving out data sets
BAR_RIDGE, LINEAR_SHARE = 0.003, 0.4  # of the columns that are no inputs
SPEECH_RIDGE, DIRECTED_RIDGE, WORDS_RIDGE = 50.0, 60.0, 1.0
READERS = Mapping[str, tuple[float, ...]]


def folds(known: Sequence[Example], number: int) -> list[tuple[list[int], list[int]]]:
    """Train and test positions, whole data sets on one side."""
    groups = [example.source for example in known]
    return [(a.tolist(), b.tolist()) for a, b in GroupKFold(number).split(groups, groups=groups)]


def opinion(example: Example, weights: Weights, readers: READERS | None) -> Opinion:
    """What the weights make of an example."""
    near = (readers or {}).get(str(example.record["id"]))
    return Opinion(example.scene, weights, near)


def fit_parts(known: Sequence[Example]) -> Weights:
    """All weights but those of the doubt, which is fitted on readings of data sets that these had not seen."""
    weights: Weights = {"speech": _speech(known)}
    weights["task"] = {"kinds": list(TASKS), "shapes": _shapes(known)}
    staged = _staged(known, weights)
    weights["task"]["words"] = _words(known, staged)
    weights["directed"] = _directed(known, staged)
    chosen = [example for example in known if example.meant and not example.open]
    rows = _rows(chosen, known, weights)
    weights["target"] = _target(rows, chosen)
    weights["task"]["fit"] = _task(rows, chosen)
    weights["reader"] = {"own": 1.0, "reader": 0.0}  # until it was fitted
    weights["bar"] = _bar(rows, chosen, weights)
    weights["event"] = _event(rows, chosen)
    return weights


def _ridge(features: Floats, wanted: Floats, strength: float, weight: Floats | None = None) -> Floats:
    """Least squares with a penalty and a free constant, outputs × (features + 1)."""
    design = np.hstack([features, np.ones((len(features), 1))])
    weighted = design if weight is None else design * weight[:, None]
    penalty = strength * np.eye(design.shape[1])
    penalty[-1, -1] = 1e-6
    return np.linalg.solve(weighted.T @ design + penalty, weighted.T @ wanted).T


def _speech(known: Sequence[Example]) -> Weights:
    pairs = [(example, tags) for example in known if (tags := tagged(example)) is not None]
    described = [speech.described(example.scene.pieces) for example, _ in pairs]
    features, wanted = np.vstack(described), np.vstack([tags for _, tags in pairs])
    owners = np.concatenate([[k] * len(d) for k, d in enumerate(described)])
    out = np.zeros(wanted.shape)
    for train, test in GroupKFold(FOLDS).split(features, groups=owners):
        part = _ridge(features[train], wanted[train] * 2 - 1, SPEECH_RIDGE)
        out[test] = features[test] @ part[:, :-1].T + part[:, -1]
    scale = 3.0  # a least-squares score of ±1 as a logit
    alone = _ridge(features, wanted * 2 - 1, SPEECH_RIDGE) * scale
    logits = np.clip(out * scale, -6, 6)
    beside = np.vstack([speech.with_neighbours(logits[owners == k]) for k in range(len(pairs))])
    second = []
    for role in range(wanted.shape[1]):
        model = LogisticRegression(C=0.1, max_iter=500).fit(beside, wanted[:, role])
        second.append([*model.coef_[0], model.intercept_[0]])
    return {"alone": alone.tolist(), "beside": second}


def _shapes(known: Sequence[Example]) -> list[list[float]]:
    """Share of each shape of the target's column for each task, smoothed by the shapes of all targets."""
    counts = np.zeros((len(TASKS), len(SHAPES)))
    for example in known:
        for column, shape in zip(example.scene.columns.names, example.scene.columns.shapes, strict=True):
            if column in example.meant and example.expected.get("task") in TASKS:
                for task in {example.expected["task"], *example.expected.get("task_also", ())} & set(TASKS):
                    counts[TASKS.index(task), SHAPES.index(shape)] += 1
    whole = (counts.sum(axis=0) + 1) / (counts.sum() + len(SHAPES))
    smoothed = counts + 3 * whole
    return [[float(v) for v in row] for row in smoothed / smoothed.sum(axis=1, keepdims=True)]


def _staged(known: Sequence[Example], weights: Weights) -> list[tuple[Example, Opinion]]:
    """Opinions whose roles come from weights that had not seen the data set."""
    found: list[tuple[Example, Opinion]] = []
    for train, test in folds(known, FOLDS):
        part = {**weights, "speech": _speech([known[k] for k in train])}
        found += [(known[k], Opinion(known[k].scene, part)) for k in test]
    order = {id(example): place for place, example in enumerate(known)}
    return sorted(found, key=lambda pair: order[id(pair[0])])


def _words(known: Sequence[Example], staged: Sequence[tuple[Example, Opinion]]) -> list[list[float]]:
    rows = [(o.wish, TASKS.index(e.expected["task"])) for e, o in staged if e.expected.get("task") in TASKS]
    wishes, tasks = np.array([w for w, _ in rows]), np.array([t for _, t in rows])
    model = LogisticRegression(C=6.0, max_iter=500).fit(wishes, tasks)
    full = np.full((len(TASKS), wishes.shape[1] + 1), 0.0)
    full[:, -1] = -6.0  # a task that nobody asked for
    for row, task in enumerate(model.classes_):
        full[task] = [*model.coef_[row], model.intercept_[row]]
    return _round(full)


def _directed(known: Sequence[Example], staged: Sequence[tuple[Example, Opinion]]) -> dict[str, list[float]]:
    found = {}
    chosen = [(e, o) for e, o in staged if e.meant and not e.open]
    wanted = np.concatenate([[float(n in e.meant) for n in e.scene.columns.names] for e, _ in chosen])
    weight = np.where(wanted > 0, 1.0, wanted.mean())
    for name, made in _VECTORS.items():
        features = np.vstack([made(o) for _, o in chosen]).astype(np.float64)
        found[name] = _round(_ridge(features, wanted[:, None] * 2 - 1, DIRECTED_RIDGE * weight.mean(), weight)[0])
    return found


_VECTORS: dict[str, Callable[[Opinion], Any]] = {
    "name": lambda o: o.scene.columns.by_name,
    "meaning": lambda o: o.scene.columns.by_meaning,
    "meeting": lambda o: o.scene.columns.by_name * o.wish,
}


def _rows(chosen: Sequence[Example], known: Sequence[Example], weights: Weights) -> list[Opinion]:
    """Opinions of the chosen whose roles, words and directions come from weights that had not seen the data set."""
    found: dict[int, Opinion] = {}
    for train, test in folds(known, FOLDS):
        part_known = [known[k] for k in train]
        part: Weights = {"speech": _speech(part_known), "task": {"kinds": list(TASKS), "shapes": _shapes(part_known)}}
        staged = _staged_plain(part_known, part)
        part["task"]["words"] = _words(part_known, staged)
        part["directed"] = _directed(part_known, staged)
        for k in test:
            found[id(known[k])] = Opinion(known[k].scene, part)
    return [found[id(example)] for example in chosen]


def _staged_plain(known: Sequence[Example], weights: Weights) -> list[tuple[Example, Opinion]]:
    return [(example, Opinion(example.scene, weights)) for example in known]


def _target(rows: Sequence[Opinion], chosen: Sequence[Example]) -> Weights:
    evidence = {name: np.concatenate([o.evidence[name] for o in rows]) for name in rows[0].evidence}
    wanted = np.concatenate([[float(n in e.meant) for n in e.scene.columns.names] for e in chosen])
    counts = np.concatenate([np.full(len(e.scene.columns.names), count(e)) for e in chosen])
    part = boosted(evidence, wanted, rounds=350, rate=0.035, counts=counts)
    tables = np.concatenate([np.full(len(e.scene.columns.names), k) for k, e in enumerate(chosen)])
    linear = chosen_of_several(evidence, wanted, tables, counts)
    return part | {"scaled": linear, "sharpness": SHARPNESS}


def count(example: Example) -> float:
    """How much a statement counts: those of others are what people write, sisters are made of what is there."""
    return {"ours": 1.0, "named": NAMED_COUNT}.get(str(example.record["set"]), OTHERS_COUNT)


def chosen_of_several(
    evidence: Mapping[str, Floats], wanted: Floats, tables: NDArray[np.int64], counts: Floats
) -> dict[str, list[float]]:
    """Weights of the evidence in standard deviations that make the meant column of each table the likeliest.

    A conditional logit (McFadden 1974) with a penalty on the weights; `tables` numbers the rows' tables, in order.
    """
    names = sorted(evidence)
    features = np.column_stack([evidence[name] for name in names])
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    scaled = np.clip((features - middle) / spread, -FAR, FAR)
    first = np.flatnonzero(np.diff(tables, prepend=-1))
    meant = wanted / np.add.reduceat(wanted, first)[tables]
    weight = counts[first]

    def surprise(powers: Floats) -> tuple[float, Floats]:
        scores = scaled @ powers
        most = np.maximum.reduceat(scores, first)
        grown = np.exp(scores - most[tables])
        total = np.add.reduceat(grown, first)
        told = np.add.reduceat(meant * scores, first) - most - np.log(total)
        slope = scaled.T @ ((meant - grown / total[tables]) * weight[tables])
        return float(PENALTY / 2 * powers @ powers - weight @ told), PENALTY * powers - slope

    found = minimize(surprise, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return {
        name: [float(w), float(m), float(s)] for name, w, m, s in zip(names, found, middle, spread, strict=True)
    }  # fmt: skip


def _bar(rows: Sequence[Opinion], chosen: Sequence[Example], weights: Weights) -> Weights:
    parts, wanted, counts = [], [], []
    for example, o in zip(chosen, rows, strict=True):
        place = _place(example)
        if place is None:
            continue
        names = example.scene.columns.names
        counts.append(np.full(len(names) - 1, count(example)))
        o = Opinion(o.scene, {**o.weights, "target": _one(place, len(names))})
        parts.append({k: np.delete(v, place) for k, v in o.bar_evidence(place, example.suspects).items()})
        never = set(example.expected.get("never", ()))
        wanted.append(np.delete([float(n in never) for n in names], place))
    evidence = {name: np.concatenate([p[name] for p in parts]) for name in parts[0] if name != "as_target"}
    return _blended(evidence, np.concatenate(wanted), np.concatenate(counts))


def _blended(evidence: Mapping[str, Floats], wanted: Floats, counts: Floats) -> Weights:
    """Trees and a logistic regression, whose scores are added by shares: what few rows say the trees overstate."""
    grown = boosted(evidence, wanted, rounds=500, rate=0.02, counts=counts, columns=0.15)
    names = sorted(evidence)
    features = np.column_stack([evidence[name] for name in names])
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    scaled = np.clip((features - middle) / spread, -FAR, FAR)
    model = LogisticRegression(C=BAR_RIDGE, max_iter=500).fit(scaled, wanted, sample_weight=counts)
    return {
        "constant": LINEAR_SHARE * float(model.intercept_[0]),
        "trees": [_lighter(tree, 1 - LINEAR_SHARE) for tree in grown["trees"]],
        "scaled": {name: [LINEAR_SHARE * float(w), float(m), float(s)]
                   for name, w, m, s in zip(names, model.coef_[0], middle, spread, strict=True)},
    }  # fmt: skip


def _lighter(tree: Any, share: float) -> Any:
    """A tree whose leaves count for a share."""
    if isinstance(tree, float):
        return float(f"{tree * share:.4g}")
    name, bar, low, high = tree
    return [name, bar, _lighter(low, share), _lighter(high, share)]


def _task(rows: Sequence[Opinion], chosen: Sequence[Example]) -> Weights:
    """A multinomial logistic regression of the kind of question on its evidence at the meant column."""
    found, wanted, counts = [], [], []
    for example, o in zip(chosen, rows, strict=True):
        place, task = _place(example), example.expected.get("task")
        if place is not None and task in TASKS:
            found.append([float(values[place]) for values in o.task_evidence.values()])
            wanted.append(TASKS.index(task))
            counts.append(count(example))
    features, names = np.array(found), list(rows[0].task_evidence)
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    scaled = np.clip((features - middle) / spread, -FAR, FAR)
    model = LogisticRegression(C=0.1, max_iter=3000).fit(scaled, wanted, sample_weight=counts)
    full = np.zeros((len(TASKS), len(names) + 1))
    full[:, -1] = -12.0  # a task that nobody asked for
    for row, task in enumerate(model.classes_):
        full[task] = [*model.coef_[row], model.intercept_[row]]
    return {"names": names, "middle": _round(middle), "spread": [float(v) for v in spread], "weights": _round(full)}


def _one(place: int, width: int) -> Weights:
    return {"constant": 0.0, "trees": [], "linear": {}, "sharpness": 1.0}


def _place(example: Example) -> int | None:
    target = example.expected.get("target")
    names = example.scene.columns.names
    return names.index(target) if target in names else None


def _event(rows: Sequence[Opinion], chosen: Sequence[Example]) -> Weights:
    found, wanted, counts = [], [], []
    for example, o in zip(chosen, rows, strict=True):
        place = _place(example)
        positive = example.expected.get("positive")
        if place is None or positive is None or len(o.scene.columns.facts[place].levels) != 2:
            continue
        values = [level.value for level in o.scene.columns.facts[place].levels]
        if same := [same_value(value, positive) for value in values]:
            if sum(same) != 1:
                continue
            row = o.event_evidence(place)
            found += [row, {key: -value for key, value in row.items()}]  # the two values change places
            wanted += [float(same[0]), float(same[1])]
            counts += [count(example)] * 2
    names = list(found[0])
    features = np.array([[row[name] for name in names] for row in found])
    spread = features.std(axis=0) + 1e-9
    model = LogisticRegression(C=0.05, max_iter=2000, fit_intercept=False)
    model.fit(features / spread, wanted, sample_weight=counts)
    return {"constant": 0.0, "linear": dict(zip(names, map(float, model.coef_[0] / spread), strict=True))}


def reader_trust(rows: Sequence[tuple[Example, Floats, tuple[float, ...]]]) -> dict[str, float]:
    """How much the own probabilities (second) and the reader's (third) count, as powers: the likeliest two numbers."""
    parts = []
    for example, own, near in rows:
        meant = np.array([name in example.meant for name in example.scene.columns.names])
        if meant.any():
            parts.append((np.log(own + FAINTEST / 10), np.log(np.clip(near, FAINTEST, 1.0)), meant))

    def surprise(powers: Floats) -> float:
        total = 0.0
        for own, near, meant in parts:
            scores = powers[0] * own + powers[1] * near
            chances = np.exp(scores - scores.max())
            total -= float(np.log(chances[meant].sum() / chances.sum() + 1e-9))
        return total

    own, near = minimize(surprise, [0.9, 0.5], method="Nelder-Mead").x
    return {"own": float(own), "reader": float(near)}


def doubt(rows: Sequence[tuple[Example, Settled]]) -> Weights:
    """How sure a reading is, from readings by weights that had not seen the data set."""
    names = list(rows[0][1].doubt)
    features = np.array([[float(found.doubt[name][0]) for name in names] for _, found in rows])
    wanted = [float(right_question(example, found) and not example.open) for example, found in rows]
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    counts = [count(example) for example, _ in rows]
    model = LogisticRegression(C=0.05, max_iter=2000).fit((features - middle) / spread, wanted, sample_weight=counts)
    linear = model.coef_[0] / spread
    return {
        "constant": float(model.intercept_[0] - linear @ middle),
        "linear": dict(zip(names, map(float, linear), strict=True)),
    }


def boosted(
    evidence: Mapping[str, Floats],
    wanted: Floats,
    *,
    rounds: int,
    rate: float,
    counts: Floats | None = None,
    columns: float = 0.3,
) -> Weights:
    """Gradient-boosted trees of a few leaves, as the product evaluates them; the same data give the same trees."""
    names = sorted(evidence)
    features = np.column_stack([evidence[name] for name in names])
    model = LGBMClassifier(
        n_estimators=rounds, num_leaves=LEAVES, learning_rate=rate, min_child_samples=LEAST, subsample=0.8,
        subsample_freq=1, colsample_bytree=columns, reg_lambda=5.0, random_state=0, n_jobs=1, verbose=-1,
        deterministic=True, force_row_wise=True,
    ).fit(features, wanted, sample_weight=counts)  # fmt: skip
    dumped = model.booster_.dump_model()
    trees = [_tree(tree["tree_structure"], names) for tree in dumped["tree_info"]]
    return {"constant": 0.0, "trees": trees}


def _tree(node: Mapping[str, Any], names: Sequence[str]) -> Any:
    if "leaf_value" in node:
        return float(f"{node['leaf_value']:.4g}")
    low, high = _tree(node["left_child"], names), _tree(node["right_child"], names)
    return [names[node["split_feature"]], float(f"{node['threshold']:.5g}"), low, high]


def _round(values: Any) -> Any:
    return np.round(np.asarray(values), 4).tolist()
