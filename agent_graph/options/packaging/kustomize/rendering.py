"""The part of kustomize that generated overlays use, so that what a cluster would get can be checked without kubectl.

Known: resources, namespace, images, and JSON patches by target kind and name. Anything else in a kustomization is an
error here, because passing over it would mean to check something that is never deployed.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from agent_graph.measuring.cluster import Document, RenderError, documents, pod

ROOT = "deploy/kubernetes"
KNOWN = frozenset({"apiVersion", "kind", "resources", "namespace", "images", "patches"})
CLUSTER_WIDE = frozenset({"Namespace"})


def overlays(root: Path) -> list[Path]:
    """Folders of the overlays, sorted."""
    folder = root / "overlays"
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def environments(tree: Path) -> dict[str, list[Document]]:
    """What each environment of a project gets: its overlay. RenderError when that can't be told."""
    root = tree / ROOT
    return {folder.name: render(folder) for folder in overlays(root)}


def render(folder: Path) -> list[Document]:
    """The objects that `kubectl kustomize` would print for this folder."""
    path = folder / "kustomization.yaml"
    if not path.is_file():
        raise RenderError(f"{path.parent.name}/kustomization.yaml is missing")
    rules = yaml.safe_load(path.read_text(encoding="utf-8"))
    unknown = sorted(set(rules) - KNOWN)
    if unknown:
        raise RenderError(f"{folder.name}: {unknown[0]!r} can't be rendered here")
    found = copy.deepcopy(_resources(folder, rules.get("resources", ())))
    for patch in rules.get("patches", ()):
        _patch(found, patch, folder.name)
    for document in found:
        if "namespace" in rules and document.get("kind") not in CLUSTER_WIDE:
            document.setdefault("metadata", {})["namespace"] = rules["namespace"]
        for image in rules.get("images", ()):
            _set_image(document, image)
    return found


def _resources(folder: Path, names: Sequence[str]) -> list[Document]:
    """The objects of files and folders; every manifest beside them must be among them."""
    found: list[Document] = []
    for name in names:
        target = folder / name
        if target.is_dir():
            found += render(target)
        elif target.is_file():
            found += documents(target.read_text(encoding="utf-8"))
        else:
            raise RenderError(f"{folder.name}: the resource {name!r} is missing")
    listed = {(folder / name).resolve() for name in names}
    for other in sorted(folder.glob("*.yaml")):
        if other.name != "kustomization.yaml" and other.resolve() not in listed:
            raise RenderError(f"{folder.name}: {other.name} is not among the resources, so it is never deployed")
    return found


def _patch(found: list[Document], patch: Any, where: str) -> None:
    target = patch["target"]
    chosen = [
        document
        for document in found
        if document.get("kind") == target["kind"] and target.get("name") in (None, document["metadata"]["name"])
    ]
    if not chosen:
        raise RenderError(f"{where}: a patch aims at {target}, which isn't there")
    for document in chosen:
        for operation in yaml.safe_load(patch["patch"]):
            _operate(document, operation, where)


def _operate(document: Document, operation: Any, where: str) -> None:
    """One operation of RFC 6902 on mappings."""
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].strip("/").split("/")]
    place: Any = document
    for part in path:
        if not isinstance(place, dict) or part not in place:
            raise RenderError(f"{where}: a patch names {operation['path']}, which isn't in {document['kind']}")
        place = place[part]
    if operation["op"] == "replace" and last not in place:
        raise RenderError(f"{where}: a patch replaces {operation['path']}, which isn't in {document['kind']}")
    if operation["op"] == "remove":
        del place[last]
    else:
        place[last] = operation["value"]


def _set_image(document: Document, image: Any) -> None:
    for container in (pod(document) or {}).get("containers", ()):
        if container.get("image") == image["name"]:
            container["image"] = f"{image.get('newName', image['name'])}:{image['newTag']}"
