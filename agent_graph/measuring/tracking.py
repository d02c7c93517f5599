"""What a project's tracking tool keeps of it, whichever tool it is: the option's own probe reads it in the cell.

The host opens nothing that the tool wrote. The probe is a program of the option's folder; it imports nothing of the
project and prints one JSON object:

    probe.py runs ARTIFACTS EXPERIMENT    {"trials": 12, "whole": 12, "parents": 1, "runs": [...]}: how many trials of a
        search are runs of their own, how many of them hold parameters and metrics, how many searches they belong to;
        then each training and evaluation: {"id", "of": the training that it is about, "parameters": {name: text},
        "metrics": {name: number}, "files": {name: SHA-256}}
    probe.py versions ARTIFACTS MODEL     {"versions": ["1", …], "aliases": {"champion": "1"}, "runs": {"1": run's id}}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_graph import register
from agent_graph.artifacts import Stack
from agent_graph.bench import LEARN, Bench
from agent_graph.measuring.syntax import last_object
from agent_graph.sandbox import Step, StepResult

CHOICE = "tracking"
MOUNT = "tracking"  # where the cell has the probe's folder
ARTIFACTS = "artifacts"


class UnreadableStoreError(Exception):
    """The probe read nothing: no store, a broken one, or a tool that doesn't say how it is read."""


@dataclass(frozen=True)
class Tracking:
    """What an option of the choice `tracking` says of itself."""

    probe: Path
    module: str  # what the project imports
    preload: tuple[str, ...] = ()  # what that loads later, in its own time


def tracking(stack: Stack) -> Tracking | None:
    """How the chosen tool is read; None where the option doesn't say."""
    return register.said(stack, CHOICE, Tracking)


def learn(bench: Bench) -> tuple[str, ...]:
    """What is loaded before a cell forks in which models are trained."""
    says = tracking(bench.stack)
    return (*LEARN, *modules(bench), *(says.preload if says else ()))


def modules(bench: Bench) -> tuple[str, ...]:
    """The tool's own module, for cells that log nothing or little."""
    says = tracking(bench.stack)
    return (says.module,) if says else ()


def mounts(bench: Bench) -> dict[str, Path]:
    """The probe's folder, for a session with steps of `runs` or `versions`."""
    says = tracking(bench.stack)
    return {MOUNT: says.probe.parent} if says else {}


def runs(bench: Bench, step: str = "runs", artifacts: str = ARTIFACTS) -> Step:
    """Reads every run of the project's experiment."""
    return _probe(bench, step, "runs", artifacts, bench.manifest.experiment)


def versions(bench: Bench, step: str = "versions", artifacts: str = ARTIFACTS) -> Step:
    """Reads which versions of the model there are, and which of them has which alias."""
    return _probe(bench, step, "versions", artifacts, bench.manifest.registered_model)


def _probe(bench: Bench, step: str, *words: str) -> Step:
    says = tracking(bench.stack)
    program = f"/{MOUNT}/{says.probe.name if says else 'probe.py'}"  # without either, the step says what is missing
    return Step(step, (program, *words), kind="script", timeout_s=60)


def read(step: StepResult) -> Mapping[str, Any]:
    """What a probe printed. UnreadableStoreError when it printed no object."""
    if (found := last_object(step.out) if step.ok else None) is None:
        raise UnreadableStoreError(" ".join(step.err.strip().splitlines()[-3:]) or f"{step.status} {step.rc}")
    return found
