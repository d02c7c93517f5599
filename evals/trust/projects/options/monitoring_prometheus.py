"""Lies of whoever watches the model: alerts and their tests, dashboards, routes."""

from __future__ import annotations

from evals.trust.projects.pair import Pair, replaced

RULES, TESTS = "monitoring/prometheus/rules.yml", "monitoring/prometheus/rules_test.yml"
SCRAPED, ROUTES = "monitoring/prometheus/prometheus.yml", "monitoring/alertmanager/alertmanager.yml"
BOARD = "monitoring/grafana/dashboard.json"

PAIRS: tuple[Pair, ...] = (
    Pair(
        "an alert that can never fire",
        "monitoring",
        "alert_rules_tested",
        replaced(RULES, 'expr: "telco_churn_drift_alarm > 0"', 'expr: "telco_churn_drift_alarm > 1"'),
        replaced(RULES, 'expr: "telco_churn_drift_alarm > 0"', 'expr: "telco_churn_drift_alarm >= 1"'),
    ),
    Pair(
        "an alert whose threshold is out of reach",
        "monitoring",
        "alert_rules_tested",
        replaced(RULES, "[5m]))) > 0.2", "[5m]))) > 60"),
        replaced(RULES, "[5m]))) > 0.2", "[5m]))) > 0.25"),
    ),
    Pair(
        "an alert that waits longer than trouble lasts",
        "monitoring",
        "alert_rules_tested",
        replaced(RULES, '[10m])) > 0"\n        for: 5m', '[10m])) > 0"\n        for: 7d'),
        replaced(RULES, '[10m])) > 0"\n        for: 5m', '[10m])) > 0"\n        for: 6m'),
    ),
    Pair(
        "an alert that always fires",
        "monitoring",
        "alert_rules_tested",
        replaced(RULES, "telco_churn_prediction_drift_ratio >= 1", "telco_churn_prediction_drift_ratio >= 0"),
        replaced(RULES, "telco_churn_prediction_drift_ratio >= 1", "telco_churn_prediction_drift_ratio > 0.99"),
    ),
    Pair(
        "rule tests that expect nothing",
        "monitoring",
        "alert_rules_tested",
        replaced(
            TESTS,
            'alertname=\\"ScoreDecayed\\", alertstate=\\"firing\\", severity=\\"page\\", service=\\"telco-churn\\"})"\n'
            "        eval_time: 5m\n        exp_samples:\n          - value: 1",
            'alertname=\\"ScoreDecayed\\", alertstate=\\"firing\\", severity=\\"low\\"})"\n'
            "        eval_time: 5m\n        exp_samples: []",
        ),
        replaced(TESTS, 'values: "0.1x10"', 'values: "0.2x10"'),
    ),
    Pair(
        "an alert on a metric that nobody exports",
        "observability windows",
        "metrics_exist",
        replaced(
            RULES, "sum(increase(telco_churn_fallback_total[10m]))", "sum(increase(telco_churn_fallbacks_total[10m]))"
        ),
        replaced(
            RULES, "sum(increase(telco_churn_fallback_total[10m]))", "sum(increase(telco_churn_fallback_total[9m]))"
        ),
    ),
    Pair(
        "a dashboard of a metric that nobody exports",
        "observability windows",
        "metrics_exist",
        replaced(BOARD, "sum(telco_churn_ready)", "sum(telco_churn_uptime_ratio)"),
        replaced(BOARD, "topk(10, telco_churn_drift_psi)", "topk(5, telco_churn_drift_psi)"),
    ),
    Pair(
        "an alert without a runbook",
        "monitoring",
        "runbooks_exist",
        replaced(RULES, '          runbook: "runbooks/model-age.md"\n', ""),
        replaced(RULES, "older than 90 days.", "older than a quarter of a year."),
    ),
    Pair(
        "a route to nobody",
        "monitoring",
        "alert_routes_valid",
        replaced(ROUTES, "      receiver: pages\n", "      receiver: on-call\n"),
        replaced(ROUTES, "repeat_interval: 1h", "repeat_interval: 2h"),
    ),
    Pair(
        "a receiver that sends nowhere",
        "monitoring",
        "alert_routes_valid",
        replaced(
            ROUTES,
            "    opsgenie_configs:\n      - api_key_file: /etc/alertmanager/secrets/opsgenie_api_key\n"
            "        priority: P3\n"
            "        message: '{{ .CommonAnnotations.summary }}'\n        note: '{{ .CommonAnnotations.runbook }}'\n",
            "",
        ),
        replaced(ROUTES, "priority: P3", "priority: P4"),
    ),
    Pair(
        "a scrape that finds none of the service's pods",
        "monitoring",
        "monitoring_names_agree",
        replaced(SCRAPED, "regex: telco-churn;service", "regex: telco-churn;serving"),
        replaced(SCRAPED, "regex: telco-churn;service", "regex: telco-churn;serv.*"),
    ),
)
