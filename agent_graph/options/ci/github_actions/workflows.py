"""Workflows of GitHub Actions: read as pipelines, and held to what GitHub takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings
from agent_graph.measuring.linters import YAMLLINT, linted, schema
from agent_graph.measuring.pipelines import Job, Part, Pipeline
from agent_graph.measuring.reading import text_at

ROOT = ".github/workflows"
EVENTS = {"push": "push", "pull_request": "pull request"}
FIXED = re.compile(r"@(?:v?\d+(?:\.\d+)*|[0-9a-f]{40})$")
NEVER = re.compile(r"^\s*(?:\$\{\{)?\s*(?:false|0|''|\"\")\s*(?:\}\})?\s*$")
HERE = "./"  # what is used lies in the repository itself
Mapped = dict[str, Any]


def check(bench: Bench) -> tuple[Check, ...]:
    """`workflows_valid`: actionlint, GitHub's own schema and yamllint are content."""
    findings = Findings("mlops")
    linted(
        findings, "workflows_valid", "actionlint", files(bench.tree), (), (schema("vendor.github-workflows"), YAMLLINT)
    )
    return tuple(findings.checks)


def files(tree: Path) -> list[Path]:
    """The workflows of a project, sorted."""
    return sorted((tree / ROOT).glob("*.y*ml"))


def fixed(uses: str) -> bool:
    """Whether an action is one of the repository, or pinned to a release or a commit."""
    return uses.startswith(HERE) or FIXED.search(uses) is not None


def read(tree: Path) -> tuple[Pipeline, ...]:
    """The workflows of a project."""
    return tuple(_pipeline(path.name, _loaded(path)) for path in files(tree))


def _pipeline(name: str, workflow: Mapped) -> Pipeline:
    jobs = workflow.get("jobs")
    bodies = jobs.items() if isinstance(jobs, dict) else ()
    found = tuple(_job(str(each), body) for each, body in bodies if isinstance(body, dict))
    return Pipeline(name, found, frozenset(_events(workflow)))


def _job(name: str, body: Mapped) -> Job:
    needs, uses = body.get("needs", ()), str(body.get("uses", ""))
    return Job(
        name=name,
        parts=tuple(_part(each, name) for each in (body, *body.get("steps", ()))),
        needs=(needs,) if isinstance(needs, str) else tuple(needs),
        starts=uses.rpartition("/")[2] if uses.startswith(HERE) else "",
    )


def _part(step: Mapped, job: str) -> Part:
    return Part(
        name=str(step.get("name") or step.get("run") or step.get("uses") or job),
        run=str(step.get("run", "")),
        uses=str(step.get("uses", "")),
        may_fail=step.get("continue-on-error") not in (None, False),
        never=NEVER.match(str(step.get("if", "always")).lower()) is not None,
    )


def _events(workflow: Mapped) -> Iterator[str]:
    """What starts it; a push to tags alone is none. YAML 1.1 reads the key `on` as true."""
    started = workflow.get("on", workflow.get(True)) or {}  # type: ignore[call-overload]
    for event, name in EVENTS.items():
        if event in started:
            of_tags = event == "push" and isinstance(started, dict)
            if not (of_tags and "branches" not in (started[event] or {"branches": 1})):
                yield name


def _loaded(path: Path) -> Mapped:
    try:
        found = yaml.safe_load(text_at(path))
    except yaml.YAMLError:
        return {}  # workflows_valid says so
    return found if isinstance(found, dict) else {}
