"""Small real tables for the intake's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.artifacts import Problem, Profile, Specification
from agent_graph.intake import framing

Framed = tuple[Specification, Profile, Problem]


@pytest.fixture
def customers() -> pl.DataFrame:
    """200 customers of whom some left, by tenure and plan."""
    rng = np.random.default_rng(0)
    tenure = rng.integers(0, 60, 200)
    left = np.where(rng.random(200) < 0.6 - tenure / 100, "Yes", "No")
    return pl.DataFrame(
        {
            "tenure": tenure,
            "plan": rng.choice(["a", "b", "c"], 200),
            "bill": rng.normal(50, 9, 200).round(2),
            "churn": left,
        }
    )


@pytest.fixture
def framed(tmp_path: Path) -> Callable[..., Framed]:
    """Write a table as CSV, profile and frame it."""

    def run(
        table: pl.DataFrame, statement: str = "We want to know which customers will leave.", **wishes: object
    ) -> Framed:
        path = tmp_path / "table.csv"
        table.write_csv(path)
        return frame_paths([str(path)], statement, **wishes)

    return run


def frame_paths(
    paths: list[str], statement: str = "We want to know which customers will leave.", **wishes: object
) -> Framed:
    """Specification, profile and problem of some files."""
    specification = Specification.model_validate(
        {"name": "test", "statement": statement, "data": tuple(paths), **wishes}
    )
    profile = profiling.profile(paths)
    return specification, profile, framing.frame(specification, profile)
