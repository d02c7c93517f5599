"""What a cluster would be asked to trust: pinned images, bounded and unprivileged pods, no secret in clear text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent_graph.bench import Findings
from agent_graph.measuring import reading
from agent_graph.measuring.cluster import Document, Environments, NoRendererError, RenderError, pod, rendered

SHOWN = 6
PINNED = re.compile(r"(?:@sha256:[0-9a-f]{64}|:(?!latest$|stable$|main$|master$)[\w][\w.-]*)$")
OPEN_DOORS = ("hostNetwork", "hostPID", "hostIPC")
SECRET_NAME = re.compile(r"(?i)(?:password|passwd|secret|token|api_?key|access_?key|private_?key|credential)s?$")
SECRET_TEXT = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10,}|sk-[\w-]{20,}"
    r"|AIza[\w-]{35}|-----BEGIN [A-Z ]*PRIVATE KEY-----|\b[a-z][a-z0-9+]*://[^\s:@/${}<>\"']+:[^\s:@/${}<>\"']+@"
)


def check(tree: Path, exported: frozenset[str], findings: Findings) -> None:
    """`pods_hardened` over every environment as rendered, `no_secrets` over every text; `exported` names metrics."""
    try:
        environments: Environments = rendered(tree)
    except NoRendererError as error:
        findings.not_checked("pods_hardened", str(error))
        environments = {}
    except RenderError as error:
        findings.add("pods_hardened", False, f"the manifests can't be read: {error}")
        environments = {}
    else:
        _pods(environments, exported, findings)
    secrets = [*_named_secrets(environments), *_written_secrets(tree)]
    text = "no manifest gives a secret's value, and no file holds a text that looks like a key or a password"
    findings.add("no_secrets", not secrets, "; ".join(secrets[:SHOWN]) or text)


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


def _named_secrets(environments: Environments) -> Iterator[str]:
    """Settings whose name says that they are secret, with a value beside it."""
    for environment, found in environments.items():
        for document in found:
            where = f"{environment}: {document['kind']}/{document['metadata']['name']}"
            given: dict[str, Any] = {}
            if document["kind"] in ("ConfigMap", "Secret"):
                given |= {**(document.get("data") or {}), **(document.get("stringData") or {})}
            for container in (pod(document) or {}).get("containers", ()):
                given |= {each["name"]: each.get("value") for each in container.get("env", ())}
            whole = document["kind"] == "Secret"
            yield from (f"{where} holds {key}" for key, value in given.items()
                        if value and (whole or SECRET_NAME.search(key)))  # fmt: skip


def _written_secrets(tree: Path) -> Iterator[str]:
    for path, text in reading.texts(tree):
        if path != "requirements.lock" and (match := SECRET_TEXT.search(text)):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{path}:{line} looks like a key or a password ({match[0][:8]}…)"
