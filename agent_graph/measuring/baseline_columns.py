"""The columns of the host's plain baseline: numbers scaled, categories one-hot, prose as word weights, no more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import OneHotEncoder

from agent_graph.artifacts import Problem
from agent_graph.bench import Bench
from agent_graph.profiling import reading

MOST_LEVELS = 50
WORDS = 5_000


def sides(bench: Bench) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The main table's open and sealed rows, typed by the profile: features and the columns of the split."""
    main = bench.profile.main
    hidden = {bench.problem.target.column, *bench.problem.used("leak")}
    seen = [column.name for column in main.columns if column.name not in hidden]
    open_rows, held = (
        reading.part(main, Path(folder), seen).collect() for folder in (bench.sealed.open_dir, bench.sealed.holdout_dir)
    )
    return open_rows, held


def design_matrices(
    problem: Problem, train: pl.DataFrame, asked: pl.DataFrame
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Both tables as sparse matrices; everything is learnt from the first."""
    blocks: list[tuple[sparse.csr_matrix, sparse.csr_matrix]] = [_ones(train, asked)]
    for role in problem.features:
        if role.name not in train.columns:
            continue  # of a side table: the plain baseline doesn't join
        if role.kind == "text":
            blocks += _words(train[role.name], asked[role.name])
        elif role.kind == "number" and train[role.name].dtype.is_numeric():
            blocks.append(_scaled(train[role.name], asked[role.name]))
        elif role.kind in ("category", "boolean", "code", "high_cardinality", "number"):
            blocks.append(_levels(train[role.name], asked[role.name]))
    left, right = zip(*blocks, strict=True)
    return sparse.csr_matrix(sparse.hstack(left)), sparse.csr_matrix(sparse.hstack(right))


def _ones(train: pl.DataFrame, asked: pl.DataFrame) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """A column without meaning, so that there is one even when no feature is plain."""
    return sparse.csr_matrix(np.ones((len(train), 1))), sparse.csr_matrix(np.ones((len(asked), 1)))


def _scaled(train: pl.Series, asked: pl.Series) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Standard units with the median for missing values, and a flag for these."""
    known = train.cast(pl.Float64).fill_nan(None)
    middle = known.median()
    centre = float(middle) if isinstance(middle, (int, float)) else 0.0
    filled = known.fill_null(centre).to_numpy()
    spread = float(filled.std()) or 1.0
    found = []
    for values in (train, asked):
        numbers = values.cast(pl.Float64).fill_nan(None)
        scaled = (numbers.fill_null(centre).to_numpy() - float(filled.mean())) / spread
        found.append(sparse.csr_matrix(np.column_stack([scaled, numbers.is_null().to_numpy()])))
    return found[0], found[1]


def _levels(train: pl.Series, asked: pl.Series) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MOST_LEVELS)
    texts = [values.cast(pl.String).fill_null("\0").to_numpy()[:, None].astype(object) for values in (train, asked)]
    return encoder.fit_transform(texts[0]), encoder.transform(texts[1])


def _words(train: pl.Series, asked: pl.Series) -> list[tuple[sparse.csr_matrix, sparse.csr_matrix]]:
    vectorizer = TfidfVectorizer(max_features=WORDS, min_df=3)
    try:
        fitted = vectorizer.fit_transform(train.cast(pl.String).fill_null("").to_list())
    except ValueError:
        return []  # no word occurs three times
    return [(fitted, vectorizer.transform(asked.cast(pl.String).fill_null("").to_list()))]
