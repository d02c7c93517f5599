"""What a rerun costs: the demo's project, then each agent sent back in turn, as a share of the whole run's time.

python -m evals.bench.reruns        # prints a row a role; about ten minutes
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from agent_graph import new, rerun
from agent_graph.artifacts import ROLE_NAMES
from agent_graph.cli.commands import DEMO_STATEMENT, DEMO_TARGET
from agent_graph.settings import settings

DATA = Path(__file__).resolve().parents[1] / "data" / "telco_churn.csv"
NOTES = {
    "data_engineer": "Keep raw data for 200 days.",
    "data_scientist": "Don't use female. Add ratios of the charges to the tenure.",
    "ml_engineer": "At most 15 trials.",
    "python_pro": "Coverage of tests must be at least 85 %.",
    "mlops": "At least 3 replicas.",
    "observability": "Use a PSI threshold of 0.25.",
}
BAR = 0.25  # of the whole run, for the last role


def main(roles: list[str]) -> int:
    """Print the table; 1 when the last role's share is above the bar."""
    cache = settings().cache_dir  # runtimes and baselines are kept by content: no run pays for them twice
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"AGENT_GRAPH_PROJECTS": folder, "AGENT_GRAPH_CACHE": str(cache)}
        settings.cache_clear()
        whole = new(DEMO_STATEMENT, str(DATA), target=DEMO_TARGET, name="demo", budget_s=20.0)
        print(f"whole run: {whole.run.seconds:.0f} s, {whole.report.verdict}")
        shares: dict[str, float] = {}
        for role in [role.replace("-", "_") for role in roles] or list(reversed(ROLE_NAMES)):
            again = rerun("demo", role, NOTES[role])
            shares[role] = again.run.seconds / whole.run.seconds
            verdict = again.comparison.verdict if again.comparison else "not compared"
            words = f"{again.run.seconds:.0f} s, {shares[role]:.0%} of the whole run, {again.report.verdict}, {verdict}"
            bar = f" (bar {BAR:.0%}: {'held' if shares[role] <= BAR else 'missed'})" if role == ROLE_NAMES[-1] else ""
            print(f"{role.replace('_', '-')}: {words}{bar}", flush=True)
    return int(shares.get(ROLE_NAMES[-1], 0.0) > BAR)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
