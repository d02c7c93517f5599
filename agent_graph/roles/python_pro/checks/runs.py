"""The command line's contract, and the champion's speed and memory against the design and the revision before."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from agent_graph.artifacts import HardeningDesign
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import layout
from agent_graph.measuring.syntax import json_value
from agent_graph.roles.python_pro.checks.tests import absent_commands
from agent_graph.sandbox import SessionResult, Step, StepResult

COMMANDS = ("ingest", "validate", "features", "tune", "train", "evaluate", "promote", "rollback", "predict", "final",
            "bench", "batch", "deliver", "serve", "reference", "monitor", "retrain", "cycle")  # fmt: skip
REFUSALS = {
    "no such command": ("predikt",),
    "no such option": ("ingest", "--no-such-option"),
    "no such file": ("predict", "--input", "/data/no-such-file.csv", "--output", "out.csv"),
    "no such input": ("validate", "--input", "/data/no-such-folder"),
    "no input named": ("predict",),
}
BAD_INPUT = 2
SLOWER = 3.0  # times, best of several; 1.8 was seen of the same code on a busy machine
RECORD = "python_pro_speed.json"


def command_steps(bench: Bench) -> tuple[Step, ...]:
    """Help of each command, and five refusals."""
    package = bench.manifest.package
    absent = absent_commands(bench)
    wanted = [command for command in COMMANDS if command not in absent]
    refusals = tuple(Step(name=name, argv=(package, *words), timeout_s=30) for name, words in REFUSALS.items())
    return (
        Step("help", ("/probes/cli_help.py", layout.named(package, layout.CLI), *wanted), "script", timeout_s=60),
        *refusals,
    )


def stopwatch(bench: Bench, design: HardeningDesign) -> Step:
    """The champion on the held-out rows' features, one by one and all at once."""
    modules = layout.named(bench.manifest.package, layout.INGEST, layout.COLUMNS, layout.REGISTRY)
    words = ("/probes/measure_speed.py", modules, "/holdout", str(design.memory_rows))
    return Step("stopwatch", words, "script", timeout_s=90)


def judge(
    bench: Bench, design: HardeningDesign, findings: Findings, cells: tuple[SessionResult, SessionResult]
) -> None:
    """The verdicts on commands (first cell) and speed (second)."""
    _cli(findings, cells[0])
    _speed(bench, design, findings, cells[1].step("stopwatch"))


def _cli(findings: Findings, result: SessionResult) -> None:
    helped = result.step("help")
    answers = _last_object(helped.out)
    faults = [f"{command} --help gave {code}" for command, code in answers.items() if code != 0]
    faults += [] if answers else ["help: " + last_lines(helped.err, 3)]
    for name in REFUSALS:
        faults += _refusal_faults(name, result.step(name))
    text = (
        f"{len(answers)} commands explain themselves; {len(REFUSALS)} kinds of bad input: exit code 2 and one line each"
    )
    seconds = helped.seconds + sum(result.step(name).seconds for name in REFUSALS)
    findings.add("cli_contract", not faults, "; ".join(faults) or text, seconds, commands=len(answers))


def _refusal_faults(name: str, step: StepResult) -> list[str]:
    said = [line for line in step.err.splitlines() if line.strip() and not _is_log_line(line)]
    faults = [] if step.rc == BAD_INPUT else [f"{name}: exit code {step.rc}, not {BAD_INPUT}"]
    if "Traceback" in step.err:
        faults.append(f"{name}: a traceback")
    elif len(said) != 1:
        faults.append(f"{name}: {len(said)} lines on stderr, not one")
    return faults


def _is_log_line(line: str) -> bool:
    try:
        return isinstance(json_value(line), dict)
    except ValueError:
        return False


def _last_object(text: str) -> dict[str, Any]:
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            try:
                found = json_value(line)
            except ValueError:
                return {}
            return found if isinstance(found, dict) else {}
    return {}


def _speed(bench: Bench, design: HardeningDesign, findings: Findings, step: StepResult) -> None:
    found = {key: value for key, value in _last_object(step.out).items() if isinstance(value, int | float)}
    names = ("single_row_latency", "batch_speed", "memory_growth")
    if not step.ok or not {"p50_ms", "p99_ms", "rows_per_second", "batch_cpu_s", "growth_mb", "load_s"} <= set(found):
        missing = not (bench.store / "artifacts" / "serving").is_dir()
        for name in names:
            if missing:
                findings.not_checked(
                    name, "no champion was left by the ml-engineer's gate, so there is nothing to time"
                )
            else:
                findings.add(name, False, "the champion can't be timed: " + last_lines(step.err, 3))
        return
    _bars(design, findings, found, step)
    _before(bench, findings, found)


def _bars(design: HardeningDesign, findings: Findings, found: dict[str, float], step: StepResult) -> None:
    p50, p99, rate, growth = (found[key] for key in ("p50_ms", "p99_ms", "rows_per_second", "growth_mb"))
    findings.add(
        "single_row_latency",
        p50 <= design.single_row_ms,
        f"one row: {p50:.2f} ms (median), {p99:.2f} ms (99 %); bar {design.single_row_ms:g} ms; "
        f"the champion loads in {found['load_s']:.2f} s",
        step.seconds,
        p50__ms=p50,
        p99__ms=p99,
        load__s=found["load_s"],
    )
    text = f"{rate:,.0f} rows/s in one process; bar {design.batch_rows_per_second:,} rows/s"
    findings.add("batch_speed", rate >= design.batch_rows_per_second, text, 0.0, rows_per_second=rate)
    text = f"{growth:.0f} MB above the loaded libraries for {design.memory_rows:,} rows; bar {design.peak_memory_mb} MB"
    findings.add("memory_growth", growth <= design.peak_memory_mb, text, 0.0, growth__MB=growth)


def _before(bench: Bench, findings: Findings, found: dict[str, float]) -> None:
    """Compare with the revision before of the same model, if this machine has seen it; then leave the numbers.

    A search ends by the clock, so two runs may find models of very different sizes: that's no matter of the code.
    """
    recipe = bench.tree / "config" / "tuned.json"
    model = hashlib.sha256(recipe.read_bytes() if recipe.is_file() else b"").hexdigest()[:12]
    record = bench.cache / f"{bench.manifest.package}-{bench.sealed.digest[:12]}-{model}-{RECORD}"
    try:
        before: dict[str, float] = json.loads(record.read_text(encoding="utf-8"))
        ratios = {
            "one row": found["p50_ms"] / before["p50_ms"],
            "many rows": found["batch_cpu_s"] / before["batch_cpu_s"],  # a busy machine changes the clock's more
            "memory": (found["growth_mb"] + 64) / (before["growth_mb"] + 64),
        }
    except (OSError, ValueError, KeyError, ZeroDivisionError):
        pass  # the first revision measured here has nothing to be compared with
    else:
        text = ", ".join(f"{what} x {ratio:.2f}" for what, ratio in ratios.items())
        worst = max(ratios.values())
        findings.add("no_slower_than_before", worst <= SLOWER, f"against the revision before: {text}; bar x {SLOWER:g}",
                     worst_ratio=worst)  # fmt: skip
        if worst > SLOWER:
            return  # a slow revision isn't what the next one is held to
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(found), encoding="utf-8")
