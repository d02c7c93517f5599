"""The open rows as raw texts, read and written by the host in the project's own dialect."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from agent_graph.artifacts import Dialect, Problem, Profile
from agent_graph.bench import Bench
from agent_graph.measuring.samples import read_texts
from agent_graph.profiling import reading

NEWEST_ROWS = 2_000


class RawRows:
    """The open rows as raw texts, without what they mean; missing is null."""

    def __init__(self, bench: Bench) -> None:
        self.dialect: Dialect = bench.profile.main.dialect
        self.table = bench.profile.main.name
        self.folder = Path(bench.sealed.open_dir)
        self.path = next(path for path in sorted(self.folder.iterdir()) if path.name.split(".")[0] == self.table)
        self.frame = self.read(self.path)

    def read(self, path: Path) -> pl.DataFrame:
        """One raw file; csv as texts, the others with their own types as texts."""
        frame = read_texts(path, self.dialect)
        if self.dialect.format == "csv":
            tokens = self.dialect.null_tokens
            return frame.select(reading.without_tokens(pl.col(name), tokens).alias(name) for name in frame.columns)
        return frame.cast(pl.String) if self.dialect.format == "jsonl" else frame

    def write(self, frame: pl.DataFrame, stem: Path) -> Path:
        """Write rows in the table's own format."""
        path = stem.with_name(f"{stem.name}.{self.dialect.format}")
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.dialect.format == "csv":
            frame.write_csv(path, separator=self.dialect.delimiter, quote_char=self.dialect.quote or '"')
        elif self.dialect.format == "parquet":
            frame.write_parquet(path)
        else:
            frame.write_ndjson(path)
        return path


def newest(rows: RawRows, problem: Problem, profile: Profile, share: float) -> pl.DataFrame:
    """All labelled rows, or for a split by time the newest `share` (at least 2,000 rows), which stand for "now".

    The share is that of the monitor's reference: within a longer or a shorter "now" the seasons differ in earnest.
    """
    frame = rows.frame.filter(pl.col(problem.target.column).is_not_null())
    if problem.split.kind != "time":
        return frame
    column = profile.column(problem.split.columns[0])
    moment = reading.expression(column, frame.schema[column.name], profile.main.dialect.null_tokens)
    keep = max(int(len(frame) * share), min(NEWEST_ROWS, len(frame)))
    return frame.filter(moment.is_not_null()).sort(moment, maintain_order=True).tail(keep)


def unseen(rows: RawRows, bench: Bench, size: int) -> pl.DataFrame | None:
    """Held-out rows (features only), which no model was trained on; None when there are fewer than `size`.

    For a split by time they are the future, which may have drifted in earnest, so they aren't used then.
    """
    folder = Path(bench.sealed.holdout_dir or "/nonexistent")
    if bench.problem.split.kind == "time" or not folder.is_dir():
        return None
    path = next((path for path in sorted(folder.iterdir()) if path.name.split(".")[0] == rows.table), None)
    frame = None if path is None else rows.read(path)
    return frame if frame is not None and len(frame) >= size else None
