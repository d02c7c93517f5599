"""The evaluation on drawn tables: what is run, what is kept, and what its numbers count."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from agent_graph.artifacts import ExecutionReport
from evals import first_try
from evals.first_try import Case, How, Result
from evals.running import Ended

ROOT = Path(__file__).resolve().parents[2]
BUILD = """
import json, sys
from pathlib import Path
records, out, name = sys.argv[1:]
record = next(r for r in map(json.loads, Path(records).read_text().splitlines()) if r["id"] == name)
folder = Path(out) / name
folder.mkdir(parents=True)
(folder / "data.csv").write_text("a,y\\n" + "1,0\\n" * record["rows"])
"""
HOW = How(draw=60, seed=0, budget="20s", given=True, fresh=False, keep=None)


def record(name: str, task: str = "binary", rows: int = 100, language: str = "en", **expected: Any) -> dict[str, Any]:
    wanted = {"target": "y", "task": task, "split": ["random"], "never": ["a"], "positive": 1} | expected
    return {"id": name, "language": language, "statement": "words", "rows": rows, "expected": wanted}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Records of built kinds, one that isn't, one whose question is open; and what makes their tables."""
    tasks = ("binary", "regression", "count", "multiclass")
    records = [record(f"r{i}", tasks[i % 4], (60, 500, 3_000)[i % 3], ("en", "de")[i % 2]) for i in range(24)]
    records += [record("survival", "survival"), record("open", ask=True), record("refused", refuse="no label")]
    (tmp_path / "some.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
    (tmp_path / "build.py").write_text(BUILD)
    return tmp_path


def test_only_settled_questions_of_built_kinds_are_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_GRAPH_CACHE", str(folder / "cache"))
    found = first_try.cases(folder, ())
    assert {case.record["id"] for case in found} == {f"r{i}" for i in range(24)}
    assert {case.rows for case in found} == {60, 500, 3_000}
    assert [case.record["id"] for case in first_try.cases(folder, ("r3", "open"))] == ["r3"]


def test_a_draw_is_the_same_for_a_seed_and_covers_every_stratum_before_any_twice(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_GRAPH_CACHE", str(folder / "cache"))
    found = first_try.cases(folder, ())
    first, again, other = (first_try.drawn(found, 12, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert len({case.stratum for case in first}) == len({case.stratum for case in found}) == 12


def test_what_was_meant_is_said_as_options(tmp_path: Path) -> None:
    case = Case(record("a", never=["p", "q"], fine=["z"]), "group:who", tmp_path, 9)
    words = case.words(given=True)
    assert words[:4] == ("--target", "y", "--task", "binary")
    assert {"split=group:who", "drop=p,q", "keep=z", "positive_class=1"} <= set(words)
    assert case.words(given=False) == ()


@pytest.fixture(scope="module")
def example() -> ExecutionReport:
    path = ROOT / "generated" / "telco-churn" / "reports" / "execution_report.json"
    return ExecutionReport.model_validate_json(path.read_text("utf-8"))


def test_a_gate_that_was_tried_again_is_a_repair_and_says_what_was_mended(example: ExecutionReport) -> None:
    said = (
        "  11.0 s  mlops           dockerfile_valid passed (0.1 s)\n"
        "  12.0 s  mlops           service_answers failed (0.4 s): exit 1: no port\n"
        "  12.0 s  mlops           gate failed (9.1 s)\n"
    )
    assert first_try.end_of(Ended(0, 1.0, "", example)) == "proven at first try"
    assert first_try.failures_of(Ended(0, 1.0, "", example)) == ()
    account = example.roles[0]
    assert account.gate is not None
    again = account.model_copy(update={"gate": account.gate.model_copy(update={"attempt": 2})})
    mended = Ended(0, 1.0, said, example.model_copy(update={"roles": (again, *example.roles[1:])}))
    assert first_try.end_of(mended) == "proven after repair"
    assert first_try.failures_of(mended) == (("service_answers", "(mended in the run) exit 1: no port"),)


@pytest.mark.parametrize(("code", "end"), [(2, "refused"), (6, "asks"), (4, "crashed"), (-9, "crashed")])
def test_a_run_without_a_report_is_told_by_its_exit_code_and_last_line(code: int, end: str) -> None:
    ended = Ended(code, 1.0, "first\nagent-graph: why\n\n", None)
    assert first_try.end_of(ended) == end
    assert first_try.failures_of(ended) == ((end, "agent-graph: why"),)


def test_what_was_run_is_not_run_again_and_the_table_counts_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_GRAPH_CACHE", str(folder / "cache"))
    ends = ("proven at first try", "proven after repair", "not proven")
    kept = []
    for case, end in zip(first_try.cases(folder, ("r0", "r1", "r2")), ends, strict=True):
        broken = () if end == ends[0] else (("beats_dummy", "0.5 | against 0.6"),)
        result = Result(
            case.record["id"], "en", "binary", case.split, 60, end, "Promise kept", "0.7", "0.6", 2, broken, 99.0, "c"
        )
        kept.append({"key": first_try.key(case, HOW), **asdict(result)})
    table = tmp_path / "results" / "first_try.md"
    table.parent.mkdir()
    table.with_suffix(".jsonl").write_text("".join(json.dumps(each) + "\n" for each in kept))
    assert first_try.run(folder, ("r0", "r1", "r2"), table, HOW) == 1
    page = table.read_text("utf-8")
    assert "- proven at first try: 1 of 3" in page
    assert "- proven after repair: 1 of 3" in page
    assert "folder r0 r1 r2 --draw 60" in page
    assert "- promises kept: 3 of 3" in page
    assert "beats_dummy | 0.5 / against 0.6 |" in page
    assert str(folder) not in page
