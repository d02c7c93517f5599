"""Deployment files held against the real validators of their kinds; only text is read, nothing is run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from referencing import Registry, Resource

from agent_graph.checks.bench import Findings
from agent_graph.checks.mlops_kustomize import Document, RenderError, documents, overlays, render

KUBERNETES = "1.37.0"
SECONDS = 60
SHOWN = 6
YAMLLINT = "{extends: relaxed, rules: {line-length: disable}}"


def check(tree: Path, findings: Findings) -> None:
    """Kubernetes, Dockerfile, workflows, scripts, compose file, and whether an image can be built here."""
    _kubernetes(tree, findings)
    dockerfile = tree / "deploy" / "docker" / "Dockerfile"
    _linted(findings, "dockerfile_valid", "hadolint", [dockerfile] if dockerfile.is_file() else [], ("--format", "tty"))
    workflows = sorted((tree / ".github" / "workflows").glob("*.y*ml"))
    _linted(findings, "workflows_valid", "actionlint", workflows, (), (_schema("vendor.github-workflows"), yamllint))
    scripts = sorted((tree / "deploy" / "scripts").glob("*.sh"))
    _linted(findings, "scripts_valid", "shellcheck", scripts, ("--severity=style",))
    compose = sorted((tree / "deploy" / "docker").glob("compose*.y*ml"))
    _linted(findings, "compose_valid", "check-jsonschema", compose, ("--builtin-schema", "vendor.compose-spec"))
    engine = next((name for name in ("docker", "buildah", "podman") if _engine_answers(name)), None)
    if engine is None:
        findings.not_checked("docker_build", "no container engine answers on this machine")
    else:
        findings.not_checked("docker_build", f"{engine} answers, but the cell that runs generated code has no network")


def tool(name: str) -> str | None:
    """A validator's program: beside our own interpreter, or on the path."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.is_file() else shutil.which(name)


def _engine_answers(name: str) -> bool:
    program = shutil.which(name)
    if program is None:
        return False
    try:
        return subprocess.run([program, "info"], capture_output=True, timeout=10, check=False).returncode == 0  # noqa: S603  # a name from our list
    except (OSError, subprocess.TimeoutExpired):
        return False


def said(arguments: Sequence[str]) -> str | None:
    """None when the validator is content, else what it complained about."""
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603  # ours
    return None if done.returncode == 0 else (done.stdout + done.stderr).strip() or f"exit code {done.returncode}"


def _schema(name: str) -> tuple[str, tuple[str, ...]]:
    return "check-jsonschema", ("--builtin-schema", name)


yamllint: tuple[str, tuple[str, ...]] = ("yamllint", ("--strict", "--config-data", YAMLLINT))


def _linted(
    findings: Findings,
    name: str,
    program: str,
    files: Sequence[Path],
    options: Sequence[str],
    more: Sequence[tuple[str, tuple[str, ...]]] = (),
) -> None:
    """One check: every program must be content with every file, and there must be files."""
    if not files:
        findings.add(name, False, "there is no file of this kind")
        return
    complaints, used = [], []
    for linter, arguments in ((program, tuple(options)), *more):
        found = tool(linter)
        if found is None:
            findings.not_checked(name, f"{linter} isn't installed")
            return
        complaint = said([found, *arguments, *map(str, files)])
        complaints += [] if complaint is None else [f"{linter}: {complaint}"]
        used.append(linter)
    content = f"{' and '.join(used)} content with {', '.join(path.name for path in files)}"
    findings.add(name, not complaints, " | ".join(complaints) or content, files=len(files))


def _kubernetes(tree: Path, findings: Findings) -> None:
    """Base and every overlay, as kustomize would render them, against the strict schemas: unknown fields are errors."""
    root = tree / "deploy" / "kubernetes"
    try:
        rendered = {folder.name: render(folder) for folder in (root / "base", *overlays(root))}
    except (RenderError, OSError, yaml.YAMLError) as error:
        findings.add("kubernetes_valid", False, str(error))
        return
    lint = said([tool("yamllint") or "yamllint", *yamllint[1], str(root)]) if tool("yamllint") else None
    faults = [f"yamllint: {lint}"] if lint else []
    for name, found in rendered.items():
        faults += [f"{name}: {fault}" for document in found for fault in errors(document)]
        faults += [] if found else [f"{name}: no objects"]
    count = sum(len(found) for found in rendered.values())
    text = f"{count} objects in {len(rendered)} renderings keep the strict schemas of Kubernetes {KUBERNETES}"
    findings.add("kubernetes_valid", not faults, "; ".join(faults[:SHOWN]) or text, objects=count)


@cache
def _schemas() -> tuple[Any, Any]:
    folder = resources.files("kubernetes_validate") / "kubernetes-json-schema" / f"v{KUBERNETES}-local-strict"
    return folder, json.loads((folder / "_definitions.json").read_text())


@cache
def _validator(version: str, kind: str) -> jsonschema.Draft202012Validator | None:
    folder, definitions = _schemas()
    group, _, number = version.rpartition("/")
    name = f"{kind.lower()}-{group.split('.')[0] + '-' if group else ''}{number}.json"
    path = folder / name
    if not kind.isalnum() or not path.is_file():
        return None
    schema = json.loads(path.read_text())
    registry: Registry[Any] = Resource.from_contents(definitions) @ (Resource.from_contents(schema) @ Registry())
    return jsonschema.Draft202012Validator(schema, registry=registry)


def errors(document: Document) -> list[str]:
    """Everything that is wrong with one object; a kind without a schema is an error, never a pass."""
    version, kind = str(document.get("apiVersion", "")), str(document.get("kind", ""))
    name = f"{kind}/{(document.get('metadata') or {}).get('name', '?')}"
    validator = _validator(version, kind)
    if validator is None:
        return [f"{name}: Kubernetes {KUBERNETES} knows no {kind} in {version!r}"]
    found = validator.iter_errors(document)
    return [f"{name} at {'/'.join(map(str, error.absolute_path)) or 'top'}: {error.message[:160]}" for error in found]


__all__ = ["check", "documents", "errors", "said", "tool"]
