"""Judges the batch command: the same numbers as `predict`, its speed, and going on after a kill."""

from __future__ import annotations

from typing import Any

from agent_graph.bench import Findings, last_lines
from agent_graph.measuring.replies import TOLERANCE, Prediction, difference
from agent_graph.sandbox import SessionResult

BATCH_SHARE = 0.4  # of the bare estimator: reading and casting wide text files takes its part
ENOUGH = 200_000  # rows a CPU second: from here on the files take the time, however quick the estimator is
CELLS = 500_000  # values a CPU second: the same of wide tables, whose numbers have to be read one by one


def same_files(
    predicted: list[Prediction] | None, batch: list[Prediction] | None, session: SessionResult
) -> dict[str, Any]:
    """The verdict on `predict` against `batch` in chunks, as arguments of `Findings.add`."""
    found = {"name": "batch_equals_predict", "seconds": session.step("predict").seconds + session.step("batch").seconds}
    for name, table in (("predict", predicted), ("batch", batch)):
        if table is None:
            said = last_lines(session.step(name).err, 3)
            return {**found, "verdict": False, "evidence": f"{name} wrote no predictions file: {said}"}
    gap = difference(predicted or [], batch or [])
    text = f"{len(predicted or [])} rows, batch in chunks of 100: the largest difference to predict is {gap:.2g}"
    return {**found, "verdict": gap <= TOLERANCE, "evidence": text, "difference": min(gap, 1e9)}


def judge(report: dict[str, Any] | None, said: str, columns: int, findings: Findings) -> None:
    """The verdicts on the batch command's speed, of rows of so many columns, and on going on after a kill."""
    if report is None:
        for name in ("batch_throughput", "batch_resumes"):
            findings.add(name, False, f"the probe of batch ended without a report: {said}")
        return
    bare, batch = report["speed"]["bare_s_per_row"], report["speed"]["batch_s_per_row"]
    share = bare / batch if bare > 0 and batch > 0 else 0.0
    rows = 1 / batch if batch > 0 else 0.0
    text = (
        f"{rows:,.0f} rows of {columns} columns a CPU second from file to file, the bare estimator "
        f"{1 / bare if bare > 0 else 0:,.0f}: {share:.2f} of its speed (bar {BATCH_SHARE}, or {ENOUGH:,} rows, or "
        f"{CELLS:,} values)"
    )
    numbers = {"rows_per_cpu_second": rows, "share_of_bare": share}
    good = share >= BATCH_SHARE or rows >= ENOUGH or rows * columns >= CELLS
    findings.add("batch_throughput", good, text, 0.0, **numbers)
    drill = report["resume"]
    if drill["chunks_at_kill"] == 0:
        findings.not_checked("batch_resumes", "batch ended before it could be killed between two chunks")
        return
    good = drill["same"] and not drill["output_at_kill"] and drill["chunks_made_again"] == 0
    text = (
        f"killed with {drill['chunks_at_kill']} chunks done: output there {drill['output_at_kill']}, chunks made again "
        f"{drill['chunks_made_again']}, same bytes as an undisturbed run {drill['same']}"
    )
    findings.add("batch_resumes", good, text, 0.0, chunks_kept=drill["chunks_at_kill"])
