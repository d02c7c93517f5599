"""Would Prometheus find the pods, and would the monitor's numbers reach it? Its discovery and relabelling, run here.

Nothing is scraped: the targets are those that role `pod` of Kubernetes' service discovery would make of the manifests.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from agent_graph.artifacts import Manifest
from agent_graph.measuring.cluster import WORKLOADS, Document, RenderError, pod, rendered
from agent_graph.measuring.reading import text_at

DIRECTORY = "--collector.textfile.directory="
Labels = dict[str, str]
Job = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """One port of one pod that a job scrapes."""

    workload: str
    port: int
    path: str


def faults(config: Any, tree: Path, manifest: Manifest) -> list[str]:
    """Why the service's pods or the monitor's numbers would not be scraped; empty when both are."""
    jobs: list[Job] = config.get("scrape_configs", []) if isinstance(config, dict) else []
    try:
        found = [document for documents in rendered(tree).values() for document in documents]
    except RenderError as error:
        return [f"the manifests can't be read: {error}"]
    namespaces = sorted({each for job in jobs for each in _namespaces(job)})
    if not namespaces:
        return ["no job looks pods up (kubernetes_sd_configs), so scrapes would reach any one replica, or none"]
    wrong = [f"action {each!r} of a relabelling isn't evaluated here" for each in sorted(_strange(jobs))]
    for namespace in () if wrong else namespaces:
        here = [document for document in found if document["metadata"].get("namespace") == namespace]
        wrong += [f"{namespace}: {fault}" for fault in _missed(jobs, here, namespace, manifest)]
        wrong += [f"{namespace}: {fault}" for fault in _unheard(jobs, here, namespace, tree)]
        wrong += [] if _may_look(here) else [f"{namespace}: no role lets another namespace's account list its pods"]
    return wrong


def targets(job: Job, documents: list[Document], namespace: str) -> set[Target]:
    """What a job scrapes in a namespace that holds these objects."""
    found = set()
    for workload, labels in _offered(documents, namespace) if namespace in _namespaces(job) else ():
        kept = _relabelled(labels, job.get("relabel_configs", ()))
        if kept is not None:
            path = kept.get("__metrics_path__") or str(job.get("metrics_path", "/metrics"))
            found.add(Target(workload, int(kept["__address__"].rpartition(":")[2]), path))
    return found


def _namespaces(job: Job) -> list[str]:
    lookups = [each for each in job.get("kubernetes_sd_configs", ()) if each.get("role") == "pod"]
    return [str(name) for each in lookups for name in (each.get("namespaces") or {}).get("names", ())]


def _strange(jobs: list[Job]) -> set[str]:
    known = {"keep", "drop", "keepequal", "dropequal", "replace"}
    return {rule.get("action", "replace") for job in jobs for rule in job.get("relabel_configs", ())} - known


def _offered(documents: list[Document], namespace: str) -> Iterator[tuple[str, Labels]]:
    """Name of the workload and Prometheus' labels of each port that its pods declare."""
    for document in documents:
        specification = pod(document)
        if specification is None:
            continue
        place: Any = document
        for part in WORKLOADS[document["kind"]]:
            place = place[part]
        said = place.get("metadata") or {}
        labels = {"__meta_kubernetes_namespace": namespace, "__meta_kubernetes_pod_phase": "Running"}
        labels["__meta_kubernetes_pod_name"] = f"{document['metadata']['name']}-0"
        for kind in ("label", "annotation"):
            for key, value in (said.get(f"{kind}s") or {}).items():
                labels[f"__meta_kubernetes_pod_{kind}_{re.sub(r'[^a-zA-Z0-9_]', '_', key)}"] = str(value)
        for container in specification.get("containers", ()):
            for port in container.get("ports", ()):
                number = str(port["containerPort"])
                yield (
                    document["metadata"]["name"],
                    labels
                    | {
                        "__address__": f"10.0.0.1:{number}",
                        "__meta_kubernetes_pod_container_name": container["name"],
                        "__meta_kubernetes_pod_container_port_name": str(port.get("name", "")),
                        "__meta_kubernetes_pod_container_port_number": number,
                    },
                )


def _relabelled(labels: Labels, rules: Any) -> Labels | None:
    """Prometheus' relabelling of one target; None when it is dropped."""
    for rule in rules:
        action, target = rule.get("action", "replace"), str(rule.get("target_label", ""))
        text = str(rule.get("separator", ";")).join(labels.get(name, "") for name in rule.get("source_labels", ()))
        match = re.fullmatch(str(rule.get("regex", "(.*)")), text, re.DOTALL)
        if action in ("keep", "drop") and (match is None) == (action == "keep"):
            return None
        if action in ("keepequal", "dropequal") and (text == labels.get(target, "")) == (action == "dropequal"):
            return None
        if action == "replace" and match is not None:
            made = re.sub(r"\$\{?(\d+)\}?", lambda group, found=match: found[int(group[1])] or "",  # type: ignore[misc]
                          str(rule.get("replacement", "$1")))  # fmt: skip
            labels = {**labels, target: made}
    return labels


def _missed(jobs: list[Job], here: list[Document], namespace: str, manifest: Manifest) -> Iterator[str]:
    """The job of the service's name must scrape every workload behind a Service, on its port, and nothing else."""
    mine = [job for job in jobs if job.get("job_name") == manifest.image]
    scraped = {target for job in mine for target in targets(job, here, namespace)}
    selectors = [document["spec"]["selector"] for document in here if document["kind"] == "Service"]
    wanted = {
        document["metadata"]["name"]
        for document in here
        if document["kind"] == "Deployment"
        and any(each.items() <= document["spec"]["template"]["metadata"]["labels"].items() for each in selectors)
    }
    yield from (f"job {manifest.image!r} finds no pod of {name}" for name in sorted(wanted - _workloads(scraped)))
    yield from () if wanted else ("no service has pods, so there is nothing to scrape",)
    for target in sorted(scraped, key=str):
        if (target.port, target.path) != (manifest.service_port, "/metrics"):
            yield f"job {manifest.image!r} scrapes {target.workload} at port {target.port}, {target.path}"


def _workloads(scraped: set[Target]) -> set[str]:
    return {target.workload for target in scraped}


def _unheard(jobs: list[Job], here: list[Document], namespace: str, tree: Path) -> Iterator[str]:
    """The scheduled cycle leaves its numbers, and a pod that shows files of that folder is scraped."""
    scraped = _workloads({target for job in jobs for target in targets(job, here, namespace)})
    shown = {folder for document in here if document["metadata"]["name"] in scraped for folder in _shown(document)}
    watched = 0
    for document in here:
        for container in (pod(document) or {}).get("containers", ()):
            words = list(map(str, container.get("args", ())))
            if document["kind"] != "CronJob" or words[:1] != ["cycle"]:
                continue
            watched += 1
            left = dict(itertools.pairwise(words)).get("--numbers", "")
            folders = re.findall(r"^WORKDIR (\S+)", text_at(tree / "deploy" / "docker" / "Dockerfile"), re.MULTILINE)
            stored = _stored(pod(document) or {}, container, PurePosixPath("/", *folders, left))
            if not left or stored is None or stored not in shown:
                yield f"no scraped pod shows the numbers of {document['metadata']['name']} ({left or 'no --numbers'})"
    yield from () if watched else ("no schedule runs the cycle",)


def _shown(document: Document) -> Iterator[PurePosixPath]:
    """Folders of the volume whose text files this workload's node exporter shows."""
    for container in (pod(document) or {}).get("containers", ()):
        for word in container.get("args", ()):
            stored = _stored(pod(document) or {}, container, PurePosixPath(str(word).removeprefix(DIRECTORY)))
            if str(word).startswith(DIRECTORY) and stored is not None:
                yield stored


def _stored(specification: Document, container: Document, path: PurePosixPath) -> PurePosixPath | None:
    """Where a container's file is kept, as claim/folder/file; None when it ends with the pod."""
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in specification.get("volumes", ())
        if "persistentVolumeClaim" in volume
    }
    for mount in container.get("volumeMounts", ()):
        if mount["name"] in claims and path.is_relative_to(mount["mountPath"]):
            inside = path.relative_to(mount["mountPath"])
            return PurePosixPath(str(claims[mount["name"]]), str(mount.get("subPath", "")), inside)
    return None


def _may_look(here: list[Document]) -> bool:
    """Whether a binding gives an account of another namespace a role that may list and watch pods."""
    able = {
        document["metadata"]["name"]
        for document in here
        if document["kind"] == "Role"
        and any("pods" in rule["resources"] and {"list", "watch"} <= set(rule["verbs"]) for rule in document["rules"])
    }
    return any(
        document["kind"] == "RoleBinding"
        and document["roleRef"]["name"] in able
        and any(
            each.get("namespace", "") not in ("", document["metadata"]["namespace"]) for each in document["subjects"]
        )
        for document in here
    )
