"""The python-pro's gate: is the code clean, typed, tested by tests that bite, quick to start and fast enough?"""

from __future__ import annotations

from pathlib import Path

from agent_graph.artifacts import Check, HardeningDesign
from agent_graph.bench import Bench, Findings
from agent_graph.measuring import mutation, tracking
from agent_graph.measuring.pool import beside
from agent_graph.measuring.serving import serving
from agent_graph.roles.python_pro.checks import runs as python_pro_runs
from agent_graph.roles.python_pro.checks import static as python_pro_static
from agent_graph.roles.python_pro.checks import tests as python_pro_tests
from agent_graph.sandbox import SessionResult

TESTING = ("pytest", "coverage", "pydantic_settings", "joblib", "httpx2", "starlette.testclient",
           "prometheus_client", "matplotlib.backends.backend_agg", "matplotlib.figure")  # fmt: skip


def run(bench: Bench) -> tuple[Check, ...]:
    """Three cells at once; what is true of the text, in the smallest, fills what the tests leave of two cores."""
    findings = Findings("python_pro")
    design = bench.hardening
    if design is None:
        for name in ("ruff_clean", "tests_pass", "tests_can_fail"):
            findings.not_checked(name, "there is no design of the python-pro yet")
        return tuple(findings.checks)
    mutants = python_pro_tests.planted(bench, design)
    mutation.write(mutants, bench.scratch / "mutants")
    types, cells = beside(
        lambda: _static(bench, design, findings),
        lambda: beside(lambda: _unit_cell(bench, design), lambda: _wide_cell(bench, design)),
    )
    python_pro_static.judge(bench, design, findings, types)
    python_pro_tests.judge(bench, design, findings, cells, mutants)
    python_pro_runs.judge(bench, design, findings, (cells[0][0], cells[1][0]))
    return tuple(findings.checks)


def _static(bench: Bench, design: HardeningDesign, findings: Findings) -> SessionResult:
    """What the host reads, then types and start-up in a cell of their own."""
    python_pro_static.text_checks(bench, design, findings)
    return python_pro_static.measured(bench)


def _unit_cell(bench: Bench, design: HardeningDesign) -> tuple[SessionResult, Path]:
    """Unit tests, planted faults, the command line's contract."""
    steps = (*python_pro_tests.unit_steps(bench, design), *python_pro_runs.command_steps(bench))
    mounts = {"mutants": bench.scratch / "mutants"}
    return bench.session(steps, mounts=mounts, collect=[python_pro_tests.MEASURED], preload=_loaded(bench))


def _wide_cell(bench: Bench, design: HardeningDesign) -> tuple[SessionResult, Path]:
    """The tests of the whole, then the stopwatch, when the other cells are likely done."""
    steps = (*python_pro_tests.other_steps(bench), python_pro_runs.stopwatch(bench, design))
    mounts = {"holdout": Path(bench.sealed.holdout_dir)}
    return bench.session(steps, mounts=mounts, collect=[python_pro_tests.MEASURED], preload=_loaded(bench))


def _loaded(bench: Bench) -> tuple[str, ...]:
    return (*tracking.learn(bench), *TESTING, *serving(bench.stack).loads)
