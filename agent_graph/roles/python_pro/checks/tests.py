"""What the project's tests are worth: do they pass, how much do they run, and do they notice a planted fault?"""

from __future__ import annotations

import ast
import json
from collections import Counter
from pathlib import Path
from typing import Any

from agent_graph.artifacts import HardeningDesign
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import mutation, reading
from agent_graph.measuring.mutation import Mutant
from agent_graph.measuring.syntax import json_value, syntax_tree
from agent_graph.sandbox import SessionResult, Step, StepResult

MEASURED = ".measured"
UNIT, WIDE, SPEED, FAULTS = "unit-tests", "wide-tests", "speed-tests", "faults"
MAX_REPORT = 50_000_000
RESERVE = 3.0  # more faults than wanted are planted: on a line that no quick test runs, one says nothing
WEIGHTS = {"ingest": 3, "features": 3, "metrics": 3, "predict": 2, "drift": 3, "registry": 2, "quality": 2, "labels": 2,
           "folds": 2, "calibration": 2, "ensemble": 2, "target": 2, "numbers": 2, "categories": 2}  # fmt: skip
LATER = {"batch": "deployment", "deliver": "deployment", "serve": "deployment", "reference": "monitoring",
         "monitor": "monitoring", "retrain": "monitoring", "cycle": "monitoring"}  # fmt: skip
MINIMUM = {"integration": 5, "model": 5, "performance": 3}
CONTROL = -1  # the number of the run without a fault
SIDE_BY_SIDE = 2
ALONE = (("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1"),)  # what else is installed has no say, and costs a second to load
UNNOTICED = (0, 5)  # pytest: all passed; no test was left
SLOWEST = 5
MOST_SKIPPED = 0.1  # of all tests: the gate has everything that a test may need
Cell = tuple[SessionResult, Path]  # what it said, and the folder of what it left


def absent_commands(bench: Bench) -> list[str]:
    """Commands whose role hasn't worked yet, so that their tests have no subject."""
    return [command for command, design in LATER.items() if getattr(bench, design) is None]


def planted(bench: Bench, design: HardeningDesign) -> tuple[Mutant, ...]:
    """The faults of this gate."""
    sources = mutation.sources(bench.tree, bench.manifest.package)
    return mutation.sample(sources, int(design.mutants * RESERVE), WEIGHTS)


def unit_steps(bench: Bench, design: HardeningDesign) -> tuple[Step, ...]:
    """The unit tests under coverage, then the planted faults, each in a fork of its own."""
    lines = f"/work/{MEASURED}/{UNIT}-lines.json"
    unit = _run(UNIT, bench, ["tests/unit"], [f"src/{bench.manifest.package}"])
    words = ("/probes/run_mutants.py", "/mutants", lines, str(design.mutants), str(SIDE_BY_SIDE))
    return unit, Step(FAULTS, words, "script", timeout_s=bench.patience(30 + 6 * design.mutants), env=ALONE)


def other_steps(bench: Bench) -> tuple[Step, ...]:
    """All other tests under coverage, but those of speed without it."""
    wide = ["tests", "--ignore=tests/unit", "--ignore=tests/performance"]
    return (
        _run(WIDE, bench, wide, [f"src/{bench.manifest.package}"]),
        _run(SPEED, bench, ["tests/performance"], []),
    )


def _run(name: str, bench: Bench, arguments: list[str], cover: list[str]) -> Step:
    options = {
        "out": f"{MEASURED}/{name}",
        "arguments": arguments,
        "cover": cover,
        "absent": absent_commands(bench),
    }
    argv = ("/probes/run_tests.py", json.dumps(options))
    return Step(name=name, argv=argv, kind="script", timeout_s=bench.patience(240), env=ALONE)


def judge(
    bench: Bench, design: HardeningDesign, findings: Findings, cells: tuple[Cell, Cell], mutants: tuple[Mutant, ...]
) -> None:
    """The verdicts on the tests, from what the cells of the unit tests and of the others said and left."""
    (unit, _), (wide, _) = cells
    steps = [unit.step(UNIT), wide.step(WIDE), wide.step(SPEED)]
    reports = [_report(cells[where][1], name) for where, name in ((0, UNIT), (1, WIDE), (1, SPEED))]
    _tests_pass(design, findings, steps, reports, never_ran(reading.modules(bench.tree), reports))
    _coverage(bench, design, findings, reports)
    _tests_can_fail(design, findings, unit, mutants)


def _report(out: Path, name: str) -> dict[str, Any]:
    """What our plugin wrote; an empty report when it wrote none or something else."""
    path = out / MEASURED / f"{name}.json"
    empty: dict[str, Any] = {"tests": [], "collection": ["the tests wrote no report"], "left_out": 0, "executed": {}}
    try:
        if path.stat().st_size > MAX_REPORT:
            return empty
        found = json_value(path.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) and set(found) == set(empty) else empty
    except (OSError, ValueError):
        return empty


def _tests_pass(
    design: HardeningDesign,
    findings: Findings,
    steps: list[StepResult],
    reports: list[dict[str, Any]],
    unheard: list[str],
) -> None:
    """The verdict is pytest's exit code, seen by our driver; how many ran is our plugin's count."""
    tests = [test for report in reports for test in report["tests"]]
    ran = Counter(test["id"].split("/")[1] for test in tests if test["outcome"] == "passed" and "/" in test["id"])
    failed = [test for test in tests if test["outcome"] == "failed"]
    skipped = [test for test in tests if test["outcome"] == "skipped"]
    bars = {"unit": design.minimum_unit_tests, **MINIMUM}
    few = [f"tests/{folder}: {ran[folder]} of at least {bar}" for folder, bar in bars.items() if ran[folder] < bar]
    codes = {step.rc for step in steps}
    faults = [f"{test['id']}: {last_lines(test['reason'], 2)}" for test in failed[:4]]
    faults += [line for report in reports for line in report["collection"]][:2] + few
    faults += [f"{len(unheard)} test(s) never ran: {', '.join(unheard[:SLOWEST])}"] if unheard else []
    if len(skipped) > MOST_SKIPPED * len(tests):
        faults.append(f"{len(skipped)} of {len(tests)} tests were skipped, at most {MOST_SKIPPED:.0%} may be")
    left_out = sum(report["left_out"] for report in reports)
    slow = sorted(tests, key=lambda test: -test["seconds"])[:SLOWEST]
    text = f"{sum(ran.values())} passed, {len(failed)} failed, {len(skipped)} skipped ({dict(ran)})"
    text += f"; {left_out} for commands of later roles left out" if left_out else ""
    text += "; skipped: " + "; ".join(sorted({test["reason"][:120] for test in skipped})) if skipped else ""
    text += "; slowest: " + ", ".join(f"{test['id'].split('::')[-1]} {test['seconds']:.1f} s" for test in slow)
    findings.add(
        "tests_pass",
        codes == {0} and not faults,
        ("; ".join(faults) + " | " if faults else "") + text,
        sum(step.seconds for step in steps),
        passed=sum(ran.values()),
        failed=len(failed),
        skipped=len(skipped),
    )


def never_ran(files: tuple[reading.Module, ...], reports: list[dict[str, Any]]) -> list[str]:
    """Tests that stand in the text and were not even skipped: something keeps them from being collected.

    Those that take their `command` from a list may be left out because its role hasn't worked yet.
    """
    ran = [test["id"].partition("[")[0].split("::") for report in reports for test in report["tests"]]
    heard = {(parts[0], parts[-1]) for parts in ran}
    return [
        f"{module.path}::{node.name}"
        for module in files
        if module.path.startswith("tests/") and Path(module.path).name.startswith("test_")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test")
        and (module.path, node.name) not in heard
        and "command" not in {argument.arg for argument in node.args.args}
    ]


def _coverage(bench: Bench, design: HardeningDesign, findings: Findings, reports: list[dict[str, Any]]) -> None:
    """Statements are counted by the host in the text that it committed; which lines ran is what coverage saw."""
    counts: dict[str, tuple[int, int]] = {}
    for path, text in mutation.sources(bench.tree, bench.manifest.package).items():
        counts[path] = covered(text, {line for report in reports for line in report["executed"].get(path, ())})
    hit, total = (sum(pair[side] for pair in counts.values()) for side in (0, 1))
    if not total:
        findings.add("coverage_measured", False, "src holds no statements")
        return
    share = hit / total
    worst = sorted((h / n, p) for p, (h, n) in counts.items() if n >= 10)[:4]
    least = ", ".join(f"{Path(path).name} {part:.0%}" for part, path in worst)
    text = f"{hit} of {total} statements run ({share:.1%}; bar {design.minimum_coverage:.0%}); least: {least}"
    findings.add("coverage_measured", share >= design.minimum_coverage, text, coverage=share, statements=total)


def covered(text: str, executed: set[int]) -> tuple[int, int]:
    """(statements that ran, statements) of one module; docstrings, definitions and their headers don't count."""
    hit = total = 0
    for node in ast.walk(syntax_tree(text)):
        if not isinstance(node, ast.stmt) or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        body = getattr(node, "body", None) or getattr(node, "cases", None)
        first = body[0] if body else None
        start = getattr(first, "lineno", None) or getattr(getattr(first, "pattern", None), "lineno", None)
        end = max(node.lineno, start - 1) if start else node.end_lineno or node.lineno
        total += 1
        hit += any(line in executed for line in range(node.lineno, end + 1))
    return hit, total


def _tests_can_fail(
    design: HardeningDesign, findings: Findings, result: SessionResult, mutants: tuple[Mutant, ...]
) -> None:
    """Of the faults on lines that a quick test runs, how many made a test fail."""
    if not mutants:
        findings.add("tests_can_fail", False, "no fault could be planted: src has no code to speak of")
        return
    step = result.step(FAULTS)
    tried = _tried(step.out, len(mutants))
    control = tried.pop(CONTROL, None)
    if not tried:
        findings.add("tests_can_fail", False, "no fault lies where a quick test runs: " + last_lines(step.err, 3))
        return
    if control != 0:
        text = f"without any fault the tests gave {control}, so a failure with one says nothing"
        findings.not_checked("tests_can_fail", text)
        return
    reached = [mutants[number] for number in sorted(tried)]
    survivors = [mutants[number] for number, code in sorted(tried.items()) if code in UNNOTICED]
    rate = 1 - len(survivors) / len(reached) if reached else 0.0
    bar = design.minimum_kill_rate
    text = f"{len(reached) - len(survivors)} of {len(reached)} ({rate:.0%}; bar {bar:.0%}) planted faults noticed, "
    text += "each on a line that a quick test runs"
    text += "; unnoticed: " + "; ".join(mutant.change for mutant in survivors) if survivors else ""
    enough = len(reached) >= design.mutants // 2
    text += "" if enough else f"; fewer than {design.mutants // 2} faults could be tried"
    measures = {"kill_rate": rate, "planted": float(len(reached)), "unnoticed": float(len(survivors))}
    findings.add("tests_can_fail", enough and rate >= bar, text, step.seconds, **measures)


def _tried(out: str, mutants: int) -> dict[int, int | str]:
    """How the tests ended for each planted fault, by its number; lines of another shape count for nothing."""
    found: dict[int, int | str] = {}
    for line in out.splitlines():
        try:
            said = json_value(line)
            number, code = said["number"], said["code"]
        except (ValueError, KeyError, TypeError):
            continue
        if isinstance(number, int) and CONTROL <= number < mutants and isinstance(code, int | str):
            found[number] = code
    return found
