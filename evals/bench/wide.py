"""How long a table with far more columns than rows takes to be understood: profile, reading and the settled problem."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from agent_graph import profiling
from agent_graph.artifacts import Specification
from agent_graph.intake import framing
from agent_graph.intake.reading import read
from evals.bench.clock import timed

ASKED = "Gene expression before treatment, one column a gene. Which patients will respond to the drug (responds)?"


def measure(rows: int = 300, genes: int = 1_500) -> float:
    """Seconds for a table of so many rows and columns, its target named."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "genes.csv"
        columns = {"sample_no": [f"S{k:04d}" for k in range(rows)]}
        columns |= {f"GENE{k}": rng.normal(7, 1, rows).round(3) for k in range(genes)}
        pl.DataFrame({**columns, "responds": rng.choice(["yes", "no"], rows)}).write_csv(path)
        asked = Specification(name="wide", statement=ASKED, data=(str(path),), target="responds")
        return timed(lambda: _understand(asked))


def _understand(asked: Specification) -> None:
    profile = profiling.profile(asked.data)
    framing.frame(asked, profile, read(asked, profile))
