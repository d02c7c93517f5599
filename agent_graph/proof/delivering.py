"""Rows that came without their answer are predicted by the project's own batch command, and handed over as CSV."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from agent_graph.artifacts import Check, Delivered, Problem, TableProfile
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import tracking
from agent_graph.profiling import reading
from agent_graph.proof.steps import ending
from agent_graph.workspace import PREDICTED, remove

ENDINGS = {"csv": ".csv", "parquet": ".parquet", "jsonl": ".jsonl"}
ROW, ANSWER = "row", "prediction"


def deliver(bench: Bench, trained: Path, folder: Path) -> tuple[list[Check], tuple[Delivered, ...]]:
    """Predict every table that was given for it with the proven model (`trained` holds data and artifacts).

    A file of the folder for each, its rows in their order: what names a row, then the answer. A table that the project
    can't predict is a failed check that says why.
    """
    wanted = bench.profile.to_predict
    remove(folder)
    if not wanted:
        return [], ()
    folder.mkdir(parents=True)
    places = bench.scratch / "wanted"
    outputs = {table.name: f"artifacts/{PREDICTED}/{table.name}.csv" for table in wanted}
    for table in wanted:
        _lay(table, bench.profile.main, places / table.name)
    steps = [
        bench.command("batch", "--input", f"/wanted/{table.name}", "--output", outputs[table.name],
                      step=table.name, timeout_s=60 + table.rows / 2_000) for table in wanted
    ]  # fmt: skip
    result, out = replace(bench, store=trained).session(
        steps, mounts={"wanted": places}, collect=tuple(outputs.values()), preload=tracking.learn(bench)
    )
    findings, delivered = Findings("mlops"), []
    for table in wanted:
        step, target = result.step(table.name), folder / f"{table.name}.csv"
        why = f"{ending(step)}: {last_lines(step.err or step.out, 4)}" if not step.ok else ""
        why = why or _written(out / outputs[table.name], table, bench.problem, target)
        told = f"{table.rows:,} rows of {table.name} predicted by the project's batch command"
        findings.add(f"predicts_{table.name}", not why, why or told, step.seconds)
        if not why:
            delivered.append(Delivered(table=table.name, file=f"{PREDICTED}/{table.name}.csv", rows=table.rows))
    return findings.checks, tuple(delivered)


def _lay(table: TableProfile, main: TableProfile, place: Path) -> None:
    """The table as a landing folder of the main one: the user's own files where written alike, else rewritten."""
    place.mkdir(parents=True)
    ending = ENDINGS[main.dialect.format]
    if _alike(table, main):
        packed = ".gz" if table.dialect.compression == "gzip" else ""
        single = len(table.files) == 1
        for number, file in enumerate(table.files):
            target = place / (main.name + ending + packed if single else f"{main.name}/{number:06d}{ending}{packed}")
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(file, target)
        return
    frame, target = reading.plain_texts(table), place / f"{main.name}{ending}"
    if main.dialect.format == "parquet":
        frame.sink_parquet(target)
    elif main.dialect.format == "jsonl":
        frame.sink_ndjson(target)
    else:
        frame.sink_csv(target, separator=main.dialect.delimiter, quote_char=main.dialect.quote or '"')


def _alike(table: TableProfile, main: TableProfile) -> bool:
    """Whether the files are written in one way, missing values and packing aside."""
    ours, theirs = (
        one.dialect.model_copy(update={"null_tokens": (), "compression": "none", "unpacked": (), "dropped": ()})
        for one in (table, main)
    )
    return ours == theirs and table.layout == main.layout


def _written(answer: Path, table: TableProfile, problem: Problem, target: Path) -> str:
    """Write answers beside what names their rows; why that can't be done, or ""."""
    told = {*problem.used("identifier"), problem.entity}
    names = [c.name for c in table.columns if c.name in told or c.kind == "identifier"]
    if not answer.is_file():
        return "the command wrote no file"
    known = reading.texts(table.files, table.dialect, table.layout).select(pl.col(names).cast(pl.String)).collect()
    count = 0
    with answer.open(encoding="utf-8", newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
        rows = csv.reader(source)
        head = next(rows, [])
        if head[:2] != [ROW, ANSWER]:
            return f"its columns are {', '.join(head[:4])}, not {ROW}, {ANSWER}"
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*names, *head] if not names else [*names, *head[1:]])
        for cells, named in zip(rows, _named(known, table.rows), strict=False):
            if cells[0] != str(count):
                return f"row {count} is missing among the answers"
            writer.writerow([*named, *cells[1:]] if names else cells)
            count += 1
    return "" if count == table.rows else f"{count:,} answers for {table.rows:,} rows"


def _named(known: pl.DataFrame, rows: int) -> Iterator[tuple[str | None, ...]]:
    return known.iter_rows() if known.width else iter([()] * rows)
