"""What every CI has to show: tests run, their failures count, and what is used from outside is pinned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings
from agent_graph.measuring import commands
from agent_graph.measuring.pipelines import Job, Pipeline, Pipelines, pipelines
from agent_graph.measuring.reading import text_at

SHOWN = 6
DECIDES = re.compile(
    r"\b(?:make|pytest|ruff|mypy|docker|kustomize|python3? -m|bash|ask|scrape)\b"
    r"|\b(?:kubectl|k)\s(?:.*\s)?(?:apply|create|set|scale|patch|rollout)\b"
)
CARRIES_ON = re.compile(r"\|\|(?!\s*(?:exit [1-9]|exit \"?\$|return|\{|\[|break))|;\s*true\b")
STRICT = re.compile(r"^set -(?=\w*e)(?=\w*u)\w*o pipefail\s*$", re.MULTILINE)
LOOSENED = re.compile(r"^\s*set \+\w*e|^\s*trap\b[^\n]*\bexit 0|^\s*exit 0\s*(?:#.*)?$", re.MULTILINE)
TOOLS = ("pytest", "ruff", "mypy")
Made = dict[str, commands.Target]


def check(bench: Bench) -> tuple[Check, ...]:
    """`pipelines_say_no` over the option's pipelines and the scripts of deploy/scripts that they start."""
    findings, tree = Findings("mlops"), bench.tree
    scripts = {path.name: text_at(path) for path in sorted((tree / "deploy" / "scripts").glob("*.sh"))}
    faults = [fault for name, text in scripts.items() for fault in _script_faults(name, text)]
    said = pipelines(bench.stack)
    if said is None and not faults:
        findings.not_checked("pipelines_say_no", "this CI doesn't say which jobs it has")
        return tuple(findings.checks)
    found = {each.name: each for each in (said.read(tree) if said else ())}
    faults += list(_faults(said, found, tree)) if said else []
    text = f"{len(found)} workflows and {len(scripts)} scripts: tests run first, failures end them, actions are pinned"
    good = bool(found) and bool(scripts) and not faults
    findings.add("pipelines_say_no", good, "; ".join(faults[:SHOWN]) or text, files=len(found) + len(scripts))
    return tuple(findings.checks)


def _faults(said: Pipelines, found: Mapping[str, Pipeline], tree: Path) -> Iterator[str]:
    made = commands.targets(text_at(tree / "Makefile"))
    for name, pipeline in found.items():
        yield from (f"{name}: {fault}" for fault in _pipeline_faults(pipeline, said))
        yield from (f"{name}: {fault}" for fault in _release_faults(pipeline, found, made))
    yield from _untested(found, made)


def _script_faults(name: str, text: str) -> Iterator[str]:
    yield from () if STRICT.search(text) else [f"{name} goes on after a failure: no 'set -euo pipefail'"]
    yield from (f"{name} hides failures: {match[0].strip()}" for match in LOOSENED.finditer(text))
    yield from (f"{name} goes on after a failure: {line}" for line in _lenient(text))


def _pipeline_faults(pipeline: Pipeline, said: Pipelines) -> Iterator[str]:
    for job in pipeline.jobs:
        for part in job.parts:
            if part.may_fail:
                yield f"{job.name} goes on after a failure of {part.name!r}"
            if part.never:
                yield f"{job.name} never runs {part.name!r}"
            if part.uses and not said.fixed(part.uses):
                yield f"{job.name} uses {part.uses}, which can change from one day to the next"
            yield from (f"{job.name} goes on after a failure: {line}" for line in _lenient(part.run))


def _lenient(text: str) -> Iterator[str]:
    """Lines whose command decides something and whose failure is passed over."""
    for line in re.sub(r"\\\n\s*", " ", re.sub(r"(?m)(?:^|\s)#.*$", "", text)).splitlines():
        if match := CARRIES_ON.search(line):
            before = re.split(r"\$\(|;|&&", line[: match.start()])[-1]
            if DECIDES.search(before):
                yield line.strip()[:100]


def _release_faults(pipeline: Pipeline, all_of: Mapping[str, Pipeline], made: Made) -> Iterator[str]:
    """A job that brings an image out waits for a job that tests."""
    jobs = {job.name: job for job in pipeline.jobs}
    for job in pipeline.jobs:
        if any("docker push" in part.run for part in job.parts):
            before = _needed(job.name, jobs)
            if not any(_tests(jobs[each], all_of, made) == set(TOOLS) for each in before):
                yield f"{job.name} brings an image out without waiting for the tests"


def _untested(found: Mapping[str, Pipeline], made: Made) -> Iterator[str]:
    """Every push and everything that is asked to be merged is linted, typed and tested."""
    for event in ("push", "pull request"):
        begun = [job for pipeline in found.values() if event in pipeline.events for job in pipeline.jobs]
        ran = {tool for job in begun for tool in _tests(job, found, made)}
        yield from (f"no workflow runs {tool} on a {event}" for tool in TOOLS if tool not in ran)


def _tests(job: Job, all_of: Mapping[str, Pipeline], made: Made) -> set[str]:
    """Which of the tools a job runs, by itself, through make, or through another pipeline."""
    if job.starts:
        inner: Iterable[Job] = all_of[job.starts].jobs if job.starts in all_of else ()
        return {tool for each in inner for tool in _tests(each, {}, made)}
    texts = [part.run for part in job.parts]
    asked = [name for text in texts for name, _ in commands.MAKE.findall(text)]
    lines = [*texts, *(line for name in asked for line in commands.recipes(name, made))]
    return {tool for tool in TOOLS if any(re.search(rf"(?:^|[\s/]){tool}(?:\s|$)", line) for line in lines
                                          if not commands.IDLE.match(line))}  # fmt: skip


def _needed(name: str, jobs: Mapping[str, Job]) -> set[str]:
    """All jobs that end well before this one starts."""
    direct = {each for each in jobs[name].needs if each in jobs and each != name}
    return direct.union(*(_needed(each, {k: v for k, v in jobs.items() if k != name}) for each in direct))
