"""Deployment files held against the real validators of their kinds; only text is read, nothing is run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource

from agent_graph.backends import Backend
from agent_graph.bench import Findings
from agent_graph.errors import AgentGraphError
from agent_graph.measuring.cluster import Document, NoRendererError, RenderError, packaging, rendered
from agent_graph.measuring.reading import text_at
from agent_graph.sandbox import available

KUBERNETES = "1.37.0"
SECONDS = 60
SHOWN = 6
ENGINES: tuple[Backend, ...] = ("docker", "podman")
YAML_RULES = "{extends: relaxed, rules: {line-length: disable}}"
YAMLLINT = ("yamllint", ("--strict", "--config-data", YAML_RULES))


def check(tree: Path, findings: Findings) -> None:
    """Kubernetes, Dockerfile, workflows, scripts, compose file, and whether an image can be built here."""
    for one in CHECKS.values():
        one(tree, findings)


def _dockerfile(tree: Path, findings: Findings) -> None:
    files = [path for path in (tree / "deploy" / "docker" / "Dockerfile",) if path.is_file()]
    _linted(findings, "dockerfile_valid", "hadolint", files, ("--format", "tty"))


def _workflows(tree: Path, findings: Findings) -> None:
    files = sorted((tree / ".github" / "workflows").glob("*.y*ml"))
    _linted(findings, "workflows_valid", "actionlint", files, (), (_schema("vendor.github-workflows"), YAMLLINT))


def _scripts(tree: Path, findings: Findings) -> None:
    files = sorted((tree / "deploy" / "scripts").glob("*.sh"))
    _linted(findings, "scripts_valid", "shellcheck", files, ("--severity=style",))


def _compose(tree: Path, findings: Findings) -> None:
    files = sorted((tree / "deploy" / "docker").glob("compose*.y*ml"))
    _linted(findings, "compose_valid", "check-jsonschema", files, ("--builtin-schema", "vendor.compose-spec"))


def _image_build(tree: Path, findings: Findings) -> None:
    engine = next((name for name in ENGINES if _runs(name)), None)
    said_so = f"{engine} runs containers, but a build needs the network" if engine else "no container engine runs here"
    findings.not_checked("docker_build", said_so)


def _runs(engine: Backend) -> bool:
    try:
        available(engine)
    except AgentGraphError:
        return False
    return True


def tool(name: str) -> str | None:
    """A validator's program: beside our own interpreter, or on the path."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.is_file() else shutil.which(name)


def said(arguments: Sequence[str]) -> str | None:
    """None when the validator is content, else what it complained about."""
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603  # ours
    return None if done.returncode == 0 else (done.stdout + done.stderr).strip() or f"exit code {done.returncode}"


def _schema(name: str) -> tuple[str, tuple[str, ...]]:
    return "check-jsonschema", ("--builtin-schema", name)


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
    """What every environment gets, as it is packaged, against the strict schemas: unknown fields are errors."""
    try:
        environments = rendered(tree)
    except NoRendererError as error:
        findings.not_checked("kubernetes_valid", str(error))
        return
    except RenderError as error:
        findings.add("kubernetes_valid", False, str(error))
        return
    plain = [path for path in (tree / packaging(tree).root).rglob("*.yaml") if "{{" not in text_at(path)]
    lint = said([tool("yamllint") or "yamllint", *YAMLLINT[1], *map(str, plain)]) if tool("yamllint") else None
    faults = [f"yamllint: {lint}"] if lint else []
    for name, found in environments.items():
        faults += [f"{name}: {fault}" for document in found for fault in errors(document)]
        faults += [] if found else [f"{name}: no objects"]
    count = sum(len(found) for found in environments.values())
    text = f"{count} objects in {len(environments)} renderings keep the strict schemas of Kubernetes {KUBERNETES}"
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


CHECKS: dict[str, Callable[[Path, Findings], None]] = {
    "kubernetes_valid": _kubernetes,
    "dockerfile_valid": _dockerfile,
    "workflows_valid": _workflows,
    "scripts_valid": _scripts,
    "compose_valid": _compose,
    "docker_build": _image_build,
}
