"""The data engineer's gate: rows arrive whole, once and typed; clean rows pass the contract, faulty ones don't."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import layout, own_functions
from agent_graph.measuring.pool import beside
from agent_graph.measuring.syntax import last_object
from agent_graph.roles.data_engineer.checks.cases import Cases, make_cases
from agent_graph.roles.data_engineer.checks.facts import issue_share, lineage_faults, same_labels
from agent_graph.sandbox import SessionResult, Step, StepResult

CATCH_BAR = 0.9
ISSUE_BAR = 0.001
REFUSED = (2, 3)
PROCESSED = "/work/data/processed"
APART_SHARE = 2 / 3  # of the inputs: what the second of two cells does while the first sees rows arrive
APART = "/work/.incremental"  # the incremental drill has a data folder of its own


def run(bench: Bench) -> tuple[Check, ...]:
    """All checks, from two cells side by side: rows that arrive and some of the inputs, and the other inputs."""
    findings = Findings("data_engineer")
    if bench.data is not None and not own_functions.judge(bench, findings, {"custom_rules": bench.data.custom_rules}):
        return tuple(findings.checks)  # every command that validates would raise or hang
    cases = make_cases(bench)
    inputs = _inputs(bench, cases)
    apart = round(APART_SHARE * len(inputs))
    first, second = beside(
        lambda: _session(bench, cases, [*_arriving(bench, cases), _validate(bench), *inputs[apart:]]),
        lambda: _session(bench, cases, inputs[:apart], keep=()),
    )
    result = replace(first, steps=(*first.steps, *second.steps))
    _judge_rows(bench, findings, result)
    _judge_validation(bench, findings, result, cases)
    return tuple(findings.checks)


def rows_arrive(bench: Bench) -> tuple[Check, ...]:
    """The half that is about rows: whole, once, typed, with their lineage."""
    findings, cases = Findings("data_engineer"), make_cases(bench)
    _judge_rows(bench, findings, _session(bench, cases, _arriving(bench, cases)))
    return tuple(findings.checks)


def contract_holds(bench: Bench) -> tuple[Check, ...]:
    """The half that is about the contract: clean rows pass it, faulty ones don't."""
    findings, cases = Findings("data_engineer"), make_cases(bench)
    steps = [*_arriving(bench, cases)[:1], _validate(bench), *_inputs(bench, cases)]
    result = _session(bench, cases, steps)
    _judge_validation(bench, findings, result, cases)
    return tuple(findings.checks)


def _session(
    bench: Bench, cases: Cases, steps: list[Step], keep: tuple[str, ...] = ("data/processed",)
) -> SessionResult:
    result, _ = bench.session(
        steps,
        mounts={"cases": cases.folder, "holdout": Path(bench.sealed.holdout_dir)},  # features only
        keep=keep,
        collect=tuple(f"{folder}/lineage.json" for folder in keep),
    )
    return result


def _judge_rows(bench: Bench, findings: Findings, result: SessionResult) -> None:
    _judge_ingest(bench, findings, result)
    _judge_incremental(bench, findings, result)
    _judge_lineage(bench, findings, result, bench.store / "data/processed/lineage.json")
    _judge_records(findings, result)


def _judge_validation(bench: Bench, findings: Findings, result: SessionResult, cases: Cases) -> None:
    _judge_contract(findings, result, cases)
    _judge_quality(bench, findings, result, cases)


def _arriving(bench: Bench, cases: Cases) -> list[Step]:
    """Ingest twice, then in parts, with a look after each; the first step alone makes the processed layer."""
    apart = ((f"{bench.manifest.env_prefix}DATA_DIR", APART),)
    drill = []
    for name in ("first", "second", "changed"):
        raw = (f"{bench.manifest.env_prefix}RAW_DIR", f"/cases/{name}")
        drill.append(_step(bench.command("ingest", step=f"ingest {name}"), env=(*apart, raw)))
        if name != "changed":
            drill.append(_step(_look(bench, f"look {name}", f"{APART}/processed"), env=apart))
    records = Step(
        name="records",
        argv=(
            "/probes/data_engineer_records.py",
            layout.named(bench.manifest.package, layout.INGEST),
            cases.unlabelled,
            cases.records,
        ),
        kind="script",
        env=(("PYTHONPATH", "/work/src"),),
    )
    return [
        bench.command("ingest", step="ingest", timeout_s=120),
        _look(bench, "look", PROCESSED),
        bench.command("ingest", step="ingest again"),
        _look(bench, "look again", PROCESSED),
        records,
        *drill,
    ]


def _validate(bench: Bench) -> Step:
    return bench.command("validate", step="validate")  # the processed layer


def _inputs(bench: Bench, cases: Cases) -> list[Step]:
    """Each clean or faulty input through the contract; they need nothing of each other."""
    return [
        bench.command("validate", "--input", case.path, *case.arguments, step=f"case {i}")
        for i, case in enumerate(cases.cases)
    ]


def _step(step: Step, env: tuple[tuple[str, str], ...]) -> Step:
    return Step(name=step.name, argv=step.argv, kind=step.kind, env=(*step.env, *env), timeout_s=step.timeout_s)


def _look(bench: Bench, name: str, folder: str) -> Step:
    argv = ("/probes/data_engineer_processed.py", layout.named(bench.manifest.package, layout.INGEST), folder)
    return Step(name=name, argv=argv, kind="script", env=(("PYTHONPATH", "/work/src"),))


def seen(step: StepResult) -> dict[str, Any] | None:
    """What a probe printed; None when it failed."""
    return last_object(step.out) if step.ok else None


def _told(step: StepResult) -> str:
    return f"{step.name!r} ended with {step.status} {step.rc}: {last_lines(step.err or step.out, 4)}"


def _judge_ingest(bench: Bench, findings: Findings, result: SessionResult) -> None:
    assert bench.data is not None  # noqa: S101
    step, look = result.step("ingest"), seen(result.step("look"))
    if not step.ok or look is None:
        findings.add("ingest_runs", False, _told(step if not step.ok else result.step("look")))
        findings.not_checked("ingest_idempotent", "ingest failed")
        return
    fault = same_labels(bench, look["layer"], tolerate_drops=bench.data.drop_duplicates)
    names = [column.name for column in bench.data.columns]
    if look["layer"]["columns"] != names:
        fault = fault or f"columns are {look['layer']['columns'][:5]}…, designed were {names[:5]}…"
    in_time = step.seconds <= bench.data.ingest_sla_s
    slow = "" if in_time else f"; slower than the {bench.data.ingest_sla_s:.0f} s agreed"
    rows = int(look["layer"]["rows"])
    text = fault or f"{rows} rows, {len(names)} columns, labels equal to the host's own, {step.seconds:.1f} s" + slow
    findings.add("ingest_runs", not fault and in_time, text, step.seconds, rows=rows, time__s=step.seconds)
    again, after = result.step("ingest again"), seen(result.step("look again"))
    same = again.ok and after == look
    told = (
        f"a second ingest left {len(look['batches'])} batch(es) byte for byte"
        if same
        else "a second ingest changed the processed layer: "
    )
    findings.add("ingest_idempotent", same, told if same else told + _told(again), again.seconds)


def _judge_incremental(bench: Bench, findings: Findings, result: SessionResult) -> None:
    looks = {name: seen(result.step(f"look {name}")) for name in ("first", "second")}
    whole = seen(result.step("look"))
    if whole is None or any(look is None for look in looks.values()):
        bad = next((s for s in result.steps if s.name in ("ingest first", "ingest second") and not s.ok), None)
        findings.add("ingest_incremental", False, _told(bad or result.step("look first")))
        return
    first, second = looks["first"] or {}, looks["second"] or {}
    kept = all(second["batches"].get(name) == batch for name, batch in first["batches"].items())
    grown = len(second["batches"]) == len(first["batches"]) + 1
    equal = second["layer"]["content"] == whole["layer"]["content"]
    refused = result.step("ingest changed").rc == 2
    text = (
        f"first file {first['layer']['rows']} rows, with the second {second['layer']['rows']}: former batch "
        f"{'untouched' if kept else 'CHANGED'}, {'one batch' if grown else 'NOT one batch'} added, the union "
        f"{'equals' if equal else 'DIFFERS from'} one whole ingest; a rewritten landing file is "
        f"{'refused' if refused else 'NOT refused'}"
    )
    findings.add("ingest_incremental", kept and grown and equal and refused, text)


def _judge_contract(findings: Findings, result: SessionResult, cases: Cases) -> None:
    steps = {case: result.step(f"case {i}") for i, case in enumerate(cases.cases)}
    clean = {case: step for case, step in steps.items() if not case.faulty}
    alarms = [f"{case.name}: {last_lines(step.err, 1)}" for case, step in clean.items() if not step.ok]
    whole = result.step("validate")
    if not whole.ok:
        alarms.insert(0, f"all open rows: {last_lines(whole.err, 1)}")
    total = len(clean) + 1
    text = f"{len(alarms)} false alarm(s) in {total} clean inputs" + "".join(f"; {alarm}" for alarm in alarms)
    findings.add(
        "contract_accepts_clean",
        not alarms,
        text,
        sum(s.seconds for s in clean.values()),
        false_alarm_rate=len(alarms) / total,
    )
    faulty = {case: step for case, step in steps.items() if case.faulty}
    caught = [case for case, step in faulty.items() if step.status == "exit" and step.rc in REFUSED]
    missed = [f"{case.name} (exit {step.rc})" for case, step in faulty.items() if case not in caught]
    rate = len(caught) / len(faulty)
    text = (
        f"{len(caught)} of {len(faulty)} injected faults refused with exit 2 or 3"
        + (f"; missed: {', '.join(missed)}" if missed else "")
        + (
            f"; {len(cases.not_applicable)} don't apply to these data: {', '.join(cases.not_applicable)}"
            if cases.not_applicable
            else ""
        )
    )
    findings.add(
        "contract_catches_faults", rate >= CATCH_BAR and not alarms, text, sum(s.seconds for s in faulty.values()),
        catch_rate=rate, faults=len(faulty), not_applicable=len(cases.not_applicable),
    )  # fmt: skip


def _judge_quality(bench: Bench, findings: Findings, result: SessionResult, cases: Cases) -> None:
    share, worst = issue_share(bench, cases.rows)
    step = result.step("validate")
    text = f"{share:.4%} of the open rows break the contract by the host's own count"
    text += f" (most by {worst})" if worst else ""
    text += f"; validate ended with {step.rc}"
    findings.add("quality_issue_share", step.ok and share < ISSUE_BAR, text, issue_share=share, pass_share=1 - share)


def _judge_lineage(bench: Bench, findings: Findings, result: SessionResult, path: Path) -> None:
    look = seen(result.step("look"))
    if look is None:
        findings.add("lineage_complete", False, "there is no processed layer to have a lineage")
        return
    found = lineage_faults(bench, path, look)
    findings.add(
        "lineage_complete",
        not found,
        "; ".join(found) or "file, digest, rows in and out, drops, contract and time agree with the host's count",
    )


def _judge_records(findings: Findings, result: SessionResult) -> None:
    step = result.step("records")
    found = seen(step)
    if found is None:
        findings.add("records_equal_files", False, _told(step))
        return
    unlike = found["unlike"]
    text = f"{found['rows']} rows as JSON records and as a file: " + (
        f"columns {unlike} differ" if unlike else f"{found['columns']} columns equal in value and type"
    )
    findings.add("records_equal_files", not unlike and found["rows"] > 0, text, step.seconds)
