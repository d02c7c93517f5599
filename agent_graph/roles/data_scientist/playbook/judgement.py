"""How a model is judged: metrics, folds, thresholds against doing nothing, slices for bias, common sense."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import polars as pl
import scipy

from agent_graph.artifacts import (
    ColumnProfile,
    Feature,
    Metric,
    Problem,
    Profile,
    Setting,
    Specification,
    Threshold,
)
from agent_graph.kind import Kind
from agent_graph.roles.data_scientist.playbook.experiment import class_shares
from agent_graph.roles.data_scientist.playbook.pairs import words_of

USUAL = 3  # of a kind's metrics, reported whatever is asked for
PROTECTED = frozenset(
    {
        "sex", "gender", "female", "male", "age", "race", "ethnicity", "ethnic", "afam", "region", "state", "country",
        "nationality", "religion", "married", "marital", "disability", "disabled", "senior", "citizen", "pregnant",
    }
)  # fmt: skip
# Where common sense is strong: words of a column, words of a target or statement, the expected sign.
SENSE: tuple[tuple[str, str, str], ...] = (
    (r"\b(area|sf|sqft|carat|rooms?|qual(ity)?|overall)\b", r"\b(price|value|rent|cost)\b", "up"),
    (r"\b(tenure|loyalty)\b", r"\b(churn|leave|left|cancel)\b", "down"),
    (r"\b(speed|velocity)\b", r"\b(damage|dead|death|fatal|injur\w*|dies)\b", "up"),
    (r"\b(chronic|conditions?|comorbid\w*)\b", r"\b(visits?|claims?|admissions?|cost)\b", "up"),
    (r"\b(debt|delinq|utilization|inquiries)\b", r"\b(rate|default|interest)\b", "up"),
    (r"\b(mileage|odometer|kilomet\w+)\b", r"\bprice\b", "down"),
)
LEAST_TREND = 0.3
TREND_ROWS = 20_000


def secondary_metrics(problem: Problem, kind: Kind) -> tuple[Metric, ...]:
    """The user's further metrics, then the usual ones of the kind; at most four."""
    known = {metric.name for metric in kind.measured}
    wanted = (*problem.secondary_metrics, *(metric.name for metric in kind.metrics[:USUAL]))
    fitting = [name for name in dict.fromkeys(wanted) if name != problem.metric and name in known]
    return tuple(fitting[:4])


def fold_plan(problem: Problem, rows: int, groups: int) -> tuple[int, float, str]:
    """Number of folds, the share of one part, and why; `groups` are the different values of what rows are split by."""
    if problem.split.kind == "time" and groups < 2:
        return 3, 0.1, "all open rows are of one moment: drawn at random, which can't say how well later rows will do"
    if problem.split.kind == "time":
        if rows < 30_000:
            return 3, 0.1, f"{rows:,} rows: the last three tenths one after the other, each judged by what was older"
        return 1, 0.15, f"{rows:,} rows: the newest 15 % are enough to judge by"
    how = {"group": "whole groups together", "stratified": "every class in its share", "random": "at random"}
    if rows < 30_000:
        folds = 5 if rows < 6_000 else 3
        folds = max(2, min(folds, groups)) if problem.split.kind == "group" else folds
        return folds, round(1 / folds, 4), f"{rows:,} rows: {folds} folds, {how[problem.split.kind]}"
    return 1, 0.125, f"{rows:,} rows: one part of an eighth is already precise, {how[problem.split.kind]}"


def thresholds(problem: Problem, kind: Kind, profile: Profile, attempt: int) -> tuple[Threshold, ...]:
    """At least as good as a plain baseline, and clearly better than answering without looking."""
    slack = 0.0 if attempt == 1 else -0.01
    bars = [
        Threshold(
            metric="gain_over_baseline",
            direction="min",
            value=slack,
            why="a model that a plain linear one matches isn't worth its upkeep",
        )
    ]
    dummy = dummy_score(problem, profile)
    if dummy is not None:
        higher = kind.metric(problem.metric).higher_is_better
        value = dummy + 0.02 * (1 - dummy) if higher else dummy * 0.99
        why = f"answering without looking at the row scores {dummy:.4g}; this is clearly better than that"
        bars.append(
            Threshold(metric=problem.metric, direction="min" if higher else "max", value=round(value, 5), why=why)
        )
    return tuple(bars)


def dummy_score(problem: Problem, profile: Profile) -> float | None:
    """What the metric says of a constant answer; None where the profile can't tell."""
    if problem.target.classes:
        shares = class_shares(problem, profile)
        if problem.metric == "roc_auc":
            return 0.5
        if shares is None:
            return None
        entropy = -sum(share * math.log(share) for share in shares if share > 0)
        known = {"log_loss": entropy, "accuracy": max(shares), "pr_auc": shares[-1]}
        return known.get(problem.metric)
    target = profile.column(problem.target.column)
    return {"rmse": target.std, "r2": 0.0}.get(problem.metric)


def slices(problem: Problem, profile: Profile, features: Sequence[Feature]) -> tuple[str, ...]:
    """Columns by which people or things may be treated unequally; else the categories of few, even levels."""
    used = list(
        dict.fromkeys(column for feature in features for column in feature.columns if len(feature.columns) == 1)
    )
    known = {name: profile.column(name) for name in used}
    protected = [name for name in used if words_of(name) & PROTECTED]
    if protected:
        return tuple(protected[:4])
    few = [
        name for name in used if 2 <= known[name].distinct <= 10 and known[name].kind in ("category", "boolean", "code")
    ]
    return tuple(sorted(few, key=lambda name: (_largest(known[name]), name))[:3])


def _largest(column: ColumnProfile) -> float:
    """Share of the most frequent level, missing values included: the smaller, the more the groups can tell."""
    return max([column.missing, *(level.share for level in column.levels)])


def directions(
    specification: Specification, problem: Problem, profile: Profile, features: Sequence[Feature]
) -> tuple[Setting, ...]:
    """Expected signs where common sense is strong and the rows agree (rank correlation of at least 0.3)."""
    if len(problem.target.classes) > 2 or problem.target.rule != "as_is":
        return ()
    asked = f"{problem.target.column} {specification.statement}".lower()
    found: list[Setting] = []
    for feature in features:
        words = " ".join(sorted(words_of(feature.columns[0])))
        for pattern, target, sign in SENSE:
            if feature.transform == "number" and re.search(pattern, words) and re.search(target, asked):
                trend = _trend(problem, profile, feature.columns[0])
                if abs(trend) >= LEAST_TREND and (trend > 0) == (sign == "up"):
                    found.append(Setting(key=feature.columns[0], value=sign))
                    break
    return tuple(found[:3])


def _trend(problem: Problem, profile: Profile, column: str) -> float:
    """Spearman's rank correlation of a main-table column with the target; 0 where the file can't be read as CSV."""
    main = profile.main
    names = {known.name for known in main.columns}
    if main.dialect.format != "csv" or column not in names or problem.target.column not in names:
        return 0.0
    rows = pl.read_csv(
        main.files[0],
        columns=[column, problem.target.column],
        separator=main.dialect.delimiter,
        null_values=list(main.dialect.null_tokens),
        infer_schema=False,
        n_rows=TREND_ROWS,
    ).drop_nulls()
    target = rows[problem.target.column]
    if problem.target.classes:
        y = (target == problem.target.classes[1]).cast(pl.Float64)
    else:
        y = target.cast(pl.Float64, strict=False)
    both = pl.DataFrame({"x": rows[column].cast(pl.Float64, strict=False), "y": y}).drop_nulls()
    if len(both) < 100 or both["x"].n_unique() < 2 or both["y"].n_unique() < 2:
        return 0.0
    return float(scipy.stats.spearmanr(both["x"].to_numpy(), both["y"].to_numpy()).statistic)
