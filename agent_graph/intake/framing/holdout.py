"""Which rows are held out: as the predictions will be used, the same for the same seed."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph.artifacts import Split
from agent_graph.errors import BadInput

Rows = NDArray[np.bool_]
FEWEST = 10


def choose_holdout(labels: pl.Series, keys: pl.DataFrame, twins: pl.Series, split: Split, seed: int) -> Rows:
    """A mask over the rows, True for held out.

    `labels` is missing where a row has none: such rows stay open. `keys` holds the split's columns. `twins` is equal
    for rows that are exact duplicates: they stay on one side. BadInput when a side would be too small.
    """
    labelled = labels.is_not_null().to_numpy()
    wanted = round(split.holdout_share * int(labelled.sum()))
    if split.kind == "time":
        mask = _newest(keys.to_series(0), labelled, wanted)
    elif split.kind == "group":
        mask = _whole(_codes(keys), labelled, wanted, seed)
    elif split.kind == "stratified":
        mask = _by_class(labels, twins, labelled, split.holdout_share, seed)
    else:
        mask = _whole(_dense(twins), labelled, wanted, seed)
    mask = np.asarray(mask & labelled)
    _check(mask, labelled, labels, split)
    return mask


def _dense(values: pl.Series) -> NDArray[np.int64]:
    """Codes 0, 1, 2 … in the order of first appearance, missing each for itself."""
    frame = values.to_frame("v").with_row_index("row")
    first = frame.group_by("v", maintain_order=True).agg(pl.col("row").first().alias("code"))
    codes = frame.join(first, on="v", how="left", nulls_equal=True, maintain_order="left")["code"]
    return (
        pl.select(pl.when(values.is_null()).then(frame["row"]).otherwise(codes)).to_series().to_numpy().astype(np.int64)
    )


def _codes(keys: pl.DataFrame) -> NDArray[np.int64]:
    """One code for each combination of the key's columns; a row with a missing key stands for itself."""
    joint = keys.select(pl.concat_str([pl.col(n).cast(pl.String) for n in keys.columns], separator="\x1f").alias("v"))
    return _dense(joint["v"])


def _whole(codes: NDArray[np.int64], counted: Rows, wanted: int, seed: int) -> Rows:
    """Whole groups, in random order, until the wanted number of counted rows is reached as nearly as can be."""
    groups, inverse = np.unique(codes, return_inverse=True)
    sizes = np.bincount(inverse, weights=counted, minlength=len(groups))
    taken = np.zeros(len(groups), dtype=bool)
    held = 0.0
    for group in np.random.default_rng(seed).permutation(len(groups)):
        if sizes[group] and held + sizes[group] <= wanted + sizes[group] / 2:
            taken[group] = True
            held += sizes[group]
        if held >= wanted:
            break
    return np.asarray(taken[inverse])


def _by_class(labels: pl.Series, twins: pl.Series, labelled: Rows, share: float, seed: int) -> Rows:
    """The share of every class, duplicates together: a group of twins counts for the class of its first row."""
    codes = _dense(twins)
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    classes = labels.fill_null("").to_numpy()[first]
    mask = np.zeros(len(labels), dtype=bool)
    for place, cls in enumerate(sorted(set(labels.drop_nulls().to_list()))):
        rows = (classes == cls)[inverse]
        wanted = round(share * int((rows & labelled).sum()))
        mask |= rows & _whole(np.where(rows, codes, -1), labelled & rows, wanted, seed + place)
    return mask


def _newest(moments: pl.Series, labelled: Rows, wanted: int) -> Rows:
    """Rows from a moment on, so that about the wanted number is held out; equal moments stay on one side."""
    known = moments.is_not_null().to_numpy() & labelled
    order = moments.to_physical().cast(pl.Float64).fill_null(-np.inf).to_numpy()
    values, counts = np.unique(order[known], return_counts=True)
    newest_first = np.cumsum(counts[::-1])[::-1]
    cut = int(np.abs(newest_first - wanted).argmin()) if len(values) else 0
    return known & (order >= values[max(cut, 1)]) if len(values) > 1 else np.zeros(len(order), dtype=bool)


def _check(mask: Rows, labelled: Rows, labels: pl.Series, split: Split) -> None:
    held, left = int(mask.sum()), int((labelled & ~mask).sum())
    by = " + ".join(map(repr, split.columns)) or "chance"
    if held < FEWEST or left < FEWEST:
        raise BadInput(
            f"splitting by {by} leaves {left} rows to learn from and {held} to check: choose another --set split=…"
        )
    if labels.dtype == pl.String:
        kept = labels.filter(pl.Series(labelled & ~mask))
        if kept.n_unique() < 2:
            raise BadInput(f"splitting by {by} leaves one class to learn from: choose another --set split=…")
