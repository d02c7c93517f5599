"""The answer that was asked for, as the project delivers it of the sealed rows: all of it, once, for reasons that hold.

The labels aren't needed for that, and aren't looked at.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph.artifacts import Check, ListedRow
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import scoring, tracking
from agent_graph.measuring.rows import RawRows
from agent_graph.measuring.syntax import json_file, json_value
from agent_graph.proof.steps import ending
from agent_graph.sandbox import SessionResult, Step

DELIVERIES = "artifacts/deliveries"
PREDICTIONS, LIST, FACTS = "predictions.csv", "list.csv", "delivery.json"
ONCE, TWICE = "deliver", "deliver again"
ASKED, OTHERS = 40, 10  # listed rows whose first reason is tried, and the other rows whose values they get
GATE_SAID_NO = 3
CHECKS = ("answer_delivered", "delivered_once", "reasons_hold")
FIRST, LONGEST = 5, 200  # rows that the report shows, signs of a text in it
AGREE = 0.8  # share of them whose answer must fall
ROOM = 2.0  # times that what is told of it may differ, on average, from what ten other rows show
MOST_BYTES = 200_000_000
NAMING = ("identifier", "group", "time")


def steps(bench: Bench) -> tuple[Step, ...]:
    """The sealed rows come in, and nothing new comes after them."""
    words = ("deliver", "--input", "/holdout", "--output", DELIVERIES)
    return tuple(bench.command(*words, step=step, timeout_s=180) for step in (ONCE, TWICE))


def judge(bench: Bench, result: SessionResult, out: Path, predictions: Path) -> tuple[list[Check], Path | None]:
    """Every check of the answer, and the folder of a delivery without fault.

    `predictions` are the project's own of the same rows.
    """
    findings = Findings("mlops")
    once = result.step(ONCE)
    if once.rc == GATE_SAID_NO and bench.problem.split.kind == "time":  # the future may differ: it is refused rightly
        why = f"the sealed rows are of a later time and aren't answered: {last_lines(once.err, 1)}"
        for name in CHECKS if bench.problem.top_k else CHECKS[:-1]:
            findings.not_checked(name, why)
        return findings.checks, None
    made = sorted(path for path in (out / DELIVERIES).glob("[!.]*") if path.is_dir())
    if once.ok:
        _again(findings, result)
    if not once.ok or len(made) != 1:
        said = f"{ending(once)}: {last_lines(once.err or once.out, 4)}"
        findings.add("answer_delivered", False, f"{len(made)} deliveries were made; {said}", once.seconds)
        return findings.checks, None
    try:
        wrong = list(_faults(bench, made[0], predictions))
    except (scoring.InvalidPredictions, pl.exceptions.PolarsError, ValueError) as error:
        wrong = [f"it can't be read: {error}"]
    told = f"{bench.sealed.holdout_rows:,} rows answered as predict answers them, beside what names them"
    wanted = bench.problem.top_k
    told += f"; the {wanted:,} highest listed, the highest first" if wanted else ""
    findings.add("answer_delivered", not wrong, "; ".join(wrong) or told, once.seconds)
    if wanted and not wrong:
        _reasons(findings, bench, made[0])
    return findings.checks, None if wrong else made[0]


def _again(findings: Findings, result: SessionResult) -> None:
    """The same rows give the same delivery, not another one."""
    first, second = (_printed(result.step(name).out) for name in (ONCE, TWICE))
    same = second.get("new") is False and first.get("delivery") == second.get("delivery") is not None
    said = (
        "the same rows a second time: nothing new" if same else f"the same rows a second time: {second or 'no answer'}"
    )
    findings.add("delivered_once", same and first.get("new") is True, said, result.step(TWICE).seconds)


def _printed(text: str) -> dict[str, object]:
    try:
        found = json_value(text.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return {}
    return found if isinstance(found, dict) else {}


def _faults(bench: Bench, folder: Path, predictions: Path) -> Iterator[str]:
    """What a delivery lacks."""
    table, known = pl.read_csv(_bounded(folder / PREDICTIONS), infer_schema=False), _raw(bench)
    answers = bench.scratch / "answers.csv"  # without what names the rows
    wanted = pl.read_csv(predictions, infer_schema=False, n_rows=0).columns
    table.select(name for name in wanted if name in table.columns).write_csv(answers)
    worst = scoring.difference(predictions, answers)
    if worst > 1e-9:
        yield f"its answers differ from those of predict by up to {worst:.3g}"
    for name in naming(bench):
        if name not in table.columns:
            yield f"{name!r}, which names a row, isn't beside the answers"
        elif not _alike(known[name], table[name], dated=bench.profile.column(name).kind == "datetime"):
            yield f"{name!r} isn't that of the rows"
    if bench.problem.top_k:
        yield from _list_faults(bench, folder, scoring.predictions(answers, bench.sealed.holdout_rows, bench.problem))


def _list_faults(bench: Bench, folder: Path, answer: scoring.Answer) -> Iterator[str]:
    wanted = min(bench.problem.top_k or 0, bench.sealed.holdout_rows)
    table = pl.read_csv(_bounded(folder / LIST), infer_schema=False)
    rows = table["row"].cast(pl.Int64).to_numpy()
    if len(rows) != wanted or len(set(rows.tolist())) != wanted or not set(rows.tolist()) <= set(answer.rows.tolist()):
        yield f"the list holds {len(rows)} lines, {wanted} different rows are wanted"
        return
    score = strength(answer.values)[np.argsort(answer.rows)]
    listed = score[rows]
    if np.any(np.diff(listed) > 1e-6) or listed.min() < np.sort(score)[-wanted] - 1e-6:
        yield "the list isn't that of the highest rows, the highest first"
    if not np.allclose(table["score"].cast(pl.Float64).to_numpy(), listed, atol=1e-4):
        yield "its scores aren't those of the predictions"
    for name in naming(bench):
        if name not in table.columns:
            yield f"{name!r}, which names a row, isn't in the list"


def strength(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What rows are put in order by: a number, the share of the positive class, of several classes the likeliest's."""
    if values.ndim == 1:
        return values
    return np.asarray(values[:, 1] if values.shape[1] == 2 else values.max(axis=1))


def naming(bench: Bench) -> list[str]:
    """Columns of the main table that say which row it is, of those that the data contract keeps."""
    kept = {column.name for column in bench.data.columns} if bench.data else set()
    own = {column.name for column in bench.profile.main.columns}
    return [role.name for role in bench.problem.columns if role.use in NAMING and role.name in kept & own]


def _raw(bench: Bench) -> pl.DataFrame:
    """The sealed rows as raw texts."""
    rows = RawRows(bench)
    return rows.read(
        next(p for p in sorted(Path(bench.sealed.holdout_dir).iterdir()) if p.name.split(".")[0] == rows.table)
    )


def _alike(ours: pl.Series, theirs: pl.Series, *, dated: bool) -> bool:
    """Whether texts mean the same; a moment may be written otherwise, a number too."""
    if len(ours) != len(theirs):
        return False
    if dated:
        return ours.n_unique() == theirs.n_unique()
    mine, other = (side.cast(pl.String).fill_null("").str.strip_chars() for side in (ours, theirs))
    numbers = (mine.cast(pl.Float64, strict=False), other.cast(pl.Float64, strict=False))
    return bool(((mine == other) | (numbers[0] == numbers[1]).fill_null(value=False)).all())


def _bounded(path: Path) -> Path:
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} is missing or too large")
    return path


def first_rows(folder: Path | None, names: Sequence[str]) -> tuple[ListedRow, ...]:
    """The first rows of a list that was found good; none without one."""
    if folder is None or not (folder / LIST).is_file():
        return ()
    found: list[ListedRow] = []
    for line in pl.read_csv(folder / LIST, infer_schema=False, n_rows=FIRST).iter_rows(named=True):
        named = ", ".join(f"{name} {line[name]}" for name in names if line.get(name)) or f"row {line['row']}"
        reasons = tuple(str(line[key])[:LONGEST] for key in line if key.startswith("reason_") and line[key])
        score = float(line["score"])
        found.append(ListedRow(rank=len(found) + 1, named=named[:LONGEST], score=score, reasons=reasons[:3]))
    return tuple(found)


@dataclass(frozen=True)
class _Asked:
    """A listed row and the columns that are said to have brought it there."""

    row: int
    columns: tuple[str, ...]
    effect: float  # how much of the answer they are said to be good for


def _reasons(findings: Findings, bench: Bench, folder: Path) -> None:
    """`reasons_hold`: with other rows' values in the columns of its first reason a row's answer falls, in most rows."""
    listed = pl.read_csv(folder / LIST, infer_schema=False)
    raw = _raw(bench)
    asked = _drawn(listed, raw.columns, _together(folder))
    if not asked:
        findings.not_checked("reasons_hold", "no first reason names a column of the rows alone")
        return
    answers = _answers(bench, raw, asked)
    if isinstance(answers, str):
        findings.add("reasons_hold", False, answers)
        return
    own, changed = answers
    falls = own - changed.mean(axis=1)
    share, told = float((falls > 0).mean()), float(np.mean([one.effect for one in asked]))
    text = (
        f"{share:.0%} of {len(asked)} listed rows are answered lower with other rows' values in their first reason, "
        f"{AGREE:.0%} are asked for; by {float(falls.mean()):.3g} on average, {told:.3g} is told"
    )
    alike = told / ROOM <= float(falls.mean()) <= told * ROOM
    findings.add("reasons_hold", share >= AGREE and alike, text, share=share)


def _together(folder: Path) -> list[list[str]]:
    """The columns that are said to belong together, so that other values are given to all of them."""
    found = json_file(folder / FACTS, MOST_BYTES)
    groups = found.get("together") if isinstance(found, dict) else None
    return [[str(name) for name in group] for group in groups or [] if isinstance(group, list)]


def _drawn(listed: pl.DataFrame, columns: Sequence[str], together: Sequence[Sequence[str]]) -> list[_Asked]:
    """Some rows of the list, evenly, with the columns of their first reason; those that name another are left out."""
    if not {"reason_1", "effect_1"} <= set(listed.columns):
        return []
    picks = np.unique(np.linspace(0, len(listed) - 1, ASKED).astype(int))
    found = []
    numbers = pl.col("row").cast(pl.Int64), pl.col("effect_1").cast(pl.Float64, strict=False).fill_null(float("nan"))
    for row, effect, reason in listed.select(*numbers, "reason_1")[picks].rows():
        named = {name for name in columns if reason and f", {name} = " in f", {reason}"}
        group = next((set(group) for group in together if named and named <= set(group)), named)
        whole = bool(named) and reason.count(" = ") == len(named) and group <= set(columns)
        found += [_Asked(row, tuple(sorted(group)), effect)] if whole else []
    return found


def _answers(
    bench: Bench, raw: pl.DataFrame, asked: list[_Asked]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | str:
    """(rows,) answers as they are and (rows, others) with other rows' values, by `predict`; or why there are none."""
    others = raw[np.linspace(0, len(raw) - 1, OTHERS).astype(int)]
    frames = [raw[[one.row for one in asked]]]
    frames += [
        pl.concat([raw[one.row]] * len(others)).with_columns(others[name] for name in one.columns) for one in asked
    ]
    place, rows = bench.scratch / "reasons", RawRows(bench)
    shutil.copytree(bench.sealed.holdout_dir, place, ignore=shutil.ignore_patterns(f"{rows.table}.*"))
    rows.write(pl.concat(frames), place / rows.table)
    step = bench.command("predict", "--input", "/reasons", "--output", "artifacts/reasons.csv", timeout_s=120)
    result, out = bench.session(
        [step], mounts={"reasons": place}, collect=("artifacts/reasons.csv",), preload=tracking.learn(bench)
    )
    done, count = result.step(step.name), len(asked) * (1 + len(others))
    if not done.ok:
        return f"{ending(done)}: {last_lines(done.err or done.out, 4)}"
    try:
        answer = scoring.predictions(out / "artifacts/reasons.csv", count, bench.problem)
    except scoring.InvalidPredictions as error:
        return f"rows with other values: {error}"
    values = strength(answer.values)[np.argsort(answer.rows)]
    return values[: len(asked)], values[len(asked) :].reshape(len(asked), len(others))
