"""Image, scripts and compose file held against the real validators of their kinds; text is read, nothing is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agent_graph.backends import Backend
from agent_graph.bench import Findings
from agent_graph.errors import AgentGraphError
from agent_graph.measuring.linters import linted
from agent_graph.sandbox import available

ENGINES: tuple[Backend, ...] = ("docker", "podman")


def check(tree: Path, findings: Findings) -> None:
    """Dockerfile, scripts, compose file, and whether an image can be built here."""
    for one in CHECKS.values():
        one(tree, findings)


def _dockerfile(tree: Path, findings: Findings) -> None:
    files = [path for path in (tree / "deploy" / "docker" / "Dockerfile",) if path.is_file()]
    linted(findings, "dockerfile_valid", "hadolint", files, ("--format", "tty"))


def _scripts(tree: Path, findings: Findings) -> None:
    files = sorted((tree / "deploy" / "scripts").glob("*.sh"))
    linted(findings, "scripts_valid", "shellcheck", files, ("--severity=style",))


def _compose(tree: Path, findings: Findings) -> None:
    files = sorted((tree / "deploy" / "docker").glob("compose*.y*ml"))
    linted(findings, "compose_valid", "check-jsonschema", files, ("--builtin-schema", "vendor.compose-spec"))


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


CHECKS: dict[str, Callable[[Path, Findings], None]] = {
    "dockerfile_valid": _dockerfile,
    "scripts_valid": _scripts,
    "compose_valid": _compose,
    "docker_build": _image_build,
}
