"""The chart of a project, linted and rendered by Helm itself for every environment; nothing is installed anywhere."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings
from agent_graph.measuring.cluster import CLUSTER_WIDE, Document, Environments, NoRendererError, RenderError, documents

ROOT, MANIFESTS = "deploy/helm", "deploy/helm/templates"
SECONDS = 60
SHOWN = 6
SDK = "helm_python"  # Helm as a library, in the extra `helm`
PROGRAM = """
import json, sys
import helm_python as helm
folder, asked = sys.argv[1], json.loads(sys.stdin.read())
out = {"version": helm.helm_sdk_version(), "lint": [], "rendered": {}, "errors": {}}
lint = helm.lint(folder)
out["lint"] = [str(each) for each in (getattr(lint, "messages", None) or (lint if isinstance(lint, list) else []))]
out["lint_text"] = str(lint)
for name, given in asked.items():
    try:
        with helm.Chart.load(folder) as chart:
            out["rendered"][name] = dict(chart.render(**given))
    except Exception as error:
        out["errors"][name] = f"{type(error).__name__}: {error}"
print(json.dumps(out))
"""  # in a process of its own: Helm brings a runtime with threads that a fork would break


def environments(tree: Path) -> Environments:
    """What each environment of a project gets. RenderError: Helm refuses it; NoRendererError when there is none."""
    found = _asked(tree)
    if found["errors"]:
        raise RenderError("; ".join(f"{name}: {said[:300]}" for name, said in sorted(found["errors"].items())))
    return {name: _objects(files, _release(tree, name)["namespace"]) for name, files in found["rendered"].items()}


def check(bench: Bench) -> tuple[Check, ...]:
    """Helm's own lint is content, and wrong values are refused by the chart's schema."""
    findings = Findings("mlops")
    try:
        found = _asked(bench.tree)
    except NoRendererError as error:
        findings.not_checked("chart_valid", str(error))
        return tuple(findings.checks)
    except RenderError as error:
        findings.add("chart_valid", False, str(error))
        return tuple(findings.checks)
    faults = [line for line in found["lint"] if "ERROR" in line or "WARNING" in line]
    faults += [f"{name}: {said}" for name, said in found["errors"].items()]
    taken = [name for name, values in WRONG.items() if not _refused(bench.tree, values)]
    faults += [f"values with {name} are taken" for name in taken]
    text = f"Helm {found['version']} lints the chart and renders it for {', '.join(sorted(found['rendered']))}; "
    text += f"{len(WRONG)} kinds of wrong values are refused"
    findings.add("chart_valid", not faults, "; ".join(faults[:SHOWN]) or text, environments=len(found["rendered"]))
    return tuple(findings.checks)


WRONG: dict[str, dict[str, Any]] = {
    "an unknown key": {"imagee": "x:1"},
    "replicas that are no number": {"replicas": {"fewest": "two", "most": 3}},
    "an image without a tag": {"image": "registry"},
}


def _asked(tree: Path) -> dict[str, Any]:
    """Lint and renderings of every values-*.yaml. RenderError when there is no chart."""
    names = [path.stem.removeprefix("values-") for path in sorted((tree / ROOT).glob("values-*.yaml"))]
    if not names:
        raise RenderError(f"{ROOT} has no values-<environment>.yaml")
    return _helm(tree, {name: _release(tree, name) for name in names})


def _refused(tree: Path, values: dict[str, Any]) -> bool:
    return bool(_helm(tree, {"wrong": {**_release(tree, ""), "values": values}})["errors"])


def _release(tree: Path, environment: str) -> dict[str, Any]:
    """What Helm is told for an environment, as deploy/scripts/apply.sh tells it."""
    chart = yaml.safe_load((tree / ROOT / "Chart.yaml").read_text("utf-8"))
    name = str(chart.get("name", "")) if isinstance(chart, dict) else ""
    path = tree / ROOT / f"values-{environment}.yaml"
    values = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else {}
    return {"values": values or {}, "name": name, "namespace": f"{name}-{environment}"}


def _helm(tree: Path, asked: dict[str, Any]) -> dict[str, Any]:
    if importlib.util.find_spec(SDK) is None:
        raise NoRendererError("helm isn't installed: pip install agent-graph[helm]")
    if any(path.is_symlink() for path in (tree / ROOT).rglob("*")):
        raise RenderError(f"{ROOT} holds a link")
    done = subprocess.run(  # noqa: S603  # our own program, on text
        [sys.executable, "-c", PROGRAM, str(tree / ROOT)],
        input=json.dumps(asked), capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RenderError(f"helm ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _objects(files: dict[str, str], namespace: str) -> list[Document]:
    """The objects of the rendered files, in the namespace that the release is installed into."""
    found = [document for name in sorted(files) if name.endswith(".yaml") for document in documents(files[name])]
    for document in found:
        if document.get("kind") not in CLUSTER_WIDE:
            document.setdefault("metadata", {})["namespace"] = namespace
    return found
