"""The file checks turn red when their subject is broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_graph.artifacts import Check, manifest_for
from agent_graph.checks.bench import Findings
from agent_graph.checks.observability_files import check_files
from agent_graph.checks.observability_reading import read_files, selectors

MANIFEST = manifest_for("shop")
RULES = """
groups:
  - name: shop
    rules:
      - alert: ServiceDown
        expr: up{job="shop"} == 0
        for: 1m
        labels: {severity: page}
        annotations: {summary: It is down., runbook: runbooks/service-down.md}
"""
RULES_TEST = """
tests:
  - input_series: [{series: 'up{job="shop"}', values: "0x10"}]
    alert_rule_test: [{eval_time: 5m, alertname: ServiceDown, exp_alerts: [{exp_labels: {severity: page}}]}]
  - input_series: [{series: 'up{job="shop"}', values: "1x10"}]
    alert_rule_test: [{eval_time: 5m, alertname: ServiceDown}]
"""
PROMETHEUS = """
rule_files: [rules.yml]
scrape_configs:
  - job_name: shop
    static_configs: [{targets: ["shop:8000"]}]
"""
ROUTES = """
route: {receiver: pages, routes: [{matchers: ['severity = "page"'], receiver: pages}]}
receivers: [{name: pages, webhook_configs: [{url: "http://pager"}]}]
"""
RUNBOOK = "# Down\n" + "".join(f"\n## {name}\n\nWords that are long enough.\n" for name in ("Symptom", "Check", "Mend"))
PANEL = {"id": 1, "type": "stat", "title": "Up", "targets": [{"refId": "A", "expr": "up"}]}

Change = Callable[[dict[str, str]], None]


def project() -> dict[str, str]:
    return {
        "monitoring/prometheus/rules.yml": RULES,
        "monitoring/prometheus/rules_test.yml": RULES_TEST,
        "src/shop/cli.py": 'COMMANDS = {"train": "train:run"}',
        "monitoring/prometheus/prometheus.yml": PROMETHEUS,
        "monitoring/alertmanager/alertmanager.yml": ROUTES,
        "monitoring/grafana/dashboard.json": json.dumps({"title": "Shop", "panels": [PANEL]}),
        "runbooks/service-down.md": RUNBOOK,
    }


def checked(root: Path, files: dict[str, str]) -> dict[str, Check]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    findings = Findings("observability")
    check_files(findings, read_files(root), MANIFEST)
    return {check.name: check for check in findings.checks}


def replaced(path: str, old: str, new: str) -> Change:
    def apply(files: dict[str, str]) -> None:
        assert old in files[path]
        files[path] = files[path].replace(old, new)

    return apply


def removed(path: str) -> Change:
    return lambda files: files.__delitem__(path)


@pytest.fixture(autouse=True)
def _no_tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def test_a_sound_project_fails_nothing(tmp_path: Path) -> None:
    assert [check.name for check in checked(tmp_path, project()).values() if check.verdict == "failed"] == []


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("alert_rules_valid", replaced("monitoring/prometheus/rules.yml", "== 0", "== (")),
        ("alert_rules_valid", replaced("monitoring/prometheus/rules.yml", "for: 1m", "for: soon")),
        ("alert_rules_valid", replaced("monitoring/prometheus/rules.yml", "labels:", "lables:")),
        ("alert_rules_valid", removed("monitoring/prometheus/rules.yml")),
        ("alert_rules_tested", replaced("monitoring/prometheus/rules_test.yml", "ServiceDown", "Other")),
        ("dashboards_valid", replaced("monitoring/grafana/dashboard.json", '"title": "Up"', '"tilte": "Up"')),
        ("dashboards_valid", replaced("monitoring/grafana/dashboard.json", '"expr": "up"', '"expr": "up("')),
        ("dashboards_valid", removed("monitoring/grafana/dashboard.json")),
        ("alert_routes_valid", replaced("monitoring/alertmanager/alertmanager.yml", "name: pages", "name: others")),
        ("alert_routes_valid", removed("monitoring/alertmanager/alertmanager.yml")),
        ("runbooks_exist", removed("runbooks/service-down.md")),
        ("runbooks_exist", replaced("runbooks/service-down.md", "## Mend", "## Rest")),
        ("runbooks_exist", replaced("runbooks/service-down.md", "Words", "`python -m shop fixit` and words")),
        ("runbooks_exist", replaced("runbooks/service-down.md", "Words", "docs/nowhere.md and words")),
        ("monitoring_names_agree", replaced("monitoring/prometheus/prometheus.yml", "shop:8000", "shop:8001")),
        ("monitoring_names_agree", replaced("monitoring/prometheus/rules.yml", 'job="shop"', 'job="store"')),
        ("monitoring_names_agree", replaced("monitoring/prometheus/prometheus.yml", "[rules.yml]", "[other.yml]")),
    ],
)
def test_a_broken_file_fails_its_check(check: str, change: Change, tmp_path: Path) -> None:
    files = project()
    change(files)
    assert checked(tmp_path, files)[check].verdict == "failed"


def test_rules_that_cannot_be_run_here_are_not_called_tested(tmp_path: Path) -> None:
    files = project()
    replaced("monitoring/prometheus/rules.yml", 'up{job="shop"} == 0', "predict_linear(up[1h], 60) < 0")(files)
    assert checked(tmp_path, files)["alert_rules_tested"].verdict == "not_checked"


def test_the_metrics_of_an_expression_are_all_found() -> None:
    assert selectors("sum(rate(a_total[5m])) / b > 1 and absent(c)") == {"a_total", "b", "c"}
