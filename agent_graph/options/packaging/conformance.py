"""What every packaging has to show of what a cluster would get: valid objects, and pods that may do what they must."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource

from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings
from agent_graph.measuring.cluster import (
    Document,
    Environments,
    NoRendererError,
    RenderError,
    packaging,
    pod,
    rendered,
)
from agent_graph.measuring.exported import exported
from agent_graph.measuring.linters import YAMLLINT, said, tool
from agent_graph.measuring.reading import text_at

KUBERNETES = "1.37.0"
SHOWN = 6
CHECKS = ("kubernetes_valid", "pods_hardened")
PINNED = re.compile(r"(?:@sha256:[0-9a-f]{64}|:(?!latest$|stable$|main$|master$)[\w][\w.-]*)$")
OPEN_DOORS = ("hostNetwork", "hostPID", "hostIPC")


def check(bench: Bench) -> tuple[Check, ...]:
    """`kubernetes_valid` and `pods_hardened` of every environment, as it is packaged."""
    findings = Findings("mlops")
    try:
        environments = rendered(bench.tree)
    except NoRendererError as error:
        for name in CHECKS:
            findings.not_checked(name, str(error))
    except RenderError as error:
        for name in CHECKS:
            findings.add(name, False, f"the manifests can't be read: {error}")
    else:
        _kubernetes(bench.tree, environments, findings)
        _pods(environments, frozenset(exported(bench)), findings)
    return tuple(findings.checks)


def _kubernetes(tree: Path, environments: Environments, findings: Findings) -> None:
    """What every environment gets, as it is packaged, against the strict schemas: unknown fields are errors."""
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


def _pods(environments: Environments, exported: frozenset[str], findings: Findings) -> None:
    faults: list[str] = []
    count = 0
    for environment, found in environments.items():
        for document in found:
            where = f"{environment}: {document['kind']}/{document['metadata']['name']}"
            specification = pod(document)
            if specification is not None:
                count += 1
                faults += [f"{where} {fault}" for fault in pod_faults(specification)]
            if document["kind"] == "HorizontalPodAutoscaler":
                faults += [f"{where} {fault}" for fault in _scaling_faults(document, found, exported)]
    text = f"{count} pods in {len(environments)} environments: images pinned, memory and CPU bounded, not root"
    findings.add("pods_hardened", count > 0 and not faults, "; ".join(faults[:SHOWN]) or text, pods=count)


def pod_faults(specification: Document) -> Iterator[str]:
    """What a pod may do or take although it needn't."""
    yield from (f"has {door}" for door in OPEN_DOORS if specification.get(door))
    yield from ("mounts a folder of the node" for volume in specification.get("volumes", ()) if "hostPath" in volume)
    outer = specification.get("securityContext") or {}
    for container in [*specification.get("initContainers", ()), *specification.get("containers", ())]:
        own = container.get("securityContext") or {}
        both = {**outer, **own}
        image = str(container.get("image", ""))
        yield from () if PINNED.search(image.rpartition("/")[2]) else [f"runs {image!r}, whose tag is missing or moves"]
        if both.get("runAsNonRoot") is not True or both.get("runAsUser") == 0:
            yield "may run as root"
        if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
            yield "may gain privileges"
        if "ALL" not in own.get("capabilities", {}).get("drop", ()):
            yield "keeps capabilities"
        resources = container.get("resources") or {}
        for kind, name in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
            yield from () if name in (resources.get(kind) or {}) else [f"has no {kind[:-1]} of {name}"]


def _scaling_faults(scaler: Document, found: list[Document], exported: frozenset[str]) -> Iterator[str]:
    """Metrics that an autoscaler waits for must come from somewhere."""
    target = scaler["spec"]["scaleTargetRef"]["name"]
    pods = [pod(document) or {} for document in found if document["metadata"]["name"] == target]
    containers = [container for each in pods for container in each.get("containers", ())]
    for metric in scaler["spec"].get("metrics", ()):
        kind = metric["type"]
        if kind in ("Resource", "ContainerResource"):
            name = metric[kind[0].lower() + kind[1:]]["name"]
            asked = all(name in (each.get("resources", {}).get("requests") or {}) for each in containers)
            yield from () if asked else [f"scales by {name}, which {target} doesn't request"]
        else:
            name = metric[kind.lower()]["metric"]["name"]
            yield from () if name in exported else [f"scales by {name}, which nothing exports"]
