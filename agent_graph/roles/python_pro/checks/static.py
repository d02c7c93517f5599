"""What is true of the code before it runs: lint, format, types, dependencies, dead code, start-up."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Set
from pathlib import Path
from typing import Any

from uv import find_uv_bin

from agent_graph import register
from agent_graph.artifacts import HardeningDesign
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import reading, type_cache
from agent_graph.measuring.reaching import outside_reach
from agent_graph.measuring.weak_tests import unable_to_fail
from agent_graph.sandbox import SessionResult, Step

HEAVY = frozenset({"pandas", "numpy", "sklearn", "lightgbm", "catboost", "duckdb", "pyarrow", "matplotlib"})
STARTS = 3
TYPES = "/tmp/mypy"  # noqa: S108  # in the cell, which is nobody else's
SHOWN = 6
# What the contract of the project offers to roles that come later, or to a reader in a notebook.
INTERFACE = frozenset({"type_records", "from_records", "versions", "predict_frame", "importance_names", "trained_rows"})
CALLED_BY_LIBRARIES = frozenset({"after_iteration"})  # CatBoost looks its callbacks up by this name
LEFT_OUT = re.compile(r"--ignore|--deselect|-k|-m|--co$|--collect-only|--lf$|--last-failed|--maxfail|-p|--pyargs")
UNCOUNTED = frozenset({"if TYPE_CHECKING:", "raise NotImplementedError", "pragma: no cover", "@overload", r"\.\.\."})
HARMLESS = frozenset({"N818", "RUF001", "RUF002", "RUF003"})  # names of exceptions, letters of prose


def measured(bench: Bench) -> SessionResult:
    """mypy as the project configures it, then the command line in fresh interpreters: no code of it runs before."""
    package, cache = bench.manifest.package, type_cache.made(bench)
    start = ("python", "-X", "importtime", "-m", package, "--help")
    steps = [
        *([Step("libraries", ("cp", "-r", f"/{type_cache.MOUNT}", TYPES), kind="exec")] if cache else []),
        Step(name="mypy", argv=("mypy", "--cache-dir", TYPES, "--no-color-output"), timeout_s=120),
        *(Step(name=f"start {turn}", argv=start, kind="exec", timeout_s=30) for turn in range(STARTS)),
    ]
    result, _ = bench.session(steps, mounts={type_cache.MOUNT: cache} if cache else {}, preload=())
    return result


def text_checks(bench: Bench, design: HardeningDesign, findings: Findings) -> None:
    """Everything that the host reads for itself."""
    files = reading.modules(bench.tree)
    _configured(bench.tree, design, findings)
    _ruff(bench.tree, findings)
    _marks(bench, findings)
    weak, count = unable_to_fail(files)
    findings.add(
        "tests_assert",
        count > 0 and not weak,
        f"{count} tests read; {len(weak)} can't fail" + _listed(weak),
        tests=count,
        cannot_fail=len(weak),
    )
    elsewhere = "\n".join(
        reading.words_of_code(path, text)
        for path, text in reading.texts(bench.tree, (".yaml", ".yml", ".toml", ".md", ".sh"))
    )
    dead = [
        name for name in reading.unused(files, elsewhere) if name.split()[-1] not in INTERFACE | CALLED_BY_LIBRARIES
    ]
    findings.add("no_dead_code", not dead, f"{len(dead)} functions or classes of src that nothing names{_listed(dead)}")
    reached = outside_reach(files)
    text = f"{len(reached)} places where code reaches for the network, one machine's folders or its judge"
    findings.add("reaches_nothing_outside", not reached, text + _listed(reached))
    faults, locked = reading.dependency_faults(bench.tree, bench.manifest.package, files)
    text = f"{locked} packages locked with hashes; {len(faults)} faults" + _listed(faults)
    findings.add("dependencies_declared", not faults, text, locked=locked)


def judge(bench: Bench, design: HardeningDesign, findings: Findings, result: SessionResult) -> None:
    """The verdicts of the cell in which types and start-up were measured."""
    types = result.step("mypy")
    checked = re.search(r"no issues found in (\d+) source files?", types.out)
    errors = re.search(r"Found (\d+) errors?", types.out)
    evidence = f"mypy strict: no issues in {checked[1]} files" if checked else last_lines(types.out or types.err, SHOWN)
    findings.add(
        "types_check",
        types.ok and checked is not None,
        evidence,
        types.seconds,
        files=int(checked[1]) if checked else 0,
        errors=int(errors[1]) if errors else 0,
    )
    _start(design, findings, result, HEAVY | _brought(bench))


def _brought(bench: Bench) -> frozenset[str]:
    """Modules that the chosen options bring, named as their packages."""
    packages = (each.key for option in register.chosen(bench.stack) for each in option.packages)
    return frozenset(name.replace("-", "_") for name in packages)


def _start(design: HardeningDesign, findings: Findings, result: SessionResult, unwanted: Set[str]) -> None:
    starts = [result.step(f"start {turn}") for turn in range(STARTS)]
    if not all(start.ok for start in starts):
        findings.add("imports_are_quick", False, "--help fails: " + last_lines(starts[0].err, 3))
        return
    seconds = min(start.seconds for start in starts)  # the first reads from disk, others share the machine
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in starts[0].err.splitlines() if "|" in line}
    heavy = sorted(loaded & unwanted)
    text = f"--help in a fresh interpreter: {seconds:.2f} s of {design.startup_seconds:g} s"
    text += f"; it loads {', '.join(heavy)} for nothing" if heavy else "; no heavy library is loaded"
    findings.add("imports_are_quick", seconds <= design.startup_seconds and not heavy, text, startup__s=seconds)


def _configured(tree: Path, design: HardeningDesign, findings: Findings) -> None:
    """The project's own tools are set as the design says, and nothing is hidden from them."""
    try:
        tool = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
        lint, types = tool["ruff"]["lint"], tool["mypy"]
        faults = [f"ruff doesn't select {rule}" for rule in design.ruff_rules if rule not in lint["select"]]
        hiding = ("exclude", "extend-exclude", "extend-ignore", "include", "extend", "force-exclude")
        faults += [f"ruff has {key}" for key in hiding if key in lint or key in tool["ruff"]]
        faults += [f"ruff ignores {code}" for code in lint.get("ignore", []) if code not in HARMLESS]
        faults += [] if types.get("strict") else ["mypy isn't strict"]
        faults += [
            f"mypy has {key}" for key in ("exclude", "ignore_errors", "plugins", "disable_error_code") if key in types
        ]
        faults += [
            f"mypy ignores errors of {o.get('module')}" for o in types.get("overrides", []) if "ignore_errors" in o
        ]
        faults += _tests_configured(tool, design)
    except (OSError, KeyError, TypeError, AttributeError, tomllib.TOMLDecodeError) as error:
        faults = [f"pyproject.toml can't be read: {error!r}"]
    text = f"ruff selects {' '.join(design.ruff_rules)}, mypy is strict, nothing is left out"
    findings.add("tools_configured", not faults, text if not faults else "; ".join(faults))


def _tests_configured(tool: dict[str, Any], design: HardeningDesign) -> list[str]:
    """Tests that pytest is told to leave out, and lines that coverage is told not to count."""
    pytest, coverage = tool.get("pytest", {}).get("ini_options", {}), tool.get("coverage", {})
    options = pytest.get("addopts", "")
    words = options.split() if isinstance(options, str) else [str(word) for word in options]
    faults = [f"pytest is told {word}" for word in words if LEFT_OUT.match(word)]
    faults += [f"pytest has {key}" for key in ("norecursedirs", "collect_imported_tests") if key in pytest]
    faults += [f"pytest looks in {pytest['testpaths']} only"] if pytest.get("testpaths", ["tests"]) != ["tests"] else []
    run, report = coverage.get("run", {}), coverage.get("report", {})
    faults += [f"coverage has {key}" for part in (run, report) for key in ("omit", "include") if key in part]
    least = round(design.minimum_coverage * 100)
    if report.get("fail_under", 0) < least:
        faults.append(f"coverage passes below {least} %")
    odd = {line for part in ("exclude_also", "exclude_lines") for line in report.get(part, [])} - UNCOUNTED
    return faults + [f"coverage doesn't count {line!r}" for line in sorted(odd)]


def _ruff(tree: Path, findings: Findings) -> None:
    """Lint and format by the host's ruff, which only reads text, with the project's configuration."""
    ruff = str(Path(find_uv_bin()).with_name("ruff"))
    lint = [ruff, "check", "--no-cache", "--output-format=json", "--quiet", "."]
    done = subprocess.run(lint, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        found = [
            f"{_below(each['filename'])}:{each['location']['row']} {each['code']}" for each in json.loads(done.stdout)
        ]
    except (json.JSONDecodeError, KeyError, TypeError):
        found = [done.stderr.strip()[:300] or "ruff gave no answer"]
    python = sum(1 for _ in reading.texts(tree, (".py",)))
    silenced = sum(text.count("# noqa") for _, text in reading.texts(tree, (".py",)))
    text = f"{python} Python files, {len(found)} findings, {silenced} silenced by a noqa comment{_listed(found)}"
    findings.add(
        "ruff_clean", python > 0 and done.returncode == 0, text, files=python, findings=len(found), noqa=silenced
    )
    form = [ruff, "format", "--no-cache", "--check", "."]
    done = subprocess.run(form, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603
    findings.add("format_clean", python > 0 and done.returncode == 0, last_lines(done.stdout or done.stderr, SHOWN))


def _below(path: str) -> str:
    parts = Path(path).parts
    at = next((parts.index(top) for top in ("src", "tests") if top in parts), len(parts) - 1)
    return "/".join(parts[at:])


def _marks(bench: Bench, findings: Findings) -> None:
    columns = [column for table in bench.profile.tables for column in table.columns]
    levels = [level.value for column in columns for level in column.levels]
    own = (bench.specification.statement, *(column.name for column in columns), *levels)
    marks = reading.template_marks(bench.tree, own)
    findings.add(
        "no_template_marks", not marks, f"{len(marks)} marks of a template or of unfinished work{_listed(marks)}"
    )


def _listed(lines: list[str]) -> str:
    """The first of a list, in one phrase."""
    if not lines:
        return ""
    more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return ": " + "; ".join(lines[:SHOWN]) + more
