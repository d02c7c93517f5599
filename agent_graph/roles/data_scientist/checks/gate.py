"""The data scientist's gate: no leak, the same features everywhere, a signal that is really there."""

from __future__ import annotations

import csv
import dataclasses
import math
from pathlib import Path

import polars as pl
import scipy
import yaml

from agent_graph import register
from agent_graph.artifacts import Check, FeatureDesign
from agent_graph.bench import PRELOAD, Bench, Findings, last_lines
from agent_graph.measuring import landing as data_scientist_landing
from agent_graph.measuring import layout, own_functions
from agent_graph.measuring import signal as data_scientist_signal
from agent_graph.measuring.landing import Lab
from agent_graph.measuring.pool import beside
from agent_graph.measuring.syntax import json_value
from agent_graph.sandbox import SessionResult, Step

LOADED = (*PRELOAD, "joblib", "lightgbm", "sklearn.feature_extraction.text", "sklearn.decomposition")
PROBE, REAL, SHUFFLED = "artifacts/probe", "artifacts/signal", "artifacts/shuffled"
SERVING_MS = 10.0
MOST_BYTES = 100_000_000
Table = tuple[list[str], list[list[str]]]


def run(bench: Bench) -> tuple[Check, ...]:
    """Two cells side by side: the project on the real rows, and the project on rows whose labels were shuffled."""
    findings = Findings("data_scientist")
    if bench.features is None or bench.data is None:
        for name in ("features_run", "shuffled_target_is_chance", "row_by_row_equals_batch"):
            findings.not_checked(name, "there is no design of the data scientist, or of the data engineer, yet")
        return tuple(findings.checks)
    design = bench.features
    own = {
        "derived": design.derived,
        "custom_slices": design.custom_slices,
        "custom_metrics": design.custom_metrics,
    }
    if not own_functions.judge(bench, findings, own):
        return tuple(findings.checks)  # every command that makes features would raise or hang
    lab = data_scientist_landing.prepare(bench, bench.data)
    (real, out), (shuffled, shuffled_out) = beside(lambda: _real(bench), lambda: _shuffled(bench))
    _experiment(bench, bench.features, findings)
    _ran(bench, findings, real, out)
    if real.step("rows").ok:
        _judge_rows(bench, findings, lab, out / PROBE)
    else:
        _unusable(findings, real)
    data_scientist_signal.judge_folds(bench, findings, _when(real, "signal", out / REAL))
    data_scientist_signal.judge_signal(
        bench, findings, lab, _when(real, "signal", out / REAL), _when(shuffled, "signal", shuffled_out / SHUFFLED)
    )
    return tuple(findings.checks)


def _real(bench: Bench) -> tuple[SessionResult, Path]:
    package = bench.manifest.package
    rows = layout.named(package, layout.INGEST, layout.COLUMNS, layout.FEATURES, layout.CONFIG)
    steps = (
        bench.command("features", timeout_s=120),
        bench.command("features", "--input", "/lab/plain", "--output", f"{PROBE}/command.csv", step="transform"),
        Step("rows", ("/probes/data_scientist_rows.py", rows, "/lab", f"/work/{PROBE}"), kind="script"),
        _signal(package, REAL),
    )
    keep = ("artifacts/features", "data/features")
    return bench.session(steps, mounts={"lab": bench.scratch / "lab"}, keep=keep, collect=(PROBE, REAL), preload=LOADED)


def _shuffled(bench: Bench) -> tuple[SessionResult, Path]:
    """In a cell that holds the shuffled rows only: code that looks labels up, wherever, finds shuffled ones."""
    alone = dataclasses.replace(bench, store=bench.scratch / "nothing")
    steps = (bench.command("ingest", timeout_s=120), _signal(bench.manifest.package, SHUFFLED))
    return alone.session(steps, mounts={"data": bench.scratch / "lab/shuffled"}, collect=(SHUFFLED,), preload=LOADED)


def _signal(package: str, out: str) -> Step:
    """One quick estimator of ours on the project's features and folds."""
    modules = (layout.INGEST, layout.COLUMNS, layout.FEATURES, layout.LABELS, layout.FOLDS)
    script = ("/probes/data_scientist_signal.py", layout.named(package, *modules), f"/work/{out}")
    return Step("signal", script, kind="script", timeout_s=120)


def _when(session: SessionResult, step: str, folder: Path) -> Path | None:
    return folder if session.step(step).ok else None


def _ran(bench: Bench, findings: Findings, real: SessionResult, out: Path) -> None:
    step = real.step("features")
    evidence = f"`features` fitted {bench.sealed.open_rows} rows in {step.seconds:.1f} s"
    findings.add("features_run", step.ok, evidence if step.ok else last_lines(step.err), seconds_fit__s=step.seconds)


def _unusable(findings: Findings, real: SessionResult) -> None:
    why = last_lines(real.step("rows").err or real.step("features").err) or real.step("rows").status
    for name in ("row_by_row_equals_batch", "train_serve_parity", "no_suspect_column_used", "unseen_values_survive"):
        findings.add(name, False, f"the prepared rows could not be transformed: {why}")


def _judge_rows(bench: Bench, findings: Findings, lab: Lab, probe: Path) -> None:
    try:
        batch, facts = _table(probe / "command.csv"), _facts(probe / "facts.json")
        _row_by_row(findings, lab, probe, batch)
        _parity(findings, lab, probe, batch)
        _suspects(findings, lab, probe, batch)
        _future(bench, findings, lab, probe, batch)
        _unseen(findings, lab, probe, facts)
        _sane(findings, facts)
    except (OSError, ValueError, KeyError) as error:
        findings.add("features_readable", False, f"what the features command wrote can't be read: {error}")


def _row_by_row(findings: Findings, lab: Lab, probe: Path, batch: Table) -> None:
    differing = _differences(batch, _table(probe / "alone.csv"))
    for i in range(data_scientist_landing.SINGLES):
        names, rows = _table(probe / f"one_{i}.csv")
        start = i * len(lab.rows) // data_scientist_landing.SINGLES
        differing += _differences((batch[0], batch[1][start : start + 1]), (names, rows))
    sparse = _table(probe / "sparse.csv")[1]
    differing += ["the sparse view" for together, alone in sparse if together != alone]
    evidence = (
        f"{len(batch[1])} rows one by one, and {data_scientist_landing.SINGLES} files of one row, against one batch"
    )
    findings.add("row_by_row_equals_batch", not differing, _named(evidence, differing), rows=len(batch[1]))


def _parity(findings: Findings, lab: Lab, probe: Path, batch: Table) -> None:
    differing = _differences(batch, _table(probe / "records.csv"))
    if (probe / "lean.csv").is_file():
        differing += _differences(batch, _table(probe / "lean.csv"))
    names, stored = _table(probe / "stored.csv")
    at = {int(float(row[0])): row[1:] for row in stored}
    both = [(row, at[place]) for row, place in zip(batch[1], lab.rows, strict=True) if place in at]
    differing += _differences((batch[0], [a for a, _ in both]), (names[1:], [b for _, b in both]))
    evidence = f"JSON records, the file command and the stored table ({len(both)} common rows) agree to the last bit"
    good = not differing and len(both) > 0
    findings.add("train_serve_parity", good, _named(evidence, differing, "they don't"), rows=len(both))


def _suspects(findings: Findings, lab: Lab, probe: Path, batch: Table) -> None:
    differing = _differences(batch, _table(probe / "swapped.csv"))
    evidence = f"permuted {len(lab.swapped)} columns that no feature may use ({', '.join(lab.swapped)[:300]})"
    findings.add("no_suspect_column_used", not differing, _named(evidence, differing), columns=len(lab.swapped))


def _future(bench: Bench, findings: Findings, lab: Lab, probe: Path, batch: Table) -> None:
    name = "no_look_into_the_future"
    if bench.problem.split.kind != "time":
        return  # without time there is no future to look into
    if not lab.older:
        findings.not_checked(name, "no older rows could be set apart from the newest ones")
        return
    differing = _differences((batch[0], [batch[1][i] for i in lab.older]), _table(probe / "older.csv"))
    later = len(batch[1]) - len(lab.older)
    evidence = f"{len(lab.older)} older rows keep their features when {later} later rows are taken away"
    findings.add(name, not differing, _named(evidence, differing), rows=len(lab.older))


def _unseen(findings: Findings, lab: Lab, probe: Path, facts: dict[str, object]) -> None:
    if facts["odd_error"]:
        findings.add("unseen_values_survive", False, f"rows with values never seen before: {facts['odd_error']}")
        return
    names, rows = _table(probe / "odd.csv")
    infinite = [name for i, name in enumerate(names) if any(math.isinf(float(row[i] or "nan")) for row in rows)]
    faults = [*infinite, *(["the linear view is not finite"] if facts["odd_sparse_infinite"] else [])]
    good = not faults and len(rows) == lab.odd_rows
    evidence = (
        f"{len(rows)} of {lab.odd_rows} rows with unknown levels, far-out numbers or no values have finite features"
    )
    findings.add("unseen_values_survive", good, _named(evidence, faults), rows=len(rows))


def _sane(findings: Findings, facts: dict[str, object]) -> None:
    infinite, constant, missing, single = (facts[k] for k in ("infinite", "constant", "missing", "single_row_ms"))
    if not isinstance(infinite, list) or not isinstance(constant, list):
        raise ValueError("facts.json holds no lists of features")
    share, milliseconds = float(str(missing)), float(str(single))
    evidence = f"{facts['rows']} rows: {len(infinite)} features with infinite values, {share:.1%} of values missing"
    named = f"; the same in every row: {', '.join(map(str, constant))[:300]}" if constant else ""
    findings.add(
        "feature_values_sane", not infinite and share < 0.9, evidence + named, constant=len(constant), missing=share
    )
    evidence = f"one row takes {milliseconds:.2f} ms (median), linear view included; the bar is {SERVING_MS:g} ms"
    findings.add("feature_serving_time", milliseconds < SERVING_MS, evidence, single_row__ms=milliseconds)


def _experiment(bench: Bench, design: FeatureDesign, findings: Findings) -> None:
    """Size and base rate of the A/B plan in the repository, worked out anew from the host's own rows."""
    name, path = "sample_size_recomputed", bench.tree / "experiments" / "ab_test.yaml"
    try:
        plan = yaml.safe_load(path.read_text(encoding="utf-8"))
        metric = plan["primary_metric"]
        std, effect, baseline = (float(metric[key]) for key in ("std", "minimum_effect", "baseline"))
        alpha, power, written = float(plan["alpha"]), float(plan["power"]), int(plan["sample_size_per_arm"])
        z = float(scipy.stats.norm.ppf(1 - alpha / 2) + scipy.stats.norm.ppf(power))
        right = math.ceil(2 * (z * std / effect) ** 2)
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
        findings.add(name, False, f"experiments/ab_test.yaml can't be used: {error!r}"[:500])
        return
    own = _base_rate(bench)
    near = own is None or abs(own - baseline) <= 0.02 + 0.1 * own
    evidence = f"the plan says {written} per arm, the formula {right}" + (
        f"; base rate {baseline:.4f}, the open rows say {own:.4f}" if own is not None else ""
    )
    good = abs(written - right) <= 1 and written == design.experiment.sample_size_per_arm and near
    findings.add(name, good, evidence, per_arm=written, recomputed=right)


def _base_rate(bench: Bench) -> float | None:
    if not register.kind_of(bench.problem).event:
        return None
    labels = pl.read_parquet(bench.sealed.open_labels)["label"].drop_nulls()
    return int((labels == bench.problem.target.classes[1]).sum()) / max(len(labels), 1)


def _table(path: Path) -> Table:
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} is larger than {MOST_BYTES} bytes")
    with path.open(encoding="utf-8", newline="") as stream:
        names, *rows = csv.reader(stream)
    return names, rows


def _facts(path: Path) -> dict[str, object]:
    facts = json_value(path.read_text(encoding="utf-8")[:MOST_BYTES])
    if not isinstance(facts, dict):
        raise ValueError(f"{path.name} holds no object")
    return facts


def _differences(left: Table, right: Table) -> list[str]:
    """Names of the columns in which two tables differ, digit by digit."""
    if left[0] != right[0]:
        return ["the names of the columns"]
    if len(left[1]) != len(right[1]):
        return [f"the number of rows ({len(left[1])} and {len(right[1])})"]
    found = {left[0][i] for a, b in zip(left[1], right[1], strict=True) for i in range(len(a)) if a[i] != b[i]}
    return sorted(found)


def _named(evidence: str, differing: list[str], how: str = "differing") -> str:
    return evidence if not differing else f"{evidence}; {how}: {', '.join(dict.fromkeys(differing))[:400]}"
