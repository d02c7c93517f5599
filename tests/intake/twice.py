"""Read the same files twice: by the profile, and by the ingest code of the project that is generated from it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from agent_graph.artifacts import Problem, Profile, manifest_for
from agent_graph.profiling.joined import joined
from agent_graph.roles.data_engineer import ROLE, DataEngineerInputs
from agent_graph.writing import formatting, rendering
from tests.intake.conftest import frame_paths

READ = """
import sys
from pathlib import Path
sys.path.insert(0, "src")
from landed.errors import BadInput
from landed.data.rows import read_rows
try:
    frame = read_rows(Path(sys.argv[1]), labelled=False)
except BadInput as error:
    sys.exit(f"refused: {error}")
frame.to_parquet(sys.argv[2])
"""


def generate(paths: Sequence[str], folder: Path, statement: str, **wishes: object) -> tuple[Profile, Problem]:
    """Write what the skeleton and the data engineer give for these files into the folder."""
    specification, profile, problem = frame_paths(list(paths), statement, **wishes)
    inputs = DataEngineerInputs(
        specification=specification, profile=profile, problem=problem, manifest=manifest_for("landed")
    )
    design = ROLE.playbook(inputs)
    ROLE.rule(design, inputs)
    context = {**dict(inputs), "data": design, "statement": statement}
    files = rendering.render(rendering.own("_skeleton"), context) | rendering.render(
        rendering.own("data_engineer/common"), context
    )
    for name, text in formatting.formatted(files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return profile, problem


def read_by_project(folder: Path, landed: Path) -> pl.DataFrame:
    """The rows of a file or folder of tables as the generated project reads them."""
    out = folder / "rows.parquet"
    done = subprocess.run(
        [sys.executable, "-c", READ, str(landed), str(out)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return pl.read_parquet(out)


def both(
    paths: Sequence[str], folder: Path, landed: Path, statement: str, **wishes: object
) -> tuple[pl.DataFrame, pl.DataFrame, Profile]:
    """Host's and project's reading of the same rows, in the project's columns, all as floats or texts."""
    profile, _ = generate(paths, folder, statement, **wishes)
    theirs = read_by_project(folder, landed)
    ours = joined(profile).collect().select(theirs.columns)
    return comparable(ours), comparable(theirs), profile


def comparable(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers and truth values as floats to seven digits, as many as a short float has, moments as text."""

    def told(name: str, dtype: pl.DataType) -> pl.Expr:
        if dtype.is_temporal():
            return pl.col(name).cast(pl.Datetime("us")).dt.to_string("iso")
        if dtype.is_numeric() or dtype == pl.Boolean:
            return pl.col(name).cast(pl.Float64).fill_nan(None).round_sig_figs(7)
        return pl.col(name).cast(pl.String)

    return frame.select(told(name, dtype) for name, dtype in frame.schema.items())
