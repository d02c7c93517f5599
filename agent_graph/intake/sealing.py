"""Sealing: open rows and held-out rows as files of their own, the labels where no sandbox sees them."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import polars as pl

from agent_graph.artifacts import Problem, Profile, Sealed, Specification, TableProfile
from agent_graph.errors import BadInput
from agent_graph.intake.framing.classes import of_one_row
from agent_graph.intake.framing.holdout import choose_holdout
from agent_graph.profiling import reading
from agent_graph.profiling.labels import label

ENDINGS = {"csv": ".csv", "parquet": ".parquet", "jsonl": ".jsonl"}
FEWEST_IN_CLASS = 2
ALIKE_BY_CHANCE = 0.02  # share with unlike answers among rows that look alike, from which looking alike says nothing


def seal(specification: Specification, profile: Profile, problem: Problem, folder: Path) -> Sealed:
    """Split the rows and write `open/`, `holdout/`, `sealed/` and the labels below `folder`, all at once or nothing.

    Cells of a CSV stay as they were but for those that the profile says are not written plainly; lines that are no rows
    are left out. The files are uncompressed UTF-8 in the main table's format. The same data, problem and seed give the
    same bytes. BadInput when a side would be empty; OSError when the disk is full.
    """
    main = profile.main
    labels, mask = _split(specification, main, problem)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(profile, problem, draft, mask)
        _labels(labels.filter(mask), draft / "labels.parquet")
        _labels(labels.filter(~mask), draft / "open_labels.parquet")
        digest = _digest(draft)
        _swap(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    held = int(mask.sum())
    return Sealed(
        open_dir=str(folder / "open"),
        holdout_dir=str(folder / "holdout"),
        labels=str(folder / "labels.parquet"),
        open_labels=str(folder / "open_labels.parquet"),
        open_rows=main.rows - held,
        holdout_rows=held,
        digest=digest,
    )


def _split(specification: Specification, main: TableProfile, problem: Problem) -> tuple[pl.Series, pl.Series]:
    """Labels of all rows, and which rows are held out."""
    frame = reading.typed(main)
    labels = frame.select(label(problem.target, problem.task)).collect()["label"]
    _check_labels(labels, problem)
    keys = frame.select(problem.split.columns).collect() if problem.split.columns else pl.DataFrame()
    twins = _twins(frame, labels, [problem.target.column, *problem.used("leak")])
    return labels, pl.Series("held", choose_holdout(labels, keys, twins, problem.split, specification.seed))


def _twins(frame: pl.LazyFrame, labels: pl.Series, telling: list[str]) -> pl.Series:
    """Equal for rows that are one case delivered twice, each by itself where rows of few signs are often alike.

    Cases that happen to look alike have unlike answers now and then. Kept on one side they would leave the other only
    those of the opposite answer: the sealed rows would contradict what can be learnt of the open ones. How rows look is
    seen without the columns that tell the answer, which no model reads.
    """
    twin, look = pl.struct(pl.all()).hash().alias("twin"), pl.struct(pl.exclude(telling)).hash().alias("look")
    hashes = frame.select(twin, look).collect()
    rows = hashes.with_columns(label=labels).drop_nulls("label")
    looks = rows.group_by("look").agg(pl.len().alias("rows"), pl.col("label").n_unique().alias("answers"))
    alike = looks.filter(pl.col("rows") > 1)
    unlike = alike.filter(pl.col("answers") > 1)["rows"].to_numpy().sum()
    if unlike > ALIKE_BY_CHANCE * alike["rows"].to_numpy().sum():
        return pl.int_range(len(labels), eager=True)
    return hashes["twin"]


def _check_labels(labels: pl.Series, problem: Problem) -> None:
    name = problem.target.column
    if not labels.count():
        raise BadInput(f"target column {name!r} is empty: choose another with --target")
    if labels.drop_nulls().n_unique() < 2:
        raise BadInput(f"the target made of {name!r} is the same in every row: choose another with --target")
    if problem.target.classes:
        counts = labels.drop_nulls().value_counts()
        rare = counts.filter(pl.col("count") < FEWEST_IN_CLASS)["label"].sort().to_list()
        if rare:
            raise BadInput(of_one_row(rare[0], name))


def _write(profile: Profile, problem: Problem, draft: Path, mask: pl.Series) -> None:
    main = profile.main
    hidden = {problem.target.column, *problem.used("leak")}
    seen = [c.name for c in main.columns if c.name not in hidden]
    frame = reading.plain_texts(main).with_columns(pl.lit(mask).alias("\0held"))
    whole = [c.name for c in main.columns]
    for part, held, names in (("open", False, whole), ("holdout", True, seen), ("sealed", True, whole)):
        (draft / part).mkdir()
        rows = frame.filter(pl.col("\0held") == held).select(names)
        _sink(rows, draft / part, main.name, main)
        for side in profile.tables[1:]:
            _sink(reading.plain_texts(side), draft / part, side.name, side)


def _sink(frame: pl.LazyFrame, folder: Path, name: str, like: TableProfile) -> None:
    path = folder / f"{name}{ENDINGS[like.dialect.format]}"
    if like.dialect.format == "parquet":
        frame.sink_parquet(path)
    elif like.dialect.format == "jsonl":
        frame.sink_ndjson(path)
    else:
        frame.sink_csv(path, separator=like.dialect.delimiter, quote_char=like.dialect.quote or '"')


def _labels(labels: pl.Series, path: Path) -> None:
    labels.to_frame("label").write_parquet(path)
    path.chmod(0o600)


def _digest(folder: Path) -> str:
    """SHA-256 over names and contents of all files."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as stream:
            total.update(
                f"{path.relative_to(folder).as_posix()}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode()
            )
    return total.hexdigest()


def _swap(draft: Path, folder: Path) -> None:
    """Put the finished draft in place of the folder in one rename; the former one goes away after it."""
    draft.chmod(0o700)
    if not folder.exists():
        os.replace(draft, folder)
        return
    former = folder.with_name(f".{folder.name}-former-{os.getpid()}")
    os.replace(folder, former)
    os.replace(draft, folder)
    shutil.rmtree(former, ignore_errors=True)
