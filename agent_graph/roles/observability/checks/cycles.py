"""The cycle, started with all in order, beside a file that can't be taken in, and for rows that can't be answered."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring.reading import text_at
from agent_graph.measuring.rows import RawRows
from agent_graph.roles.observability.checks.judge import MOST_BYTES, printed
from agent_graph.roles.observability.checks.windows import present
from agent_graph.sandbox import SessionResult, Step, StepResult

GOOD, BROKEN, FAULTY = "cycle", "cycle beside a broken file", "cycle of faulty rows"
NUMBERS: Mapping[str, str] = {GOOD: "numbers/good", BROKEN: "numbers/broken", FAULTY: "numbers/faulty"}
GAUGES, OUTGOING = "cycle.prom", "data/outgoing"
COLLECTED = ("numbers", OUTGOING)
ORDER = ("ingest", "monitor", "retrain", "deliver")
GATE_SAID_NO = 3


def folders(bench: Bench, rows: RawRows, size: int) -> dict[str, Path]:
    """Rows to answer, the same without a column that is needed, and a landing folder with a file that lacks it."""
    root, now = bench.scratch / "observability" / "cycle", present(bench, rows)
    hidden = [bench.problem.target.column, *bench.problem.used("leak")]
    part = now.sample(min(size, len(now)), seed=13).drop(hidden, strict=False)
    needed = next(c.name for c in bench.data.columns if c.required and c.name in part.columns) if bench.data else ""
    made = {name: root / name for name in ("incoming", "faulty", "broken")}
    for folder in made.values():
        shutil.copytree(rows.folder, folder)
    for name, frame in (("incoming", part), ("faulty", part.drop(needed))):
        (made[name] / rows.path.name).unlink()
        rows.write(frame, made[name] / rows.table)
    rows.write(now.head(size).drop(needed), made["broken"] / rows.table / "later")
    return made


def steps(bench: Bench) -> list[Step]:
    """A cycle of each kind, one after the other."""
    raw = f"{bench.manifest.env_prefix}RAW_DIR"
    return [
        bench.command("reference"),
        _cycle(bench, GOOD, "/incoming"),
        _cycle(bench, BROKEN, "/incoming", (raw, "/broken")),
        _cycle(bench, FAULTY, "/faulty"),
    ]


def _cycle(bench: Bench, name: str, source: str, *env: tuple[str, str]) -> Step:
    words = (bench.manifest.package, "cycle", "--input", source, "--numbers", NUMBERS[name])
    return Step(name, words, env=env, timeout_s=300)


def judge(findings: Findings, bench: Bench, session: SessionResult, out: Path) -> None:
    """`cycle_holds`: all in one order; who fails is told, and takes no other step with him."""
    told = {name: _told(session.step(name), out / NUMBERS[name] / GAUGES, bench) for name in NUMBERS}
    due: dict[str, _Due] = {
        GOOD: _Due(done=("ingest", "deliver")),
        BROKEN: _Due(done=("deliver",), failed=("ingest",), resting=("retrain",)),
        FAULTY: _Due(done=("ingest",), failed=("deliver",)),
    }
    wrong = [f"{name}: {fault}" for name in NUMBERS for fault in _faults(session.step(name), told[name], due[name])]
    made = [path for path in (out / OUTGOING).glob("[!.]*") if text_at(path / "delivery.json")]
    wrong += [] if len(made) == 1 else [f"{len(made)} deliveries of the same rows, 1 is due"]
    good = "; ".join(f"{name}: {', '.join(f'{step} {ended}' for step, ended in told[name][0])}" for name in told)
    seconds = sum(session.step(name).seconds for name in NUMBERS)
    findings.add("cycle_holds", not wrong, "; ".join(wrong) or good, seconds)


@dataclass(frozen=True)
class _Due:
    """How steps have to end; of others nothing is asked."""

    done: tuple[str, ...]
    failed: tuple[str, ...] = ()
    resting: tuple[str, ...] = ()


Told = tuple[list[tuple[str, str]], dict[str, float]]  # steps with their ends, in order; each step's gauge


def _told(step: StepResult, gauges: Path, bench: Bench) -> Told:
    listed = printed(step).get("steps")
    entries = listed if isinstance(listed, list) else []
    ended = [(str(one.get("name")), str(one.get("ended"))) for one in entries if isinstance(one, dict)]
    gauge = rf'^{bench.manifest.metric_prefix}cycle_failed\{{step="(\w+)"\}} (\d+(?:\.\d+)?)$'
    text = text_at(gauges) if gauges.is_file() and gauges.stat().st_size <= MOST_BYTES else ""
    return ended, {name: float(value) for name, value in re.findall(gauge, text, re.MULTILINE)}


def _faults(step: StepResult, told: Told, due: _Due) -> list[str]:
    """What differs from what has to be: who fails, who is done all the same, who rests, and what the gauges say."""
    ended, gauges = dict(told[0]), told[1]
    if tuple(ended) != ORDER:
        return [f"the steps are {', '.join(ended) or 'not told'}: {last_lines(step.err or step.out)}"]
    wrong = []
    if step.rc != (GATE_SAID_NO if due.failed else 0):
        wrong.append(f"exit {step.rc}: {last_lines(step.err)}")
    wanted = (*((name, "failed") for name in due.failed), *((name, "done") for name in due.done),
              *((name, "not due") for name in due.resting))  # fmt: skip
    wrong += [f"{name} is {ended[name]}, {end} was to be" for name, end in wanted if ended[name] != end]
    silent = [name for name in ORDER if gauges.get(name) != float(ended[name] == "failed")]
    return wrong + [f"the gauge of {name} says {gauges.get(name)}" for name in silent]
