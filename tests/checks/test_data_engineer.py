"""The data engineer's checks turn red when what they look at is broken, and say not more than they saw."""

from __future__ import annotations

import json
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.artifacts import DataDesign, Specification, manifest_for
from agent_graph.bench import Findings
from agent_graph.intake import framing
from agent_graph.measuring.samples import Sample, broken_files, read_texts, write_texts
from agent_graph.roles.data_engineer import ROLE, DataEngineerInputs
from agent_graph.roles.data_engineer.checks.cases import Case, Cases
from agent_graph.roles.data_engineer.checks.facts import issue_share, lineage_faults, same_labels
from agent_graph.roles.data_engineer.checks.faults import CHANGES, faults
from agent_graph.roles.data_engineer.checks.gate import _judge_contract, seen
from agent_graph.sandbox import StepResult


@pytest.fixture
def bench(tmp_path: Path) -> Any:
    """What the host knows of 300 open rows."""
    folder = tmp_path / "open"
    folder.mkdir()
    lines = ["id,age,height,plan,when,churn"]
    for i in range(300):
        left = ("no", "yes")[i * i % 97 < 19]
        lines.append(f"{i},{20 + i % 50},{1.5 + i % 7 / 10:.1f},{'abc'[i % 3]},2020-0{1 + i % 9}-01,{left}")
    (folder / "cases.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    specification = Specification(
        name="cases", statement="Who will churn?", data=(str(folder / "cases.csv"),), target="churn"
    )
    profile = profiling.profile(specification.data)
    problem = framing.frame(specification, profile)
    inputs = DataEngineerInputs(
        specification=specification, profile=profile, problem=problem, manifest=manifest_for("cases")
    )
    labels = pl.read_csv(folder / "cases.csv").select(pl.col("churn").alias("label"))
    labels.write_parquet(tmp_path / "labels.parquet")
    sealed = SimpleNamespace(open_dir=str(folder), open_labels=str(tmp_path / "labels.parquet"))
    return SimpleNamespace(data=ROLE.playbook(inputs), profile=profile, problem=problem, sealed=sealed)


def step(name: str, rc: int, out: str = "") -> StepResult:
    return StepResult(name=name, status="exit", rc=rc, seconds=0.1, cpu_s=0.1, peak_rss=1, out=out, err="error: x")


def judged(answers: list[tuple[bool, int]]) -> dict[str, str]:
    """Verdicts of the contract's checks, for cases (faulty?, exit code of validate)."""
    cases = tuple(Case(f"case {i}", f"/cases/{i}", faulty) for i, (faulty, _) in enumerate(answers))
    steps = {f"case {i}": step(f"case {i}", rc) for i, (_, rc) in enumerate(answers)} | {
        "validate": step("validate", 0)
    }
    findings = Findings("data_engineer")
    result = SimpleNamespace(step=steps.__getitem__)
    _judge_contract(findings, result, Cases(Path(), pl.DataFrame(), cases, (), "", ""))  # type: ignore[arg-type]
    return {check.name: check.verdict for check in findings.checks}


def test_a_contract_that_accepts_everything_is_red() -> None:
    verdicts = judged([(False, 0)] * 6 + [(True, 0)] * 20)
    assert verdicts == {"contract_accepts_clean": "passed", "contract_catches_faults": "failed"}


def test_a_contract_that_refuses_everything_is_red_too() -> None:
    verdicts = judged([(False, 3)] * 6 + [(True, 3)] * 20)
    assert verdicts == {"contract_accepts_clean": "failed", "contract_catches_faults": "failed"}


def test_a_crash_is_no_catch() -> None:
    assert judged([(False, 0)] * 6 + [(True, 1)] * 20)["contract_catches_faults"] == "failed"


def test_a_contract_that_knows_the_difference_is_green() -> None:
    assert set(judged([(False, 0)] * 6 + [(True, 3)] * 18 + [(True, 2)] * 2).values()) == {"passed"}


def test_a_probe_that_failed_saw_nothing() -> None:
    assert seen(step("look", 1, '{"rows": 1}')) is None
    assert seen(step("look", 0, "no json")) is None
    assert seen(step("look", 0, 'noise\n{"rows": 1}')) == {"rows": 1}


def test_other_labels_or_lost_rows_are_told(bench: Any) -> None:
    counts = dict(pl.read_parquet(bench.sealed.open_labels)["label"].value_counts().iter_rows())
    swapped = {"no": counts["yes"], "yes": counts["no"]}
    assert same_labels(bench, {"rows": 300, "labels": counts}, tolerate_drops=False) == ""
    assert "other labels" in same_labels(bench, {"rows": 300, "labels": swapped}, tolerate_drops=False)
    assert "the host counts 300" in same_labels(bench, {"rows": 200, "labels": {}}, tolerate_drops=True)


def test_rows_that_break_the_contract_are_counted_by_the_host(bench: Any) -> None:
    rows = read_texts(Path(bench.sealed.open_dir) / "cases.csv", bench.profile.main.dialect)
    assert issue_share(bench, rows)[0] == 0
    broken = rows.with_columns(pl.when(pl.int_range(pl.len()) < 30).then(pl.lit("-9999")).otherwise("age").alias("age"))
    share, worst = issue_share(bench, broken)
    assert share == pytest.approx(0.1)
    assert worst == "'age'"


def test_a_lineage_that_is_missing_or_lies_is_told(bench: Any, tmp_path: Path) -> None:
    look = {"layer": {"rows": 300}}
    assert lineage_faults(bench, tmp_path / "none.json", look)
    lying = {"batch": "0", "sha256": "0" * 64, "file": "cases.csv", "rows_in": 300, "rows_out": 300, "dropped": {},
             "side_tables": {}, "contract": "c", "ingested_at": "2026-01-01T00:00:00+00:00"}  # fmt: skip
    (tmp_path / "lineage.json").write_text(json.dumps({"contract": "c", "batches": [lying]}))
    assert lineage_faults(bench, tmp_path / "lineage.json", look) == ["wrong or missing: the file's digest"]


def test_every_fault_changes_the_rows(bench: Any) -> None:
    assert isinstance(bench.data, DataDesign)
    rows = read_texts(Path(bench.sealed.open_dir) / "cases.csv", bench.profile.main.dialect)
    sample = Sample(rows, bench.data, bench.profile, bench.problem)
    made = dict(faults(sample, 0))
    assert list(made) == list(CHANGES)
    assert sum(changed is not None for changed in made.values()) >= 20
    assert not [name for name, changed in made.items() if changed is not None and changed.equals(rows)]
    clean = write_texts(rows, bench.profile.main.dialect)
    assert all(content != clean for _, content in broken_files(clean, bench.profile.main.dialect))


def test_the_same_seed_makes_the_same_faults(bench: Any) -> None:
    rows = read_texts(Path(bench.sealed.open_dir) / "cases.csv", bench.profile.main.dialect)
    sample = Sample(rows, bench.data, bench.profile, bench.problem)
    change = CHANGES["nulls_in_number"]
    first, second = (change(sample, random.Random(4)) for _ in range(2))  # noqa: S311
    assert first is not None
    assert second is not None
    assert first.equals(second)
