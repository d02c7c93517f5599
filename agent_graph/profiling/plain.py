"""From cells as people write them to their plain form, as the facts of a column say."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from agent_graph.artifacts import Rewriting, Written

BLANKS = " \t\r\n\u00a0"  # what may stand around a cell; the generated project takes away the same


def texts(source: pl.Expr, written: Written, null_tokens: Sequence[str]) -> pl.Expr:
    """The cells in plain form, still texts; null tokens stay as they stand."""
    bare = source.str.strip_chars(BLANKS)
    found = rewritten(bare, written.rewrite)
    if written.spellings:
        pairs = {spelling.folded: spelling.meant for spelling in written.spellings}
        found = found.str.to_lowercase().replace_strict(pairs, default=found, return_dtype=pl.String)
    kept = pl.when(source.is_in(list(null_tokens))).then(source).otherwise(found)
    gone = bare.is_in(list(written.missing)) if written.missing else pl.lit(value=False)
    if written.sentinels:
        gone = gone | found.cast(pl.Float64, strict=False).is_in(list(written.sentinels))
    return pl.when(gone).then(None).otherwise(kept)


def numbers(source: pl.Expr, written: Written) -> pl.Expr:
    """Numbers kept as such: sentinels are missing."""
    if not written.sentinels:
        return source
    return pl.when(source.cast(pl.Float64, strict=False).is_in(list(written.sentinels))).then(None).otherwise(source)


def rewritten(cells: pl.Expr, steps: Sequence[Rewriting]) -> pl.Expr:
    """The texts after all steps."""
    for step in steps:
        changed = cells.str.replace_all(step.what, step.by)
        cells = pl.when(cells.str.contains(step.where)).then(changed).otherwise(cells) if step.where else changed
    return cells
