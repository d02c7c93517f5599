"""The file checks turn red when their subject is broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent_graph import register
from agent_graph.artifacts import Check, Stack, manifest_for
from agent_graph.options.monitoring import conformance
from agent_graph.options.monitoring.prometheus.reading import selectors
from tests.options.standing import bench, held

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
    kubernetes_sd_configs: [{role: pod, namespaces: {names: [shop-prod]}}]
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_label_part], regex: service, action: keep}
      - source_labels: [__meta_kubernetes_pod_container_port_number]
        target_label: __meta_kubernetes_pod_annotation_prometheus_io_port
        action: keepequal
  - job_name: shop-monitor
    kubernetes_sd_configs: [{role: pod, namespaces: {names: [shop-prod]}}]
    relabel_configs: [{source_labels: [__meta_kubernetes_pod_label_part], regex: numbers, action: keep}]
"""
POD = """
kind: Deployment
metadata: {name: shop-%s}
spec:
  template:
    metadata: {labels: {part: %s}, annotations: {prometheus.io/port: "%d"}}
    spec:
      volumes: [{name: store, persistentVolumeClaim: {claimName: shop-store}}]
      containers:
        - name: one
          args: ["--%s.textfile.directory=/shared/monitoring"]
          ports: [{containerPort: %d}, {containerPort: 7000}]
          volumeMounts: [{name: store, mountPath: /shared, subPath: artifacts}]
---"""
OTHERS = """
kind: Service
metadata: {name: shop}
spec: {selector: {part: service}}
---
kind: Role
metadata: {name: looks}
rules: [{apiGroups: [""], resources: [pods], verbs: [list, watch]}]
---
kind: RoleBinding
metadata: {name: looks}
roleRef: {kind: Role, name: looks}
subjects: [{kind: ServiceAccount, name: prometheus, namespace: monitoring}]
---
kind: CronJob
metadata: {name: shop-cycle}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          volumes: [{name: store, persistentVolumeClaim: {claimName: shop-store}}]
          containers:
            - name: cycle
              args: [cycle, --numbers, artifacts/monitoring]
              volumeMounts: [{name: store, mountPath: /app/artifacts, subPath: artifacts}]
"""
SCRAPED, ALERTED = "monitoring/prometheus/prometheus.yml", "monitoring/alertmanager/alertmanager.yml"
INHIBITED = """inhibit_rules: [{target_matchers: ['alertname =~ "ServiceDown|Gone"']}]
"""
OVERLAY = "deploy/kubernetes/overlays/prod/"
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
        SCRAPED: PROMETHEUS,
        ALERTED: ROUTES,
        "monitoring/grafana/dashboard.json": json.dumps({"title": "Shop", "panels": [PANEL]}),
        "runbooks/service-down.md": RUNBOOK,
        OVERLAY + "kustomization.yaml": "namespace: shop-prod\nresources: [all.yaml]\n",
        OVERLAY + "all.yaml": POD % ("service", "service", 8000, "service", 8000)
        + POD % ("numbers", "numbers", 9100, "collector", 9100)
        + OTHERS,
        "deploy/docker/Dockerfile": "WORKDIR /app\n",
    }


def checked(root: Path, files: dict[str, str]) -> dict[str, Check]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return held("observability", root, MANIFEST, "runbooks_exist", "alert_rules_valid")


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
        ("alert_routes_valid", replaced(ALERTED, "name: pages", "name: others")),
        ("alert_routes_valid", removed(ALERTED)),
        ("runbooks_exist", removed("runbooks/service-down.md")),
        ("runbooks_exist", replaced("runbooks/service-down.md", "## Mend", "## Rest")),
        ("runbooks_exist", replaced("runbooks/service-down.md", "Words", "`python -m shop fixit` and words")),
        ("runbooks_exist", replaced("runbooks/service-down.md", "Words", "docs/nowhere.md and words")),
        ("runbooks_exist", replaced("runbooks/service-down.md", "# Down\n", "# Down\n\nAlerts: `NoRequests`\n")),
        ("monitoring_names_agree", replaced(ALERTED, "route:", INHIBITED + "route:")),
        ("monitoring_names_agree", replaced(SCRAPED, "regex: service", "regex: serving")),
        ("monitoring_names_agree", replaced(SCRAPED, "[shop-prod]", "[shop]")),
        ("monitoring_names_agree", replaced(SCRAPED, "kubernetes_sd_configs", "static_configs")),
        ("monitoring_names_agree", replaced(SCRAPED, "regex: numbers", "regex: none")),
        ("monitoring_names_agree", replaced(OVERLAY + "all.yaml", "8000", "8001")),
        ("monitoring_names_agree", replaced(OVERLAY + "all.yaml", ", --numbers", ", --output")),
        ("monitoring_names_agree", replaced(OVERLAY + "all.yaml", "artifacts/monitoring]", "artifacts/reports]")),
        ("monitoring_names_agree", replaced(OVERLAY + "all.yaml", "namespace: monitoring", "namespace: shop-prod")),
        ("monitoring_names_agree", replaced(OVERLAY + "all.yaml", "verbs: [list, watch]", "verbs: [get]")),
        ("monitoring_names_agree", replaced("monitoring/prometheus/rules.yml", 'job="shop"', 'job="store"')),
        ("monitoring_names_agree", replaced(SCRAPED, "[rules.yml]", "[other.yml]")),
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


def test_what_a_monitoring_does_not_say_is_not_called_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent, given = replace(register.option_of(Stack(), "monitoring"), says=None), bench(tmp_path, MANIFEST)
    monkeypatch.setattr(register, "option_of", lambda stack, choice: silent)
    (found,) = conformance.check(given)
    assert (found.name, found.verdict) == ("runbooks_exist", "not_checked")
