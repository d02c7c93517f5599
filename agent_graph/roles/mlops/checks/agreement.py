"""Names that several files must share: no validator sees that a port, a claim or a Make target is spelt differently."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from agent_graph.artifacts import Manifest
from agent_graph.bench import Findings
from agent_graph.measuring import layout
from agent_graph.measuring.cluster import Document, NoRendererError, RenderError, packaging, pod, rendered
from agent_graph.measuring.commands import MADE_LATER, commands
from agent_graph.measuring.pipelines import roots
from agent_graph.measuring.reading import text_at
from agent_graph.measuring.syntax import syntax_tree

SHOWN = 8
RELEASED = "prod"  # the environment whose objects are compared with the other files
PARTS = ("requirements-run.lock", "config", "src")  # what every command needs
MAKE = re.compile(r"(?:`|^\s*(?:- )?(?:run: )?)make ([a-z][\w-]*)", re.MULTILINE)
PATHS = re.compile(r"(?<![\w./-])((?:deploy|config|src|tests|runbooks|monitoring)/[\w./-]*\w)")


def check(tree: Path, manifest: Manifest, findings: Findings) -> None:
    """`files_agree` over manifests, Dockerfile, compose, workflows and scripts; `image_contents` over COPY."""
    try:
        found = rendered(tree)[RELEASED]
        shared = tree / packaging(tree).manifests
    except NoRendererError as error:
        findings.not_checked("files_agree", str(error))
    except (RenderError, KeyError) as error:
        findings.add("files_agree", False, f"the manifests can't be read: {error}")
    else:
        counted: list[str] = []
        faults = [
            *_references(found, counted),
            *_selectors(found, counted),
            *_ports(tree, manifest, found, counted),
            *_probes(tree, manifest, found, counted),
            *_environment(tree, manifest, found, counted),
            *_overridden(tree, manifest, counted),
            *_commands(tree, manifest, found, counted),
            *_targets_and_paths(tree, shared, counted),
        ]
        text = f"{len(counted)} names compared across files: {', '.join(sorted(set(counted)))}"
        findings.add("files_agree", not faults, "; ".join(faults[:SHOWN]) or text, names=len(counted))
    _image_contents(tree, findings)


def _named(found: Iterable[Document], kind: str) -> set[str]:
    return {document["metadata"]["name"] for document in found if document["kind"] == kind}


def _references(found: list[Document], counted: list[str]) -> list[str]:
    """Claims, configuration maps, secrets, service accounts, scaled objects."""
    wanted: list[tuple[str, str, str]] = []
    for document in found:
        owner = f"{document['kind']}/{document['metadata']['name']}"
        specification = pod(document) or {}
        for volume in specification.get("volumes", ()):
            if "persistentVolumeClaim" in volume:
                wanted.append((owner, "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]))
        for container in specification.get("containers", ()):
            mounted = {mount["name"] for mount in container.get("volumeMounts", ())}
            known = {volume["name"] for volume in specification.get("volumes", ())}
            wanted += [(owner, "volume", name) for name in sorted(mounted - known)]
            for source in container.get("envFrom", ()):
                if "configMapRef" in source:
                    wanted.append((owner, "ConfigMap", source["configMapRef"]["name"]))
                if "secretRef" in source and not source["secretRef"].get("optional"):
                    wanted.append((owner, "Secret", source["secretRef"]["name"]))
        if "serviceAccountName" in specification:
            wanted.append((owner, "ServiceAccount", specification["serviceAccountName"]))
        if document["kind"] == "HorizontalPodAutoscaler":
            target = document["spec"]["scaleTargetRef"]
            wanted.append((owner, target["kind"], target["name"]))
    counted += [f"{kind} {name}" for _, kind, name in wanted]
    return [f"{owner} uses {kind} {name!r}, which isn't there" for owner, kind, name in wanted
            if name not in _named(found, kind)]  # fmt: skip


def _selectors(found: list[Document], counted: list[str]) -> list[str]:
    """Services, budgets and network policies must select pods that exist."""
    labels = []
    for document in found:
        if pod(document) is not None:
            template = document["spec"].get("template") or document["spec"]["jobTemplate"]["spec"]["template"]
            labels.append(template["metadata"]["labels"])
    faults = []
    for document in found:
        chosen: Any = {
            "Service": lambda spec: spec["selector"],
            "PodDisruptionBudget": lambda spec: spec["selector"]["matchLabels"],
            "NetworkPolicy": lambda spec: spec["podSelector"].get("matchLabels", {}),
            "Deployment": lambda spec: spec["selector"]["matchLabels"],
        }.get(document["kind"])
        if chosen is None:
            continue
        selector = chosen(document["spec"])
        counted.append(f"{document['kind']} selector")
        if not any(selector.items() <= label.items() for label in labels):
            faults.append(f"{document['kind']}/{document['metadata']['name']} selects no pod: {selector}")
    return faults


def _ports(tree: Path, manifest: Manifest, found: list[Document], counted: list[str]) -> list[str]:
    """The manifest's port in containers, service, Dockerfile and compose file; named ports exist."""
    port = manifest.service_port
    faults = []
    for document in found:
        name = f"{document['kind']}/{document['metadata']['name']}"
        for container in _own_containers(document):
            numbers = [entry["containerPort"] for entry in container.get("ports", ())]
            arguments = container.get("args", [])
            numbers += [int(arguments[i + 1]) for i, word in enumerate(arguments[:-1]) if word == "--port"]
            faults += [f"{name} uses port {number}, not {port}" for number in numbers if number != port]
            counted += [f"port {number}" for number in numbers]
        if document["kind"] == "Service":
            faults += [f"{name} uses port {p['port']}" for p in document["spec"]["ports"] if p["port"] != port]
    dockerfile = r"^EXPOSE (\d+)|\"--port\", \"(\d+)\"|//(?:127\.0\.0\.1|localhost):(\d+)"
    for path, pattern in (("deploy/docker/Dockerfile", dockerfile), ("deploy/docker/compose.yaml", r":(\d+)\"$")):
        matches = re.finditer(pattern, text_at(tree / path), re.MULTILINE)
        numbers = [int(number) for match in matches for number in match.groups() if number]
        counted += [f"port {number}" for number in numbers]
        faults += [] if numbers else [f"{path} names no port"]
        faults += [f"{path} uses port {number}, not {port}" for number in numbers if number != port]
    return faults


def _own_containers(document: Document) -> list[dict[str, Any]]:
    """The containers of the project's image, which is named without a registry; others have their own ports."""
    return [each for each in (pod(document) or {}).get("containers", ()) if "/" not in each.get("image", "")]


def _probes(tree: Path, manifest: Manifest, found: list[Document], counted: list[str]) -> list[str]:
    """Probed paths are routes of the service, probed ports have the name of a container's port."""
    service = layout.path(manifest.package, layout.SERVICE)
    routes = {
        node.value
        for node in ast.walk(syntax_tree(text_at(tree / service)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/")
    }
    faults = []
    for document in found:
        for container in (pod(document) or {}).get("containers", ()):
            names = {entry.get("name") for entry in container.get("ports", ())}
            for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
                probe = container.get(kind, {}).get("httpGet")
                if probe is None:
                    continue
                counted.append(f"probe {probe['path']}")
                faults += [] if probe["path"] in routes else [f"{kind} asks {probe['path']}, which {service} lacks"]
                faults += [] if probe["port"] in names else [f"{kind} asks port {probe['port']!r}, which has no name"]
    return faults


def _environment(tree: Path, manifest: Manifest, found: list[Document], counted: list[str]) -> list[str]:
    """Every variable with the project's prefix, in any deployment file, is a field of its Settings."""
    fields: set[str] = set()
    for node in ast.walk(syntax_tree(text_at(tree / layout.path(manifest.package, layout.CONFIG)))):
        if isinstance(node, ast.ClassDef) and node.name == "Settings":
            fields |= {item.target.id for item in node.body if isinstance(item, ast.AnnAssign)
                       and isinstance(item.target, ast.Name)}  # fmt: skip
    used = {}
    for path in _deployment_files(tree):
        for name in re.findall(rf"\b{re.escape(manifest.env_prefix)}([A-Z_]+)", text_at(path)):
            used[name] = path.relative_to(tree).as_posix()
    counted += [f"variable {name}" for name in used]
    return [f"{path} sets {manifest.env_prefix}{name}, which config.py doesn't read" for name, path in used.items()
            if name.lower() not in fields]  # fmt: skip


def _overridden(tree: Path, manifest: Manifest, counted: list[str]) -> list[str]:
    """What an environment's file sets isn't set for all environments by a variable, which would win."""
    keys = {
        key
        for path in sorted((tree / "config" / "environments").glob("*.yaml"))
        for key in (yaml.safe_load(text_at(path)) or {}).get("process", {})
    }
    counted += [f"setting {key}" for key in keys]
    return [
        f"{path.relative_to(tree).as_posix()} sets {manifest.env_prefix}{key.upper()}, so config/environments can't"
        for path in _deployment_files(tree)
        for key in sorted(keys)
        if re.search(rf"\b{re.escape(manifest.env_prefix)}{key.upper()}\b", text_at(path))
    ]


def _commands(tree: Path, manifest: Manifest, found: list[Document], counted: list[str]) -> list[str]:
    """What containers and scripts run is a command of cli.py; schedules that scripts copy exist."""
    known = commands(tree, manifest.package).keys()
    containers = [container for document in found for container in _own_containers(document)]
    asked = [str(container["args"][0]) for container in containers if container.get("args")]
    texts = [text_at(path) for path in _deployment_files(tree) if path.suffix in (".sh", ".yml", ".yaml")]
    asked += [word for text in texts for word in re.findall(r"run-job\.sh\"? \"\$\w+\" ([a-z]+)", text)]
    counted += [f"command {word}" for word in asked]
    faults = [f"{word!r} is run, but cli.py has no such command" for word in sorted(set(asked) - known)]
    copied = {name for text in texts for name in re.findall(r"--from=cronjob/([\w-]+)", text)}
    return faults + [
        f"cronjob {name!r} is copied but isn't there" for name in sorted(copied - _named(found, "CronJob"))
    ]


def _targets_and_paths(tree: Path, shared: Path, counted: list[str]) -> list[str]:
    """Make targets and files that workflows, scripts, Dockerfile and runbooks name."""
    targets = set(re.findall(r"^([a-z][\w-]*):", text_at(tree / "Makefile"), re.MULTILINE))
    faults = []
    for path in [*_deployment_files(tree), *sorted((tree / "runbooks").glob("*.md"))]:
        text, name = text_at(path), path.relative_to(tree).as_posix()
        for target in MAKE.findall(text):
            counted.append(f"make {target}")
            faults += [] if target in targets else [f"{name} runs 'make {target}', which the Makefile lacks"]
        for wanted in PATHS.findall(text) if path.parent != shared else ():
            counted.append(wanted)
            if wanted not in MADE_LATER and not (tree / wanted.rstrip("./")).exists():
                faults.append(f"{name} names {wanted}, which isn't there")
    return faults


def _deployment_files(tree: Path) -> list[Path]:
    paths = (path for folder in ("deploy", *roots()) for path in (tree / folder).rglob("*"))
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def _image_contents(tree: Path, findings: Findings) -> None:
    """Every COPY of the Dockerfile has a source that exists and that .dockerignore lets through."""
    path = tree / "deploy" / "docker" / "Dockerfile"
    if not path.is_file():
        findings.add("image_contents", False, "there is no Dockerfile")
        return
    text, faults, sources = text_at(path), [], []
    for words in re.findall(r"^COPY (.+)$", text, re.MULTILINE):
        if not words.startswith("--from="):
            sources += words.split()[:-1]
    allowed = [
        line[1:] for line in text_at(path.with_name("Dockerfile.dockerignore")).splitlines() if line.startswith("!")
    ]
    for source in sources:
        faults += [] if (tree / source).exists() else [f"COPY {source}: not in the project"]
        faults += [] if source in allowed else [f"COPY {source}: .dockerignore keeps it out"]
        faults += [f"COPY {source}: the whole checkout, history and data too"] if Path(source) == Path() else []
    users = re.findall(r"^USER (\S+)", text, re.MULTILINE)
    faults += [] if users and not users[-1].startswith(("0", "root")) else ["the image runs as root"]
    faults += [] if "HEALTHCHECK" in text else ["no HEALTHCHECK"]
    faults += [] if "--require-hashes" in text else ["packages are installed without their hashes"]
    faults += [f"{part} is not copied into the image" for part in PARTS if part not in sources]
    content = f"COPY of {', '.join(sources)}; runs as {users[-1] if users else '?'}; installs by hash; HEALTHCHECK"
    findings.add("image_contents", not faults, "; ".join(faults) or content)
