"""Expressions have the values that Prometheus gives them; tests of rules fail when a rule can't do what they expect."""

from __future__ import annotations

import math
from typing import Any

import pytest

from agent_graph.options.monitoring.prometheus import rules
from agent_graph.options.monitoring.prometheus.promql import Series, UnsupportedError, evaluate


def counter(name: str, step: float, **labels: str) -> Series:
    return Series({"__name__": name, **labels}, tuple((60.0 * i, step * i) for i in range(61)))


SERIES = (
    counter("asked_total", 60, code="200"),
    counter("asked_total", 20, code="500"),
    counter("took_bucket", 0, le="0.1"),
    counter("took_bucket", 30, le="0.5"),
    counter("took_bucket", 60, le="+Inf"),
    Series({"__name__": "up", "job": "shop"}, ((3600.0, 0.0),)),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sum(rate(asked_total[5m]))", 80 / 60),
        ('sum(increase(asked_total{code=~"5.."}[10m]))', 200.0),
        ('sum(rate(asked_total{code=~"5.."}[5m])) / sum(rate(asked_total[5m]))', 0.25),
        ("histogram_quantile(0.25, sum by (le) (rate(took_bucket[5m])))", 0.3),
        ("histogram_quantile(0.99, sum by (le) (rate(took_bucket[5m])))", 0.5),
        ('up{job="shop"} == 0', 0.0),
        ("absent(never)", 1.0),
        ("time() - 600", 3000.0),
        ("max(asked_total) - min(asked_total)", 2400.0),
        ('count(asked_total{code!="500"})', 1.0),
        ("-abs(up - 3)", -3.0),
        ("scalar(sum(up)) + 2", 2.0),
        ("max_over_time(up[1h])", 0.0),
    ],
)
def test_an_expression_has_its_value(text: str, value: float) -> None:
    found = evaluate(text, SERIES, 3600.0)
    assert [*(found.values() if isinstance(found, dict) else [found])] == [pytest.approx(value)]


@pytest.mark.parametrize("text", ["up > 0", "absent(up)", "never", "up and never", "asked_total unless asked_total"])
def test_an_expression_without_an_answer_has_none(text: str) -> None:
    assert evaluate(text, SERIES, 3600.0) == {}


def test_a_stale_series_is_gone_and_nothing_by_nothing_is_no_number() -> None:
    assert evaluate("up", SERIES, 3600.0 + 301) == {}
    assert math.isnan(next(iter(evaluate("up / up", SERIES, 3600.0).values())))  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["predict_linear(up[1h], 60)", "topk(2, up)", "up * on(job) group_left asked_total"])
def test_what_is_not_known_is_said(text: str) -> None:
    with pytest.raises(UnsupportedError):
        evaluate(text, SERIES, 3600.0)


ALERT: dict[str, Any] = {"alert": "Down", "expr": "up == 0", "for": "2m", "labels": {"severity": "page"}}
FIRES = {
    "input_series": [{"series": 'up{job="shop"}', "values": "1x2 0x10"}],
    "alert_rule_test": [{"eval_time": "8m", "alertname": "Down", "exp_alerts": [{"exp_labels": {}}]}],
}
RESTS = {
    "input_series": [{"series": "up", "values": "1x10"}],
    "alert_rule_test": [{"eval_time": "8m", "alertname": "Down", "exp_alerts": []}],
}


def test_an_alert_that_fires_on_trouble_and_rests_without_it_has_no_fault() -> None:
    assert rules.faults([ALERT], {"tests": [FIRES, RESTS]}) == []


@pytest.mark.parametrize(
    "change",
    [{"expr": "up == 2"}, {"for": "1h"}, {"expr": "up >= 0"}, {"expr": "upp == 0"}],
    ids=lambda each: str(each),
)
def test_an_alert_that_never_or_always_fires_is_told(change: dict[str, str]) -> None:
    assert len(rules.faults([ALERT | change], {"tests": [FIRES, RESTS]})) == 1


def test_an_alert_that_nobody_expects_to_fire_or_to_rest_is_told() -> None:
    assert rules.faults([ALERT], {"tests": [RESTS]}) == ["no test expects Down to fire"]
    assert rules.faults([ALERT], {"tests": [FIRES]}) == ["no test expects Down to rest"]
    assert len(rules.faults([ALERT], None)) == 2
