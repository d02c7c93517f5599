"""The mlops engineer's gate: the batch command, image, scripts and names, measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent_graph.artifacts import Check, DataDesign
from agent_graph.bench import PRELOAD, Bench, Findings, last_lines
from agent_graph.measuring import commands, layout, unlabelled
from agent_graph.measuring.pool import beside
from agent_graph.measuring.replies import read_predictions
from agent_graph.measuring.rows import RawRows
from agent_graph.measuring.serving import serving
from agent_graph.measuring.syntax import last_object
from agent_graph.roles.mlops.checks import agreement as mlops_agreement
from agent_graph.roles.mlops.checks import batch as mlops_batch
from agent_graph.roles.mlops.checks import hardening as mlops_hardening
from agent_graph.roles.mlops.checks import manifests as mlops_manifests
from agent_graph.sandbox import Step

COLLECTED = ("predict.csv", "batch.csv")
MEASURED = ("batch_equals_predict", "batch_throughput", "batch_resumes")


def run(bench: Bench) -> tuple[Check, ...]:
    """All checks of the contribution; those that need a champion say so when the store holds none."""
    findings = Findings("mlops")
    _, told = beside(lambda: _measured(bench, findings), lambda: texts(bench))  # texts need nothing of the cell
    return (*told, *findings.checks)


def _measured(bench: Bench, findings: Findings) -> None:
    if (bench.store / "artifacts" / "serving").is_dir():
        measure(bench, findings)
        return
    for name in MEASURED:
        findings.not_checked(name, "no champion was promoted by an earlier gate, so there is nothing to ask")


def texts(bench: Bench) -> tuple[Check, ...]:
    """Every check of image, scripts and names that reads files only."""
    findings = Findings("mlops")
    mlops_manifests.check(bench.tree, findings)
    return (*findings.checks, *own_texts(bench))


def own_texts(bench: Bench) -> tuple[Check, ...]:
    """Those of them that no validator makes: names that agree, secrets, commands."""
    findings = Findings("mlops")
    mlops_agreement.check(bench.tree, bench.manifest, findings, serving(bench.stack).built_in)
    mlops_hardening.check(bench.tree, findings)
    commands.check(bench.tree, bench.manifest.package, findings)
    return tuple(findings.checks)


@dataclass(frozen=True)
class Material:
    """Files below one folder, which is mounted at /mlops in the cell: rows to compare, and two sizes to time."""

    folder: Path
    compared: str
    small: str
    large: str
    small_rows: int
    large_rows: int


def measure(bench: Bench, findings: Findings) -> None:
    """The batch command in one cell; ValueError without the designs."""
    if bench.data is None or bench.training is None:
        raise ValueError("the mlops gate needs the data and training designs")
    material = prepare(bench, bench.data)
    session, out = bench.session(
        steps(bench, material),
        mounts={"mlops": material.folder},
        preload=(*PRELOAD, *bench.libraries),
        collect=COLLECTED,
    )
    predicted, batch = (read_predictions(out / name) for name in COLLECTED)
    findings.add(**mlops_batch.same_files(predicted, batch, session))
    speed = session.step("batch_speed")
    columns = len(bench.profile.main.columns)
    mlops_batch.judge(last_object(speed.out), last_lines(speed.err, 4), columns, findings)


def prepare(bench: Bench, data: DataDesign) -> Material:
    """Write what the batch command is asked."""
    folder, raw = bench.scratch / "mlops", RawRows(bench)
    frame = unlabelled.unlabelled(bench, raw)
    texts = any(column.kind == "text" for column in bench.problem.features)
    small, large = (500, 2_000) if texts else (1_000, 8_000)
    tables = {
        "compared": unlabelled.compared(frame, data),
        "small": unlabelled.repeated(frame, small),
        "large": unlabelled.repeated(frame, large),
    }
    paths = {name: raw.write(table, folder / name / raw.table) for name, table in tables.items()}
    names = {name: path.relative_to(folder).as_posix() for name, path in paths.items()}
    return Material(folder, **names, small_rows=small, large_rows=large)


def steps(bench: Bench, material: Material) -> list[Step]:
    """Predict, then the other way to a predictions file, and its speed."""
    compared = f"/mlops/{material.compared}"
    sizes = (f"/mlops/{material.small}", f"/mlops/{material.large}", str(material.small_rows), str(material.large_rows))
    chunk = ("--chunk-rows", "100")  # several chunks, the last one shorter
    timed = layout.named(bench.manifest.package, layout.CLI, layout.INGEST, layout.COLUMNS, layout.REGISTRY)
    return [
        bench.command("predict", "--input", compared, "--output", "predict.csv"),
        bench.command("batch", "--input", compared, "--output", "batch.csv", *chunk),
        Step("batch_speed", ("/probes/batch_speed.py", timed, *sizes, "50"), "script", timeout_s=120),
    ]
