"""The generated project's reader, rendered for a file and run in a process of its own, beside the host's reader."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl

from agent_graph.artifacts import Profile, Specification
from agent_graph.context import Context
from agent_graph.intake import understanding
from agent_graph.profiling import reading
from agent_graph.roles import ROLES
from agent_graph.state import RunState
from agent_graph.workspace import Workspace
from agent_graph.writing import contribution, formatting

PROGRAM = """
import sys
from pathlib import Path
from project_of_files.data.rows import read_landing
for source, target in zip(sys.argv[1::2], sys.argv[2::2]):
    landed = read_landing(Path(source), labelled=True)
    landed.frame.assign(fingerprint=landed.fingerprints).to_parquet(target)
"""


def made(folder: Path, file: Path, target: str, statement: str = "What will it be?") -> tuple[RunState, Path]:
    """The state after the data engineer for a file of the user's, and the project's folder with that agent's files."""
    context = Context(folder / "run", folder / "cache", Workspace(folder / "project", folder / "run"))
    context.folder.mkdir(parents=True)
    specification = Specification(name="project-of-files", statement=statement, data=(str(file),), target=target)
    heard = understanding.understand(specification, context)
    profile, reading = heard.profile, heard.reading
    profile, problem = understanding.frame(specification, profile, reading, context.emit)
    state: RunState = {"specification": specification, "profile": profile, "problem": problem, "tries": 1}
    state |= understanding.found(specification, profile, problem, context, reading)  # type: ignore[assignment]
    role = ROLES[0]
    inputs = role.reads(**{key: state[key] for key in role.reads.model_fields if key in state})  # type: ignore[literal-required]
    state[role.writes] = role.playbook(inputs)  # type: ignore[literal-required]
    for path, text in formatting.formatted(contribution.files_of(role, state)).items():
        (context.workspace.path / path).parent.mkdir(parents=True, exist_ok=True)
        (context.workspace.path / path).write_text(text, encoding="utf-8")
    return state, context.workspace.path


def read_by_project(root: Path, *sources: Path) -> list[pl.DataFrame]:
    """What the project's own reader makes of these files or folders: typed rows with labels and fingerprints."""
    targets = [root.parent / f"{k}.parquet" for k in range(len(sources))]
    pairs = [str(each) for pair in zip(sources, targets, strict=True) for each in pair]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *pairs], cwd=root, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [pl.read_parquet(target) for target in targets]


def read_by_host(profile: Profile) -> pl.DataFrame:
    """The host's typed rows of the main table."""
    return reading.typed(profile.main).collect()
