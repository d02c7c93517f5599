"""Every name that more than one generated file needs, said once."""

from __future__ import annotations

import keyword
import re

from agent_graph.artifacts.value import Artifact


class Manifest(Artifact):
    """Names, ports and aliases of one generated project."""

    name: str  # telco-churn
    package: str  # telco_churn
    title: str  # Telco churn
    env_prefix: str  # TELCO_CHURN_
    image: str  # telco-churn
    registered_model: str  # telco-churn
    experiment: str  # telco-churn
    metric_prefix: str  # telco_churn_ : every exported Prometheus metric starts so
    service_port: int
    champion: str
    candidate: str
    previous: str
    python_version: str


def manifest_for(name: str) -> Manifest:
    """Derive all names from the project's folder name, which is `[a-z0-9-]` already."""
    package = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "project"
    if package[0].isdigit() or keyword.iskeyword(package) or package in {"test", "tests", "src", "data", "config"}:
        package = f"ml_{package}"
    slug = package.replace("_", "-")
    return Manifest(
        name=name,
        package=package,
        title=package.replace("_", " ").capitalize(),
        env_prefix=f"{package.upper()}_",
        image=slug,
        registered_model=slug,
        experiment=slug,
        metric_prefix=f"{package}_",
        service_port=8000,
        champion="champion",
        candidate="candidate",
        previous="previous",
        python_version="3.11",
    )
