"""Run the main job on every problem of a folder and write the table of results: make eval PROBLEMS=folder.

The folder holds `problems.json`: {"problems": [{"name", "files", "statement", "target", "task", "metric", "split",
"leakage_columns", …}]} and the data files. Only `statement` and `files` are given to the run; the rest says whether
intake found it. A folder without `problems.json` holds records (JSON lines): see `evals/first_try.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_graph import register
from agent_graph.telling.words import number, promise_words
from evals import first_try
from evals.intake.problems import differences
from evals.running import ASKS, HERE, Ended, made

KINDS_NOT_BUILT = tuple(name for name, kind in register.kinds().items() if not kind.built)


@dataclass(frozen=True)
class Row:
    """One problem's result. `line` is what the terminal said last, for runs without a report."""

    name: str
    exit_code: int
    seconds: float
    intake: str
    verdict: str
    score: str
    baseline: str
    dummy: str
    promise: str
    checks: str
    line: str


def main() -> int:
    """Run the problems named (default all); 0 when every built kind ended proven."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--budget", default="20s")
    parser.add_argument("--keep", type=Path, help="folder to keep the projects in")
    parser.add_argument("--table", type=Path, help="rows of problems that aren't run now stay in it")
    parser.add_argument(
        "--given", action="store_true", help="target and task are named, as a person would who was asked"
    )
    drawn = parser.add_argument_group("where the folder holds records")
    drawn.add_argument("--draw", type=int, default=60, help="most runs")
    drawn.add_argument("--seed", type=int, default=0, help="of the draw")
    drawn.add_argument("--fresh", action="store_true", help="run again what was run with other code")
    given = parser.parse_args()
    if not (given.folder / "problems.json").is_file():
        table = given.table or HERE / "results" / "first_try.md"
        return first_try.run(given.folder, given.names, table, first_try.How.of(given))
    table = given.table or HERE / "results" / "open.md"
    problems = json.loads((given.folder / "problems.json").read_text("utf-8"))["problems"]
    chosen = [p for p in problems if not given.names or p["name"] in given.names]
    rows = []
    for problem in chosen:
        named = given.given and problem["task"] not in KINDS_NOT_BUILT  # theirs is no single column
        words = ("--target", problem["target"], "--task", problem["task"]) if named else ()
        row = run(problem, given.folder, given.budget, given.keep, words)
        rows.append((problem, row))
        print(
            f"{row.name:<16} {row.verdict:<14} {row.score:>8} {row.seconds:6.0f} s  {row.checks}  {row.line[:160]}",
            flush=True,
        )
        write(table, [problem["name"] for problem in problems], rows, (given.budget, given.given))
    right = [row.verdict == ("not built yet" if p["task"] in KINDS_NOT_BUILT else "proven") for p, row in rows]
    print(f"{sum(right)} of {len(right)} as hoped")
    return 0 if all(right) else 1


def run(problem: dict[str, Any], folder: Path, budget: str, keep: Path | None, words: tuple[str, ...] = ()) -> Row:
    """One `agent-graph new` with the statement as given; caches are shared, the project is thrown away."""
    return _row(problem, made(problem, folder, budget, keep, words))


def _row(problem: dict[str, Any], ended: Ended) -> Row:
    report, line = ended.report, ended.last_line
    if report is None:
        not_built = ended.exit_code == 2 and "built yet" in line
        return Row(
            problem["name"],
            ended.exit_code,
            ended.seconds,
            "",
            "not built yet" if not_built else "asks" if ended.exit_code == ASKS else "no report",
            "",
            "",
            "",
            "",
            "",
            line,
        )
    holdout = report.proof.holdout if report.proof else None
    words = promise_words(report.proof, report.problem)
    failed = [check.name for check in report.checks if check.verdict == "failed"]
    counts = f"{report.count('passed')}/{report.count('failed')}/{report.count('not_checked')}"
    return Row(
        problem["name"],
        ended.exit_code,
        ended.seconds,
        "; ".join(differences(report.problem, problem)) or "right",
        report.verdict,
        number(holdout.score) if holdout else "",
        number(holdout.baseline) if holdout else "",
        number(holdout.dummy) if holdout else "",
        words[0].rstrip(".") if words else "",
        counts,
        ", ".join(failed),
    )


def write(path: Path, order: list[str], rows: list[tuple[dict[str, Any], Row]], how: tuple[str, bool]) -> None:
    """The table as Markdown, made anew after every problem; what it held of others stays.

    `how`: the budget, and whether target and task were named.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    former = path.read_text("utf-8").splitlines() if path.is_file() else []
    made = {name: line for line in former for name in order if line.startswith(f"| {name} |")}
    command = "make eval PROBLEMS=" + (
        '"<folder with problems.json> --given"' if how[1] else "<folder with problems.json>"
    )
    lines = [
        f"# Open problems, {'target and task named' if how[1] else 'statement alone'}, `--yes --budget {how[0]}`",
        "",
        f"Made by `{command}`. Checks: passed/failed/not checked.",
        "",
        "| problem | intake | verdict | metric | sealed score | baseline | dummy | promise | checks | seconds | said |",
        "|---|---|---|---|---:|---:|---:|---|---|---:|---|",
    ]
    for problem, row in rows:
        said = row.line.replace("|", "/")[:200]
        cells = (row.name, row.intake, row.verdict, problem["metric"], row.score, row.baseline, row.dummy, row.promise)
        made[row.name] = f"| {' | '.join(cells)} | {row.checks} | {row.seconds:.0f} | {said} |"
    lines += [made[name] for name in order if name in made]
    path.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
