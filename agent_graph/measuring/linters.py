"""Programs that say whether a text is what their tool takes; they read, and nothing of a project is run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from agent_graph.bench import Findings

SECONDS = 60
YAML_RULES = "{extends: relaxed, rules: {line-length: disable}}"
YAMLLINT = ("yamllint", ("--strict", "--config-data", YAML_RULES))


def tool(name: str) -> str | None:
    """A validator's program: beside our own interpreter, or on the path."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.is_file() else shutil.which(name)


def said(arguments: Sequence[str]) -> str | None:
    """None when the validator is content, else what it complained about."""
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603  # ours
    return None if done.returncode == 0 else (done.stdout + done.stderr).strip() or f"exit code {done.returncode}"


def schema(name: str) -> tuple[str, tuple[str, ...]]:
    """A validator that holds files to a schema that check-jsonschema brings."""
    return "check-jsonschema", ("--builtin-schema", name)


def linted(
    findings: Findings,
    name: str,
    program: str,
    files: Sequence[Path],
    options: Sequence[str] = (),
    more: Sequence[tuple[str, tuple[str, ...]]] = (),
) -> None:
    """One check: every program must be content with every file, and there must be files."""
    if not files:
        findings.add(name, False, "there is no file of this kind")
        return
    complaints, used = [], []
    for linter, arguments in ((program, tuple(options)), *more):
        found = tool(linter)
        if found is None:
            findings.not_checked(name, f"{linter} isn't installed")
            return
        complaint = said([found, *arguments, *map(str, files)])
        complaints += [] if complaint is None else [f"{linter}: {complaint}"]
        used.append(linter)
    content = f"{' and '.join(used)} content with {', '.join(path.name for path in files)}"
    findings.add(name, not complaints, " | ".join(complaints) or content, files=len(files))
