"""A bench on a small table, for what is cached beside the run: the host's own baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from agent_graph import profiling
from agent_graph.artifacts import manifest_for
from agent_graph.bench import Bench
from agent_graph.intake import framing, sealing
from agent_graph.intake.specifying import specify
from evals.trust.ground import STATEMENT
from evals.trust.ground.customers import table


def fitted_twice(baseline: Any, folder: Path) -> str | None:
    """Spoil what the baseline keeps, in three ways; it is fitted again, to the same numbers."""
    bench = _bench(folder)
    first = baseline.baseline(bench)
    (kept,) = (folder / "cache" / "baselines").iterdir()
    whole = kept.read_bytes()
    for spoilt in (whole[: len(whole) // 2], b"", b"PK\3\4 garbage"):
        kept.write_bytes(spoilt)
        if not np.array_equal(baseline.baseline(bench).open, first.open):
            return "another baseline came of a damaged one"
        if kept.read_bytes() != whole:
            return "the damaged one still lies there"
    return None


def _bench(folder: Path) -> Bench:
    folder.mkdir(parents=True, exist_ok=True)
    wishes = {"target": "churn", "task": None, "metric": None, "time_column": None, "group_column": None}
    path = table(folder / "customers.csv")
    specification = specify(STATEMENT, (str(path),), options={}, name="bench", budget_s=5.0, seed=0, **wishes)
    profile = profiling.profile(specification.data)
    problem = framing.frame(specification, profile)
    sealed = sealing.seal(specification, profile, problem, folder / "sealed")
    return Bench(
        tree=folder,
        store=folder / "store",
        sandbox=None,  # type: ignore[arg-type] - the baseline is the host's
        specification=specification,
        profile=profiling.profile_part(profile, Path(sealed.open_dir)),
        problem=problem,
        manifest=manifest_for("bench"),
        sealed=sealed,
        cache=folder / "cache",
    )
