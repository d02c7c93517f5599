"""A cycle goes on after a step that fails, and somebody hears of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from telco_churn.errors import BadInput, QualityGateFailed
from telco_churn.monitoring import AlarmRaised, TooFewRows, cycle, monitor

STEPS = ("ingest", "monitor", "retrain", "deliver")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[str]]:
    """Put actors in the place of the four commands; those named raise what is given. Returns who was called."""
    (tmp_path / "rows").mkdir()
    monkeypatch.setattr(cycle, "table_files", lambda folder, source: [*folder.iterdir()])
    monkeypatch.setattr(cycle.deliver, "newest", lambda: 7.0)

    def actors(*, rows: bool = True, **raising: Exception) -> list[str]:
        called: list[str] = []
        if rows:
            (tmp_path / "rows" / "some.csv").touch()

        def actor(name: str) -> Callable[..., None]:
            def act(*_: Any, **__: Any) -> None:
                called.append(name)
                if name in raising:
                    raise raising[name]

            return act

        for name in STEPS:
            monkeypatch.setattr(getattr(cycle, name), "run", actor(name))
        return called

    return actors


def gauges(folder: Path) -> dict[str, float]:
    """What Prometheus would be told of each step."""
    families = text_string_to_metric_families((folder / cycle.CYCLE).read_text(encoding="utf-8"))
    return {sample.labels.get("step", sample.name): sample.value for family in families for sample in family.samples}


def ends(report: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["ended"] for step in report["steps"]}


def test_all_steps_run_in_one_order(begun, tmp_path: Path) -> None:
    called = begun()
    assert ends(cycle.run(tmp_path / "rows", tmp_path)) == dict.fromkeys(STEPS, "done")
    assert called == [*STEPS]
    told = gauges(tmp_path)
    assert [told[name] for name in STEPS] == [0.0] * 4
    assert told[f"{monitor.PREFIX}last_delivery_timestamp_seconds"] == 7.0


def test_without_rows_nothing_is_watched_or_answered(begun, tmp_path: Path) -> None:
    called = begun(rows=False)
    assert ends(cycle.run(tmp_path / "rows", tmp_path))["deliver"] == "not due"
    assert called == ["ingest", "retrain"]


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("error", [BadInput("no such file"), QualityGateFailed("too bad"), ZeroDivisionError("oh")])
def test_a_step_that_fails_is_told_and_takes_no_other_with_it(
    name: str, error: Exception, begun, tmp_path: Path
) -> None:
    called = begun(**{name: error})
    with pytest.raises(QualityGateFailed, match=name) as told:
        cycle.run(tmp_path / "rows", tmp_path)
    learnt = [] if name == "ingest" else ["retrain"]
    assert called == ["ingest", "monitor", *learnt, "deliver"]
    assert told.value.report is not None
    assert [step for step, ended in ends(told.value.report).items() if ended == "failed"] == [name]
    assert [step for step in STEPS if gauges(tmp_path)[step]] == [name]


@pytest.mark.parametrize(("error", "ended"), [(AlarmRaised("it drifted"), "alarm"), (TooFewRows("3 rows"), "not due")])
def test_an_alarm_is_an_answer_and_few_rows_are_no_failure(error: Exception, ended: str, begun, tmp_path: Path) -> None:
    begun(monitor=error)
    assert ends(cycle.run(tmp_path / "rows", tmp_path))["monitor"] == ended
    assert not any(gauges(tmp_path)[step] for step in STEPS)
