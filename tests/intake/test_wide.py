"""Tables with far more columns than rows are read, and leaks are found among them all the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from tests.intake.conftest import frame_paths

ROWS, GENES = 300, 1_500
ASKED = "Gene expression before treatment, one column a gene. Which patients will respond to the drug (responder)?"


def test_fifteen_hundred_columns_are_read_and_no_leak_is_seen_but_the_two(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(8, 2, (ROWS, GENES)).round(3)
    names = ["1-Mar", "HLA-DRB1", "NKX2-5", *(f"G{k}" for k in range(GENES - 3))]
    responds = values[:, :10].sum(axis=1) + rng.normal(0, 4, ROWS) > 80
    columns = {"sample_id": [f"S{k:04d}" for k in range(ROWS)], **dict(zip(names, values.T, strict=True))}
    dose = rng.normal(50, 10, ROWS).round(0) + rng.integers(0, 4, ROWS) / 4
    columns |= {"outcome": np.where(responds, 90, 10) + values[:, 0].round(3) / 100, "dose": dose}
    columns |= {"rest": columns["dose"] - columns["outcome"]}
    path = tmp_path / "genes.tsv"
    pl.DataFrame({**columns, "responder": responds.astype(int)}).write_csv(path, separator="\t")
    _, profile, problem = frame_paths([str(path)], ASKED, target="responder")
    assert {profile.main.column(name).kind for name in names[:3]} == {"number"}
    assert set(problem.used("leak")) == {"outcome", "rest"}
