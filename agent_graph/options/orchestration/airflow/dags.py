"""The project's DAGs in Airflow itself, in the cell: its environment lies beside the project's, both read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.errors import RuntimeUnavailable
from agent_graph.measuring.reading import text_at
from agent_graph.measuring.syntax import last_object
from agent_graph.options.orchestration.conformance import Start, listed
from agent_graph.sandbox import Step, StepResult

CONFIG, DAGS = "config/orchestration.yaml", "orchestration/dags"
LOCK = "environments/airflow/requirements.lock"
LOADED = "dags_load"
PLACE = "/airflow"  # of its environment, in the cell
HOME = (
    ("AIRFLOW_HOME", "/work/.airflow"),
    ("AIRFLOW__CORE__DAGS_FOLDER", f"/work/{DAGS}"),
    ("AIRFLOW__CORE__LOAD_EXAMPLES", "False"),
    ("AIRFLOW__USAGE_DATA_COLLECTION__ENABLED", "False"),
    ("PYTHONPATH", ""),
)
ANSWERS = (2, 3)  # exit codes of the project's commands that mean an answer, not an accident
HURRIED = "s/^retry_delay_s:.*/retry_delay_s: 1/"  # nobody waits here for the next try
SHOWN = 6


def start(bench: Bench, licences: Mapping[str, str]) -> Start:
    """How the pipeline's DAG is run in the cell. ValueError and RuntimeUnavailable as `Orchestration` has it."""
    settings = configured(bench.tree)
    airflow = f"{PLACE}/bin/airflow"
    return Start(
        run=(airflow, "dags", "test", f"{bench.manifest.package}_pipeline"),
        attempts=lambda code: 1 if code in ANSWERS else 1 + settings["retries"],
        before=(
            Step("hurried", ("sed", "--in-place", HURRIED, CONFIG), "exec"),
            Step("migrate", (airflow, "db", "migrate"), "exec", HOME, timeout_s=240),
        ),
        env=HOME,
        mounts={PLACE.strip("/"): environment(bench, licences)},
    )


def check(bench: Bench, licences: Mapping[str, str]) -> tuple[Check, ...]:
    """`dags_load`."""
    findings = Findings("observability")
    package = bench.manifest.package
    try:
        settings, steps = configured(bench.tree), listed(bench.tree)
        mounts = {PLACE.strip("/"): environment(bench, licences)}
    except ValueError as error:
        findings.add(LOADED, False, str(error))
    except RuntimeUnavailable as error:
        findings.not_checked(LOADED, str(error))
    else:
        program = Path(__file__).with_name("dagbag.py").read_text("utf-8")
        asked = Step(LOADED, (f"{PLACE}/bin/python", "-c", program, DAGS, package), "exec", HOME, timeout_s=240)
        session, _ = bench.session([asked], mounts=mounts, preload=())
        _loaded(findings, session.step(LOADED), settings, package, steps)
    return tuple(findings.checks)


def environment(bench: Bench, licences: Mapping[str, str]) -> Path:
    """Airflow's, as the project's own lock describes it; RuntimeUnavailable when it can't be installed."""
    try:
        return bench.environment(text_at(bench.tree / LOCK), licences)
    except RuntimeUnavailable as error:
        raise RuntimeUnavailable(f"Airflow can't be installed here: {error}") from error


def configured(tree: Path) -> dict[str, Any]:
    """What the project says of its DAGs. ValueError when that can't be read."""
    try:
        settings = yaml.safe_load(text_at(tree / CONFIG))
    except yaml.YAMLError as error:
        raise ValueError(f"{CONFIG} is no YAML: {error}") from error
    kinds = {"owner": str, "tags": list, "start": date, "retries": int, "retry_delay_s": int, "timeout_s": int}
    if not isinstance(settings, dict) or not isinstance(settings.get("dags"), dict):
        raise ValueError(f"{CONFIG} tells of no dags")
    for key, kind in kinds.items():
        if not isinstance(settings.get(key), kind):
            raise ValueError(f"{CONFIG}: {key} is {settings.get(key)!r}")
    if "pipeline" not in settings["dags"] or not all(isinstance(dag, dict) for dag in settings["dags"].values()):
        raise ValueError(f"{CONFIG} tells of no dag 'pipeline', or of one without its settings")
    return settings


def _loaded(
    findings: Findings, step: StepResult, settings: Mapping[str, Any], package: str, steps: tuple[str, ...]
) -> None:
    if (told := last_object(step.out) if step.ok else None) is None:
        findings.add(
            LOADED, False, f"Airflow's DagBag gave no answer: {last_lines(step.err or step.out, 4)}", step.seconds
        )
        return
    try:
        faults = list(_faults(told, settings, package, steps))
    except (KeyError, TypeError, AttributeError) as error:  # the DAGs ran in the process that told it
        findings.add(LOADED, False, f"Airflow's DagBag gave no answer that makes sense: {error!r}", step.seconds)
        return
    text = f"{len(told['dags'])} DAGs: no import error, no warning, nothing of {package} imported; by the clock: "
    text += ", ".join(f"{name} {dag['schedule']}" for name, dag in settings["dags"].items() if dag.get("schedule"))
    findings.add(LOADED, not faults, "; ".join(faults[:SHOWN]) or text, step.seconds, dags=len(told["dags"]))


def _faults(
    told: Mapping[str, Any], settings: Mapping[str, Any], package: str, steps: tuple[str, ...]
) -> Iterator[str]:
    """What Airflow says against the DAGs, and where they differ from what the configuration says."""
    yield from (f"{path}: {said}" for path, said in told["errors"].items())
    yield from told["warnings"]
    yield from (f"{name} is imported into Airflow's interpreter" for name in told["imported"][:1])
    wanted = {f"{package}_{name}": dag for name, dag in settings["dags"].items()}
    if set(told["dags"]) != set(wanted):
        yield f"there are the DAGs {', '.join(sorted(told['dags'])) or '(none)'}, configured are {', '.join(wanted)}"
    for name in sorted(set(told["dags"]) & set(wanted)):
        dag, said = told["dags"][name], wanted[name]
        order = steps if name == f"{package}_pipeline" else tuple(map(str, said.get("command", ())[:1]))
        yield from (f"{name}: {fault}" for fault in _differences(dag, said, settings, order))


def _differences(
    dag: Mapping[str, Any], said: Mapping[str, Any], settings: Mapping[str, Any], order: tuple[str, ...]
) -> Iterator[str]:
    expected = {
        "schedule": said.get("schedule"), "start": f"{settings['start']}T00:00:00+00:00", "catchup": False,
        "at once": 1, "tags": sorted(map(str, settings["tags"])),
    }  # fmt: skip
    yield from (f"{key} is {dag[key]!r}, not {value!r}" for key, value in expected.items() if dag[key] != value)
    each = {"owner": settings["owner"], "retries": settings["retries"], "pause": settings["retry_delay_s"],
            "longest": settings["timeout_s"]}  # fmt: skip
    if settings["timeout_s"] <= 0:
        yield "a step has no end"
    chain = {name: [before] if before else [] for before, name in zip((None, *order[:-1]), order, strict=True)}
    if {name: task["after"] for name, task in dag["tasks"].items()} != chain:
        yield f"the tasks are no chain of {', '.join(order)}"
    for name, task in dag["tasks"].items():
        yield from (
            f"{name}: {key} is {task[key]!r}, not {value!r}" for key, value in each.items() if task[key] != value
        )
