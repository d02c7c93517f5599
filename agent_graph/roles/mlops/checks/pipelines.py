"""Workflows and scripts that can say no: tests run, their failures count, and what is used from outside is pinned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from agent_graph.bench import Findings
from agent_graph.measuring import commands
from agent_graph.measuring.reading import text_at

SHOWN = 6
FIXED = re.compile(r"@(?:v?\d+(?:\.\d+)*|[0-9a-f]{40})$")
NEVER = re.compile(r"^\s*(?:\$\{\{)?\s*(?:false|0|''|\"\")\s*(?:\}\})?\s*$")
DECIDES = re.compile(
    r"\b(?:make|pytest|ruff|mypy|docker|kustomize|python3? -m|bash|ask|scrape)\b"
    r"|\b(?:kubectl|k)\s(?:.*\s)?(?:apply|create|set|scale|patch|rollout)\b"
)
CARRIES_ON = re.compile(r"\|\|(?!\s*(?:exit [1-9]|exit \"?\$|return|\{|\[|break))|;\s*true\b")
STRICT = re.compile(r"^set -(?=\w*e)(?=\w*u)\w*o pipefail\s*$", re.MULTILINE)
LOOSENED = re.compile(r"^\s*set \+\w*e|^\s*trap\b[^\n]*\bexit 0|^\s*exit 0\s*(?:#.*)?$", re.MULTILINE)
TOOLS = ("pytest", "ruff", "mypy")
Workflow = dict[str, Any]


def check(tree: Path, findings: Findings) -> None:
    """`pipelines_say_no` over .github/workflows and deploy/scripts."""
    folder, made = tree / ".github" / "workflows", commands.targets(text_at(tree / "Makefile"))
    workflows = {path.name: _loaded(path) for path in sorted(folder.glob("*.y*ml"))}
    scripts = {path.name: text_at(path) for path in sorted((tree / "deploy" / "scripts").glob("*.sh"))}
    faults = [fault for name, text in scripts.items() for fault in _script_faults(name, text)]
    for name, workflow in workflows.items():
        faults += [f"{name}: {fault}" for fault in _workflow_faults(workflow)]
        faults += [f"{name}: {fault}" for fault in _release_faults(workflow, workflows, made)]
    faults += _untested(workflows, made)
    text = (
        f"{len(workflows)} workflows and {len(scripts)} scripts: tests run first, failures end them, actions are pinned"
    )
    good = bool(workflows) and bool(scripts) and not faults
    findings.add("pipelines_say_no", good, "; ".join(faults[:SHOWN]) or text, files=len(workflows) + len(scripts))


def _script_faults(name: str, text: str) -> Iterator[str]:
    yield from () if STRICT.search(text) else [f"{name} goes on after a failure: no 'set -euo pipefail'"]
    yield from (f"{name} hides failures: {match[0].strip()}" for match in LOOSENED.finditer(text))
    yield from (f"{name} goes on after a failure: {line}" for line in _lenient(text))


def _workflow_faults(workflow: Workflow) -> Iterator[str]:
    for job, body in _jobs(workflow).items():
        for part in (body, *body.get("steps", ())):
            said = part.get("name") or part.get("run") or part.get("uses") or job
            if part.get("continue-on-error") not in (None, False):
                yield f"{job} goes on after a failure of {said!r}"
            if NEVER.match(str(part.get("if", "always")).lower()):
                yield f"{job} never runs {said!r}"
            uses = str(part.get("uses", ""))
            if uses and not uses.startswith("./") and not FIXED.search(uses):
                yield f"{job} uses {uses}, which can change from one day to the next"
            yield from (f"{job} goes on after a failure: {line}" for line in _lenient(str(part.get("run", ""))))


def _lenient(text: str) -> Iterator[str]:
    """Lines whose command decides something and whose failure is passed over."""
    for line in re.sub(r"\\\n\s*", " ", re.sub(r"(?m)(?:^|\s)#.*$", "", text)).splitlines():
        if match := CARRIES_ON.search(line):
            before = re.split(r"\$\(|;|&&", line[: match.start()])[-1]
            if DECIDES.search(before):
                yield line.strip()[:100]


def _release_faults(workflow: Workflow, all_of: dict[str, Workflow], made: dict[str, commands.Target]) -> Iterator[str]:
    """A job that brings an image out waits for a job that tests."""
    jobs = _jobs(workflow)
    for name, body in jobs.items():
        if any("docker push" in str(step.get("run", "")) for step in body.get("steps", ())):
            before = _needed(name, jobs)
            if not any(_tests(jobs[each], all_of, made) == set(TOOLS) for each in before):
                yield f"{name} brings an image out without waiting for the tests"


def _untested(workflows: dict[str, Workflow], made: dict[str, commands.Target]) -> Iterator[str]:
    """Every push and every pull request is linted, typed and tested."""
    for event in ("push", "pull_request"):
        ran = {
            tool
            for workflow in workflows.values()
            if _started_by(workflow, event)
            for body in _jobs(workflow).values()
            for tool in _tests(body, workflows, made)
        }
        yield from (f"no workflow runs {tool} on a {event}" for tool in TOOLS if tool not in ran)


def _started_by(workflow: Workflow, event: str) -> bool:
    """YAML 1.1 reads the key `on` as true."""
    started = workflow.get("on", workflow.get(True)) or {}  # type: ignore[call-overload]
    if event not in started:
        return False
    return not (event == "push" and isinstance(started, dict) and "branches" not in (started[event] or {"branches": 1}))


def _tests(job: Workflow, all_of: dict[str, Workflow], made: dict[str, commands.Target]) -> set[str]:
    """Which of the tools a job runs, by itself, through make, or through another workflow."""
    uses = str(job.get("uses", ""))
    if uses.startswith("./"):
        inner = _jobs(all_of.get(uses.rpartition("/")[2], {}))
        return {tool for each in inner.values() for tool in _tests(each, {}, made)}
    texts = [str(step.get("run", "")) for step in job.get("steps", ())]
    asked = [name for text in texts for name, _ in commands.MAKE.findall(text)]
    lines = [*texts, *(line for name in asked for line in commands.recipes(name, made))]
    return {tool for tool in TOOLS if any(re.search(rf"(?:^|[\s/]){tool}(?:\s|$)", line) for line in lines
                                          if not commands.IDLE.match(line))}  # fmt: skip


def _needed(name: str, jobs: dict[str, Workflow]) -> set[str]:
    """All jobs that end well before this one starts."""
    needs = jobs[name].get("needs", ())
    direct = {each for each in ([needs] if isinstance(needs, str) else needs) if each in jobs and each != name}
    return direct.union(*(_needed(each, {k: v for k, v in jobs.items() if k != name}) for each in direct))


def _jobs(workflow: Workflow) -> dict[str, Workflow]:
    jobs = workflow.get("jobs")
    return {str(name): body for name, body in jobs.items() if isinstance(body, dict)} if isinstance(jobs, dict) else {}


def _loaded(path: Path) -> Workflow:
    try:
        found = yaml.safe_load(text_at(path))
    except yaml.YAMLError:
        return {}  # workflows_valid says so
    return found if isinstance(found, dict) else {}
