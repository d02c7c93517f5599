"""Monitoring files as values: parsed by the host with bounds, expressions pulled out of rules and dashboards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser
import yaml

from agent_graph.measuring.syntax import json_value
from agent_graph.measuring.watching import Alert, Reads

MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Expression:
    """One PromQL expression and where it stands."""

    where: str
    text: str


@dataclass(frozen=True)
class MonitoringFiles:
    """What the project holds under monitoring/, parsed; None where a file is missing or no YAML or JSON."""

    root: Path
    rules: Any
    rules_test: Any
    prometheus: Any
    routes: Any
    dashboards: dict[str, Any]

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """All alerting rules."""
        groups = self.rules.get("groups", []) if isinstance(self.rules, dict) else []
        return [rule for group in groups for rule in group.get("rules", []) if "alert" in rule]

    @property
    def expressions(self) -> list[Expression]:
        """Of all rules and dashboards, with Grafana's variables filled in."""
        found = [Expression(str(rule["alert"]), str(rule.get("expr", ""))) for rule in self.alerts]
        for name, content in self.dashboards.items():
            found += [Expression(name, filled(text)) for text in targets(content)]
        return found


def read_files(root: Path) -> MonitoringFiles:
    """Parse the monitoring files of a checkout."""
    folder = root / "monitoring"
    boards = sorted(path for path in (folder / "grafana").rglob("*.json") if path.is_file() and not path.is_symlink())
    return MonitoringFiles(
        root=root,
        rules=_yaml(folder / "prometheus" / "rules.yml"),
        rules_test=_yaml(folder / "prometheus" / "rules_test.yml"),
        prometheus=_yaml(folder / "prometheus" / "prometheus.yml"),
        routes=_yaml(folder / "alertmanager" / "alertmanager.yml"),
        dashboards={path.name: _json(path) for path in boards},
    )


def alerts(tree: Path) -> tuple[Alert, ...]:
    """The alerts of a checkout."""
    found = read_files(tree).alerts
    return tuple(Alert(str(rule["alert"]), str((rule.get("annotations") or {}).get("runbook", ""))) for rule in found)


def reads(tree: Path) -> tuple[Reads, ...]:
    """The metrics of each expression that is PromQL."""
    found = []
    for expression in read_files(tree).expressions:
        with suppress(ValueError):
            found.append(Reads(expression.where, frozenset(selectors(expression.text))))
    return tuple(found)


def selectors(text: str) -> set[str]:
    """Names of the metrics that an expression reads; ValueError when it is no PromQL."""
    names: set[str] = set()

    def visit(node: Any) -> None:
        if isinstance(node, promql_parser.VectorSelector) and node.name:
            names.add(node.name)

    promql_parser.walk(promql_parser.parse(text), pre_visit=visit)
    return names


def targets(content: Any) -> Iterator[str]:
    """Every expression of a dashboard."""
    if isinstance(content, dict):
        if isinstance(content.get("expr"), str):
            yield content["expr"]
        for value in content.values():
            yield from targets(value)
    elif isinstance(content, list):
        for value in content:
            yield from targets(value)


def filled(text: str) -> str:
    """An expression with Grafana's interval variables filled in."""
    return re.sub(r"\$__(?:rate_)?interval\b", "5m", text)


def _yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(_text(path))
    except (OSError, ValueError, yaml.YAMLError):
        return None


def _json(path: Path) -> Any:
    try:
        return json_value(_text(path))
    except (OSError, ValueError):
        return None


def _text(path: Path) -> str:
    if path.is_symlink() or path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} is a link or too large")
    return path.read_text(encoding="utf-8")
