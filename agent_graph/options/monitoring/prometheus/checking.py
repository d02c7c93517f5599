"""Rules, dashboards and routes: read and parsed by the host, compared with each other and with the manifests."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from agent_graph.artifacts import Check, Manifest
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.options.monitoring.prometheus import rules, scraped
from agent_graph.options.monitoring.prometheus.promql import UnsupportedError
from agent_graph.options.monitoring.prometheus.reading import (
    Expression,
    MonitoringFiles,
    filled,
    read_files,
    selectors,
    targets,
)

RULE_KEYS = {"alert", "expr", "for", "keep_firing_for", "labels", "annotations"}


def check(bench: Bench) -> tuple[Check, ...]:
    """Rules, their tests, dashboards, routes, and the names that they share with the project."""
    findings, files = Findings("observability"), read_files(bench.tree)
    _rules(findings, files)
    _rule_tests(findings, files)
    _dashboards(findings, files)
    _routes(findings, files)
    _names(findings, files, bench.manifest)
    return tuple(findings.checks)


def _rules(findings: Findings, files: MonitoringFiles) -> None:
    wrong = []
    for rule in files.alerts:
        name = str(rule["alert"])
        wrong += [f"{name}: unknown key {key!r}" for key in sorted(set(rule) - RULE_KEYS)]
        wrong += [f"{name}: no severity"] if rule.get("labels", {}).get("severity") not in ("page", "ticket") else []
        wrong += [f"{name}: no summary"] if not rule.get("annotations", {}).get("summary") else []
        wrong += [] if re.fullmatch(r"(\d+[smhd])+", str(rule.get("for", "1m"))) else [f"{name}: `for` is no duration"]
        wrong += _parse_fault(Expression(name, str(rule.get("expr", ""))))
    names = [rule["alert"] for rule in files.alerts]
    wrong += [f"{name} is defined twice" for name in sorted({name for name in names if names.count(name) > 1})]
    if not names:
        wrong.append("monitoring/prometheus/rules.yml holds no alert")
    good = f"{len(names)} alerting rules: PromQL parses, severity, summary and duration are there"
    _conclude(findings, "alert_rules_valid", wrong, good, alerts=len(names))


def _parse_fault(expression: Expression) -> list[str]:
    try:
        selectors(expression.text)
    except ValueError as error:
        return [f"{expression.where}: {error} in {expression.text[:100]!r}"]
    return []


def _rule_tests(findings: Findings, files: MonitoringFiles) -> None:
    """Every alert fires in a test and rests in one; promtool runs them where it is installed, else we do."""
    tool = shutil.which("promtool")
    try:
        wrong = rules.faults(files.alerts, files.rules_test)
    except UnsupportedError as error:
        if tool is None:
            findings.not_checked("alert_rules_tested", f"promtool is not on the PATH, and {error}")
            return
        wrong = []
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        wrong = [f"rules_test.yml can't be run: {error!r}"]
    wrong += [] if files.alerts else ["there is no alert to test"]
    if tool is not None:
        command = [tool, "test", "rules", "rules_test.yml"]
        folder = files.root / "monitoring" / "prometheus"
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)  # noqa: S603
        wrong += [last_lines(done.stdout + done.stderr)] if done.returncode else []
    how = "promtool and our own run of PromQL" if tool else "our own run of PromQL (promtool is not on the PATH)"
    good = f"{how}: {rules.summary(files.alerts, files.rules_test)}"
    _conclude(findings, "alert_rules_tested", wrong, good)


def _dashboards(findings: Findings, files: MonitoringFiles) -> None:
    wrong, panels = [], 0
    for name, content in files.dashboards.items():
        if not isinstance(content, dict):
            wrong.append(f"{name} is no JSON object")
            continue
        panels += len(content.get("panels", []))
        back = json.loads(JSONEncoder().encode(Dashboard.from_json(content)))
        wrong += [f"{name}: Grafana knows no {path}" for path in _lost(content, back)]
        ids = [panel.get("id") for panel in content.get("panels", [])]
        wrong += [f"{name}: panel ids repeat"] if len(set(ids)) != len(ids) else []
        wrong += [fault for text in targets(content) for fault in _parse_fault(Expression(name, filled(text)))]
    if not panels:
        wrong.append("monitoring/grafana holds no dashboard with panels")
    good = f"{len(files.dashboards)} dashboard(s), {panels} panels: no unknown key, every expression parses"
    _conclude(findings, "dashboards_valid", wrong, good, panels=panels)


def _routes(findings: Findings, files: MonitoringFiles) -> None:
    tool = shutil.which("amtool")
    path = files.root / "monitoring" / "alertmanager" / "alertmanager.yml"
    if not isinstance(files.routes, dict):
        findings.add("alert_routes_valid", False, "monitoring/alertmanager/alertmanager.yml is missing or no YAML")
        return
    receivers = {each.get("name"): each for each in files.routes.get("receivers", []) if isinstance(each, dict)}
    used = list(_receivers(files.routes.get("route", {})))
    wrong = [f"receiver {name!r} is not defined" for name in used if name not in receivers]
    wrong += [f"receiver {name!r} sends nowhere" for name, each in receivers.items() if name in used and len(each) < 2]
    wrong += [] if used else ["there is no route"]
    if tool is not None:
        done = subprocess.run([tool, "check-config", str(path)], capture_output=True, text=True, timeout=30)  # noqa: S603
        wrong += [last_lines(done.stdout + done.stderr, 3)] if done.returncode else []
    how = "amtool and reference check" if tool else "reference check (amtool is not on the PATH)"
    _conclude(findings, "alert_routes_valid", wrong, f"{how}: {len(receivers)} receivers, all routed")


def _receivers(route: Any) -> Iterator[str]:
    if isinstance(route, dict):
        if "receiver" in route:
            yield str(route["receiver"])
        for child in route.get("routes", []):
            yield from _receivers(child)


def _names(findings: Findings, files: MonitoringFiles, manifest: Manifest) -> None:
    """Jobs, ports and files that the monitoring files name must be those of the project."""
    config = files.prometheus if isinstance(files.prometheus, dict) else {}
    jobs = {job.get("job_name"): job for job in config.get("scrape_configs", [])}
    wrong = [] if jobs else ["monitoring/prometheus/prometheus.yml scrapes nothing"]
    wrong += scraped.faults(config, files.root, manifest)
    for expression in files.expressions:
        named = set(re.findall(r'job="([^"]*)"', expression.text))
        wrong += [f"{expression.where} reads job {each!r}, which isn't scraped" for each in sorted(named - set(jobs))]
    folder = files.root / "monitoring" / "prometheus"
    wrong += [f"rule file {each} isn't there" for each in config.get("rule_files", []) if not (folder / each).is_file()]
    severities = {rule.get("labels", {}).get("severity") for rule in files.alerts}
    routed = set(re.findall(r'severity\s*=~?\s*"([^"]*)"', json.dumps(files.routes).replace('\\"', '"')))
    wrong += [f"alerts are routed by severity {each!r}, which none has" for each in sorted(routed - severities)]
    wrong += [f"alertmanager.yml names {each!r}, which is no alert" for each in _unknown_alerts(files)]
    good = (
        f"jobs {', '.join(map(str, jobs))} find the pods and the monitor's numbers; alerts, severities and files agree"
    )
    _conclude(findings, "monitoring_names_agree", wrong, good)


def _unknown_alerts(files: MonitoringFiles) -> list[str]:
    """Names in the routes' matchers that no rule has; a pattern's alternatives are looked at one by one."""
    names = [str(rule["alert"]) for rule in files.alerts]
    written = re.findall(r'alertname\s*=~?\s*"([^"]*)"', json.dumps(files.routes).replace('\\"', '"'))
    parts = [part for text in written for part in text.split("|")]
    return [part for part in parts if not any(re.fullmatch(part, name) for name in names)]


def _conclude(findings: Findings, name: str, wrong: list[str], good: str, **measures: float) -> None:
    """Passed when nothing is wrong; else the first faults are the evidence."""
    findings.add(name, not wrong, "; ".join(wrong[:6]) if wrong else good, **measures)


def _lost(one: Any, other: Any, path: str = "$") -> Iterator[str]:
    """Keys that a round trip through Grafana's own types drops."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one:
            if key not in other:
                yield f"{path}.{key}"
            else:
                yield from _lost(one[key], other[key], f"{path}.{key}")
    elif isinstance(one, list) and isinstance(other, list):
        for place, (left, right) in enumerate(zip(one, other, strict=False)):
            yield from _lost(left, right, f"{path}[{place}]")
