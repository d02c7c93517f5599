"""The tests of the alerting rules, run: does each alert fire on its trouble, and rest when all is well?"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import promql_parser

from agent_graph.options.monitoring.prometheus.promql import Series, UnsupportedError, Vector, evaluate

STEP_S = 60.0  # evaluation_interval of rules_test.yml where none is given
VALUES = re.compile(r"(-?[\d.eE]+|NaN|_)(?:([+-][\d.eE]+))?(?:x(\d+))?$")
Rule = dict[str, Any]


def faults(alerts: Sequence[Rule], document: Any) -> list[str]:
    """What doesn't hold, and which alerts nobody expects to fire or to rest; UnsupportedError, ValueError."""
    tests = document.get("tests", []) if isinstance(document, dict) else []
    step = _seconds(document.get("evaluation_interval", "1m")) if isinstance(document, dict) else STEP_S
    wrong: list[str] = []
    fires: set[str] = set()
    rests: set[str] = set()
    for test in tests:
        series = [_series(each, _seconds(test.get("interval", "1m"))) for each in test.get("input_series", ())]
        for name, at, expected, found in _expectations(test, alerts, series, step):
            if expected != found:
                wrong.append(f"{test.get('name', name)}: {found} alerts fire after {at:g} s, {expected} expected")
            (fires if expected else rests).add(name)
        wrong += list(_queries(test, alerts, series, step, fires))
    names = [str(rule["alert"]) for rule in alerts]
    wrong += [f"no test expects {name} to fire" for name in names if name not in fires]
    return wrong + [f"no test expects {name} to rest" for name in names if name not in rests]


def _expectations(
    test: Any, alerts: Sequence[Rule], series: list[Series], step: float
) -> Iterator[tuple[str, float, int, int]]:
    """(alert, moment, expected, found) of each `alert_rule_test`."""
    for each in test.get("alert_rule_test", ()):
        name, at = str(each["alertname"]), _seconds(each["eval_time"])
        firing = [found for rule in alerts if rule["alert"] == name for found in _firing(rule, series, at, step)]
        yield name, at, len(each.get("exp_alerts") or ()), len(firing)


def _queries(test: Any, alerts: Sequence[Rule], series: list[Series], step: float, fires: set[str]) -> Iterator[str]:
    """What differs in each `promql_expr_test`; the alerts that it expects to fire go to `fires`."""
    for each in test.get("promql_expr_test", ()):
        at, text = _seconds(each["eval_time"]), str(each["expr"])
        named = set(re.findall(r'alertname="([^"]*)"', text))
        known = [rule for rule in alerts if rule["alert"] in named] if named else list(alerts)
        states = [
            Series(
                {"__name__": "ALERTS", "alertstate": "firing", "alertname": str(rule["alert"]), **labels}, ((at, 1.0),)
            )
            for rule in known
            for labels in _firing(rule, series, at, step)
        ]
        found = evaluate(text, [*series, *states], at)
        values = sorted(found.values()) if isinstance(found, dict) else [found]
        wanted = sorted(float(sample["value"]) for sample in each.get("exp_samples") or ())
        same = len(values) == len(wanted) and all(map(math.isclose, values, wanted))
        yield from () if same else [f"{test.get('name', text[:60])}: {values} instead of {wanted}"]
        if "ALERTS" in text and any(value > 0 for value in wanted):
            fires |= named


def _firing(rule: Rule, series: list[Series], at: float, step: float) -> list[dict[str, str]]:
    """Labels of the alerts of a rule that fire at a moment: its expression held at every step of its `for`."""
    held = _seconds(rule.get("for", "0s"))
    first = max(0.0, at - held)
    steps = [first + step * index for index in range(int((at - first) / step) + 1)]
    lasting: set[frozenset[tuple[str, str]]] | None = None
    for moment in steps if at >= held else ():
        found = evaluate(str(rule["expr"]), series, moment)
        now = set(_plain(found)) if isinstance(found, dict) else set()
        lasting = now if lasting is None else lasting & now
    labels = {key: str(value) for key, value in (rule.get("labels") or {}).items()}
    return [{**dict(each), **labels} for each in lasting or ()]


def _plain(vector: Vector) -> Iterator[frozenset[tuple[str, str]]]:
    for labels in vector:
        yield frozenset(item for item in labels if item[0] != "__name__")


def _series(given: Any, interval: float) -> Series:
    """One `input_series`: PromQL's own notation for its labels, promtool's for its values (`0+5x30`, `1x10`, `_`)."""
    selector = promql_parser.parse(str(given["series"]))
    if not isinstance(selector, promql_parser.VectorSelector):
        raise UnsupportedError(f"{given['series']} is no series")
    labels = {matcher.name: matcher.value for matcher in selector.matchers.matchers}
    samples: list[tuple[float, float]] = []
    place = 0
    for word in str(given["values"]).split():
        match = VALUES.match(word)
        if match is None:
            raise UnsupportedError(f"values {word!r} of {given['series']}")
        for turn in range(int(match[3] or 0) + 1 if match[1] != "_" else int(match[3] or 1)):
            if match[1] != "_":
                samples.append((place * interval, float(match[1]) + turn * float(match[2] or 0)))
            place += 1
    return Series({"__name__": str(selector.name), **labels}, tuple(samples))


def _seconds(text: Any) -> float:
    return float(promql_parser.parse_duration(str(text)).total_seconds()) if str(text) not in ("0", "0s") else 0.0


def summary(alerts: Sequence[Rule], document: Any) -> str:
    """What was run, in words."""
    count = len(document.get("tests", [])) if isinstance(document, dict) else 0
    return f"{count} tests of {len(alerts)} alerts hold: each fires on its trouble and rests without it"
