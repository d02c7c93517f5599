"""The chart of a project, linted and rendered by Helm itself for every environment; nothing is installed anywhere."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings
from agent_graph.measuring.cluster import CLUSTER_WIDE, Document, Environments, NoRendererError, RenderError, documents

ROOT, MANIFESTS = "deploy/helm", "deploy/helm/templates"
SECONDS = 60
SHOWN = 6
SDK = "helm_python"  # Helm as a library, in the extra `helm`
WRONG: dict[str, dict[str, Any]] = {  # values that the chart's schema has to refuse
    "an unknown key": {"imagee": "x:1"},
    "replicas that are no number": {"replicas": {"fewest": "two", "most": 3}},
    "an image without a tag": {"image": "registry"},
}
PROGRAM = """
import json, sys
import helm_python as helm
folder, asked = sys.argv[1], json.loads(sys.stdin.read())
told = {"version": helm.helm_sdk_version(), "lint": [], "rendered": {}, "errors": {}}
for name, given in asked.items():
    try:
        with helm.Chart.load(folder) as chart:
            told["rendered"][name] = dict(chart.render(**given))
        report = helm.lint(folder, given["values"], strict=True)
        told["lint"] += [f"{name}: {m['path']}: {m['error']}" for m in report["messages"] if m["severity"] >= 2]
        told["lint"] += [f"{name}: {error}" for error in report["errors"] if not report["messages"]]
    except Exception as error:
        told["errors"][name] = f"{type(error).__name__}: {error}"
print(json.dumps(told))
"""  # in a process of its own: Helm brings a runtime with threads that a fork would break


@dataclass(frozen=True)
class Told:
    """What Helm says of a chart: for each environment what it renders or why it doesn't, and what lint finds there."""

    version: str
    lint: tuple[str, ...]
    rendered: Mapping[str, Mapping[str, str]]  # environment → file → text
    errors: Mapping[str, str]  # environment → why it can't be rendered
    taken: tuple[str, ...]  # wrong values that weren't refused


def environments(tree: Path) -> Environments:
    """What each environment of a project gets. RenderError: Helm refuses it; NoRendererError when there is none."""
    told = _told(tree)
    if told.errors:
        raise RenderError("; ".join(f"{name}: {said[:300]}" for name, said in sorted(told.errors.items())))
    name = _chart_name(dict(_files(tree)))
    return {environment: _objects(files, f"{name}-{environment}") for environment, files in told.rendered.items()}


def check(bench: Bench) -> tuple[Check, ...]:
    """Helm's own lint is content in every environment, and wrong values are refused by the chart's schema."""
    findings = Findings("mlops")
    try:
        told = _told(bench.tree)
    except NoRendererError as error:
        findings.not_checked("chart_valid", str(error))
        return tuple(findings.checks)
    except RenderError as error:
        findings.add("chart_valid", False, str(error))
        return tuple(findings.checks)
    faults = [f"{name}: {said}" for name, said in told.errors.items()]
    faults += [*told.lint, *(f"values with {name} are taken" for name in told.taken)]
    text = f"Helm {told.version} renders and lints the chart for {', '.join(sorted(told.rendered))}; "
    text += f"{len(WRONG)} kinds of wrong values are refused"
    findings.add("chart_valid", not faults, "; ".join(faults[:SHOWN]) or text, environments=len(told.rendered))
    return tuple(findings.checks)


def _told(tree: Path) -> Told:
    """What Helm says of a project's chart, asked once for its content. RenderError when there is none to be read."""
    if importlib.util.find_spec(SDK) is None:
        raise NoRendererError("helm isn't installed: pip install agent-graph[helm]")
    return _asked(_files(tree))


def _files(tree: Path) -> tuple[tuple[str, str], ...]:
    """The chart's files, by their path in it."""
    root = tree / ROOT
    paths = sorted(path for path in root.rglob("*") if not path.is_dir() or path.is_symlink())
    if any(path.is_symlink() for path in paths):
        raise RenderError(f"{ROOT} holds a link")
    try:
        return tuple((path.relative_to(root).as_posix(), path.read_text("utf-8")) for path in paths)
    except (OSError, UnicodeDecodeError) as error:
        raise RenderError(f"{ROOT} can't be read: {error}") from error


@lru_cache(maxsize=8)
def _asked(files: tuple[tuple[str, str], ...]) -> Told:
    """What Helm says of a chart of these files, each environment asked as deploy/scripts/apply.sh asks."""
    texts = dict(files)
    known = [name.removeprefix("values-").removesuffix(".yaml") for name in texts if fnmatch(name, "values-*.yaml")]
    if not known:
        raise RenderError(f"{ROOT} has no values-<environment>.yaml")
    name = _chart_name(texts)
    asked = {
        each: {"values": _mapping(texts[f"values-{each}.yaml"]), "name": name, "namespace": f"{name}-{each}"}
        for each in known
    }
    wrong = {each: {"values": values, "name": name, "namespace": name} for each, values in WRONG.items()}
    with TemporaryDirectory() as folder:
        for path, text in files:
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text, encoding="utf-8")
        done = subprocess.run(  # noqa: S603  # our own program, on text
            [sys.executable, "-c", PROGRAM, folder],
            input=json.dumps(asked | wrong), capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    if done.returncode != 0:
        raise RenderError(f"helm ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    said = json.loads(done.stdout)
    return Told(
        version=said["version"],
        lint=tuple(line for line in said["lint"] if line.partition(":")[0] in asked),
        rendered={each: files for each, files in said["rendered"].items() if each in asked},
        errors={each: why for each, why in said["errors"].items() if each in asked},
        taken=tuple(each for each in wrong if each not in said["errors"]),
    )


def _chart_name(texts: Mapping[str, str]) -> str:
    name = _mapping(texts.get("Chart.yaml", "")).get("name")
    if not isinstance(name, str):
        raise RenderError(f"{ROOT}/Chart.yaml gives no name")
    return name


def _mapping(text: str) -> dict[str, Any]:
    """A YAML text as a mapping. RenderError when it is none."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RenderError(str(error)) from error
    if not isinstance(found, dict | None):
        raise RenderError(f"{ROOT}: {text[:40]!r} is no mapping")
    return found or {}


def _objects(files: Mapping[str, str], namespace: str) -> list[Document]:
    """The objects of the rendered files, in the namespace that the release is installed into."""
    found = [document for name in sorted(files) if name.endswith(".yaml") for document in documents(files[name])]
    for document in found:
        if document.get("kind") not in CLUSTER_WIDE:
            document.setdefault("metadata", {})["namespace"] = namespace
    return found
