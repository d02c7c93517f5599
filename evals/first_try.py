"""Whole runs on tables that nobody tuned to: how many end proven at first try, and how many after repair.

A folder holds records (JSON lines: a statement, how its table is made, what a right reading is) and may hold a
`build.py` that makes the tables: `build.py RECORDS OUT ID`; without one `evals.intake.tables` does. Runs are drawn by
chance over kinds of question, splits, sizes and languages. What was run is kept beside the table, so that a stopped
evaluation goes on where it was; `--fresh` runs again what was run with other code.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any

from agent_graph import register
from agent_graph.artifacts import Check
from agent_graph.settings import settings
from agent_graph.telling.words import number, promise_words
from evals.running import ASKS, HERE, Ended, made

BUILT = tuple(name for name, kind in register.kinds().items() if kind.built)
SIZES = ((200, "under 200"), (1_000, "200 to 1,000"), (10**9, "over 1,000"))
FAILED_LINE = re.compile(r"s\s+[\w-]+\s+(\w+) failed(?: \([\d.]+ s\))?(?:: (.*))?$", re.MULTILINE)
FEWEST_ROWS = 60  # smaller tables aren't drawn: below 50 a run refuses them
LONGEST = 240  # signs of an evidence line in the table
CODE = ("agent_graph", "templates", "prompts")


@dataclass(frozen=True)
class How:
    """What is asked of an evaluation."""

    draw: int  # most runs
    seed: int
    budget: str
    given: bool  # what was meant is said, as a person would who was asked
    fresh: bool
    keep: Path | None  # a folder for the projects

    @classmethod
    def of(cls, words: argparse.Namespace) -> How:
        """From the command line of `evals.run`."""
        return cls(**{each.name: getattr(words, each.name) for each in fields(cls)})


@dataclass(frozen=True)
class Case:
    """One record as it is run: which of the right splits was drawn, and where its table lies."""

    record: dict[str, Any]
    split: str  # "random", "group:COLUMN" or "time:COLUMN"
    table: Path
    rows: int

    @property
    def stratum(self) -> tuple[str, str, str]:
        """What runs are spread over: task, kind of split, size."""
        size = next(name for most, name in SIZES if self.rows < most)
        return self.record["expected"]["task"], self.split.partition(":")[0], size

    def words(self, *, given: bool) -> tuple[str, ...]:
        """The options of `new`: with `given` what the record says was meant, else none."""
        wanted = self.record["expected"]
        if not given:
            return ()
        settings_ = {"split": self.split, "drop": ",".join(wanted["never"]), "keep": ",".join(wanted.get("fine", ()))}
        if wanted["task"] == "binary" and "positive" in wanted:
            settings_["positive_class"] = str(wanted["positive"])
        pairs = [part for key, value in settings_.items() if value for part in ("--set", f"{key}={value}")]
        return ("--target", wanted["target"], "--task", wanted["task"], *pairs)


@dataclass(frozen=True)
class Result:
    """How one run ended. `failures` are check names with the first line of their evidence, where it is known."""

    id: str
    language: str
    task: str
    split: str
    rows: int
    end: str  # proven at first try | proven after repair | not proven | refused | asks | crashed
    promise: str
    score: str
    baseline: str
    unchecked: int
    failures: tuple[tuple[str, str], ...]
    seconds: float
    code: str  # digest of the code that ran


def run(folder: Path, names: Sequence[str], table: Path, how: How) -> int:
    """Draw, run what isn't kept yet, write the table after each run; 0 when all ended proven at first try."""
    kept_at = table.with_suffix(".jsonl")
    known = {row["key"]: row for row in _lines(kept_at)} if kept_at.is_file() else {}
    code, results = digest_of_code(), []
    for case in drawn(cases(folder, names), how.draw, how.seed):
        asked = key(case, how)
        if asked not in known or (how.fresh and known[asked]["code"] != code):
            result = _run(case, how, code)
            known[asked] = {"key": asked, **asdict(result)}
            kept_at.parent.mkdir(parents=True, exist_ok=True)
            kept_at.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in known.values()), "utf-8")
            print(f"{result.id:<8} {result.task:<10} {result.split.partition(':')[0]:<7} {result.rows:>6} "
                  f"{result.end:<20} {result.seconds:5.0f} s  {_first(result)[:140]}", flush=True)  # fmt: skip
        row = {name: value for name, value in known[asked].items() if name != "key"}
        results.append(Result(**row | {"failures": tuple(map(tuple, row["failures"]))}))
        table.write_text(page(results, how, names), "utf-8")
    print("\n".join(summary(results)))
    return 0 if results and all(result.end == "proven at first try" for result in results) else 1


def cases(folder: Path, names: Sequence[str]) -> list[Case]:
    """The records of built kinds whose question is settled, with their tables built; `names` are ids, or all."""
    made_at = settings().cache_dir / "first-try"
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for record in _lines(path):
            wanted = record.get("expected", {})
            closed = wanted.get("target") and not any(wanted.get(key) for key in ("ask", "refuse", "build", "filter"))
            if wanted.get("task") not in BUILT or not closed or (names and record["id"] not in names):
                continue
            table = _table(record, path, made_at)
            split = random.Random(record["id"]).choice(wanted["split"] or ["random"])  # noqa: S311
            with table.open("rb") as stream:
                found.append(Case(record, split, table, sum(1 for _ in stream) - 1))
    return found


def drawn(found: Iterable[Case], most: int, seed: int) -> list[Case]:
    """At most so many, in turn from each stratum, by chance within one and with languages in turn."""
    chance = random.Random(seed)  # noqa: S311
    strata: dict[tuple[str, ...], list[Case]] = defaultdict(list)
    for case in found:
        strata[case.stratum].append(case)
    turns = []
    for members in strata.values():
        chance.shuffle(members)
        seen: dict[str, int] = defaultdict(int)
        for case in members:
            seen[case.record["language"]] += 1
            turns.append((seen[case.record["language"]], chance.random(), case))
    by_stratum: dict[tuple[str, ...], int] = defaultdict(int)
    order = []
    for _, by_chance, case in sorted(turns, key=lambda turn: turn[:2]):
        by_stratum[case.stratum] += 1
        order.append((by_stratum[case.stratum], by_chance, case))
    enough = (case for *_, case in sorted(order, key=lambda turn: turn[:2]) if case.rows >= FEWEST_ROWS)
    return list(islice(enough, most))


def digest_of_code() -> str:
    """Of all that a run's end depends on, ten signs."""
    found = hashlib.sha256()
    for name in CODE:
        for path in sorted((HERE.parent / name).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                found.update(str(path.relative_to(HERE.parent)).encode() + path.read_bytes())
    return found.hexdigest()[:10]


def page(results: Sequence[Result], how: How, names: Sequence[str] = ()) -> str:
    """The table as Markdown: the numbers, each run, each failure; `names` are those that were asked for."""
    given = " --given" if how.given else ""
    chosen = "".join(f" {name}" for name in names)
    draw = f"--draw {how.draw} --seed {how.seed} --budget {how.budget}{given}"
    lines = [
        "# Proven at first try: whole runs on drawn tables", "",
        f'Made by `make eval PROBLEMS="folder{chosen} {draw}"`; `folder` holds records and their `build.py`. '
        + ("Target, task, event, split and forbidden columns were given." if how.given else "The statement alone."),
        "", *(f"- {line}" for line in summary(results)), "",
        "| table | language | task | split | rows | end | sealed score | plain baseline | promise | not checked "
        "| seconds | code |",
        "|---|---|---|---|---:|---|---:|---:|---|---:|---:|---|",
    ]  # fmt: skip
    for each in results:
        kind = each.split.partition(":")[0]
        cells = (each.id, each.language, each.task, kind, f"{each.rows:,}", each.end, each.score, each.baseline)
        rest = (each.promise, str(each.unchecked), f"{each.seconds:.0f}", each.code)
        lines.append(f"| {' | '.join((*cells, *rest))} |")
    if broken := [each for each in results if each.failures]:
        lines += ["", "| table | seconds | check | first line of its evidence |", "|---|---:|---|---|"]
        for each in broken:
            lines += [f"| {each.id} | {each.seconds:.0f} | {name} | {_cell(said)} |" for name, said in each.failures]
    return "\n".join(lines) + "\n"


def summary(results: Sequence[Result]) -> list[str]:
    """The two numbers, the promises, and with how many states of the code they were made."""
    total = len(results)
    first = sum(result.end == "proven at first try" for result in results)
    repaired = sum(result.end == "proven after repair" for result in results)
    promised = [result for result in results if result.promise]
    kept = sum(result.promise != "Promise broken" for result in promised)
    states = len({result.code for result in results})
    return [
        f"proven at first try: {first} of {total}",
        f"proven after repair: {repaired} of {total}",
        f"promises kept: {kept} of {len(promised)}",
        f"states of the code that these were run with: {states}",
    ]


def _run(case: Case, how: How, code: str) -> Result:
    record = case.record
    problem = {"name": f"first-try-{record['id']}", "files": [case.table.name], "statement": record["statement"]}
    # A person whose split is refused, as by four groups, follows the remedy where another would be right as well.
    for split in dict.fromkeys((case.split, *record["expected"]["split"])):
        case = replace(case, split=split)
        ended = made(problem, case.table.parent, how.budget, how.keep, case.words(given=how.given))
        if not how.given or end_of(ended) != "refused":
            break
    report = ended.report
    holdout = report.proof.holdout if report and report.proof else None
    words = promise_words(report.proof, report.problem) if report else None
    return Result(
        record["id"], record["language"], record["expected"]["task"], case.split, case.rows,
        end=end_of(ended), promise=words[0].rstrip(".") if words else "",
        score=number(holdout.score) if holdout else "", baseline=number(holdout.baseline) if holdout else "",
        unchecked=report.count("not_checked") if report else 0,
        failures=failures_of(ended), seconds=round(ended.seconds, 1), code=code,
    )  # fmt: skip


def end_of(ended: Ended) -> str:
    """In which of the ways a run ended; without repair when every gate and the proof passed as first measured."""
    report = ended.report
    if report is None:
        return {2: "refused", 3: "refused", ASKS: "asks"}.get(ended.exit_code, "crashed")
    if report.verdict != "proven":
        return "not proven"
    tries = [account.gate.attempt for account in report.roles if account.gate]
    tries += [report.proof.attempt] if report.proof else []
    return "proven at first try" if max(tries, default=1) == 1 else "proven after repair"


def failures_of(ended: Ended) -> tuple[tuple[str, str], ...]:
    """Failed checks of the last state with their evidence, then those that failed on the way and were mended."""
    if ended.report is None:
        return ((end_of(ended), ended.last_line),)
    last = {check.name: _said(check) for check in ended.report.checks if check.verdict == "failed"}
    told = (found.groups(default="") for found in FAILED_LINE.finditer(ended.said))
    before = {
        name: f"(mended in the run) {said}".strip() for name, said in told if name not in {*last, "gate", "proof"}
    }
    return tuple({**last, **before}.items())


def _said(check: Check) -> str:
    return next((line for line in check.evidence.splitlines() if line.strip()), "")


def _first(result: Result) -> str:
    return ": ".join(result.failures[0]) if result.failures else ""


def _cell(text: str) -> str:
    return text.replace("|", "/").replace(str(Path.home()), "~")[:LONGEST]


def key(case: Case, how: How) -> str:
    """Digest of what was asked: the record, the split drawn, the words and the budget."""
    asked = json.dumps([case.record, case.words(given=how.given), how.budget], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()[:16]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _table(record: dict[str, Any], records: Path, made_at: Path) -> Path:
    """The record's table, built once for its content."""
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:12]
    out = made_at / digest
    if not out.is_dir():
        builder = records.with_name("build.py")
        if builder.is_file():
            subprocess.run([sys.executable, str(builder), str(records), str(out), record["id"]], check=True)
        else:
            from evals.intake.tables import built  # needs the tables' package

            built(record, out)
    return next(path for path in out.rglob("*") if path.is_file())
