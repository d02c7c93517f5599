"""What a cluster would get of a project, however it is packaged: the packaging's own renderer says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from agent_graph import register

Document = dict[str, Any]
Environments = dict[str, list[Document]]  # objects by the environment that gets them
WORKLOADS = {"Deployment": ("spec", "template"), "CronJob": ("spec", "jobTemplate", "spec", "template"),
             "Job": ("spec", "template")}  # fmt: skip
CLUSTER_WIDE = frozenset({"Namespace"})


class RenderError(Exception):
    """The packaging names something that isn't there, or uses a part of its tool that isn't known here."""


class NoRendererError(RenderError):
    """The tool that renders the packaging isn't on this machine."""


@dataclass(frozen=True)
class Packaging:
    """What an option of the choice `packaging` says of itself."""

    root: str  # its folder in the project
    manifests: str  # where the objects that all environments share are written
    render: Callable[[Path], Environments]  # of a project's tree; RenderError when that can't be told


def packaging(tree: Path) -> Packaging:
    """How this project is packaged. RenderError when no option knows its files."""
    known = [option.says for option in register.options().values() if isinstance(option.says, Packaging)]
    there = [each for each in known if (tree / each.root).is_dir()]
    if len(there) != 1:
        many = "more than one" if there else "none"
        raise RenderError(f"of {', '.join(each.root for each in known)} there is {many}")
    return there[0]


def rendered(tree: Path) -> Environments:
    """The objects of each environment. RenderError when they can't be told, or there are none."""
    try:
        found = packaging(tree).render(tree)
    except (OSError, yaml.YAMLError) as error:
        raise RenderError(str(error)) from error
    if not found:
        raise RenderError("no environment is rendered")
    return found


def documents(text: str) -> list[Document]:
    """All objects of a text of manifests."""
    return [document for document in yaml.safe_load_all(text) if document is not None]


def pod(document: Document) -> Document | None:
    """The pod's specification of a workload; None for other kinds."""
    place: Any = document
    for part in WORKLOADS.get(str(document.get("kind")), ()):
        place = place.get(part, {})
    return place.get("spec") if place is not document else None
