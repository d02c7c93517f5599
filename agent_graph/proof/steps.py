"""Steps of the proof and what their output says, in one line each."""

from __future__ import annotations

import re

from agent_graph.bench import last_lines
from agent_graph.sandbox import Step, StepResult

CLOSING = re.compile(r"\b\d+ (passed|failed|skipped|errors?)\b.* in ")


def pytest_step(name: str, timeout_s: float, *folders: str) -> Step:
    """The project's tests as its own Makefile runs them: a process of its own, its own configuration."""
    words = ("python", "-m", "pytest", "-p", "no:cacheprovider", "--tb=line", "-rfE", "--color=no", *folders)
    return Step(name, words, kind="exec", timeout_s=timeout_s)


def closing_line(step: StepResult) -> str:
    """pytest's closing line; empty when there is none."""
    lines = [line.strip("= ") for line in step.out.splitlines() if CLOSING.search(line)]
    return lines[-1] if lines else ""


def failures(step: StepResult) -> str:
    """The tests that failed, else the end of what was said."""
    lines = [line for line in step.out.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return "; ".join(lines[:6]) or last_lines(step.err or step.out, 4)


def ending(step: StepResult) -> str:
    """How a step ended, in words."""
    if step.status == "exit":
        return f"exit {step.rc}"
    return f"{step.status} {step.rc if step.rc is not None else ''}".strip()
