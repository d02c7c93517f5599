"""Whole runs of the main job, each made once and looked at by many tests."""

from __future__ import annotations

import pytest

from agent_graph.cli.commands import DEMO_STATEMENT
from tests.integration.runs import HOSTILE, TELCO, Made, run


@pytest.fixture(scope="session")
def telco(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The example, made again."""
    return run(tmp_path_factory.mktemp("telco"), DEMO_STATEMENT, TELCO, "--name", "telco-churn", "--budget", "8s")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A project whose column names and values try to become code."""
    import polars as pl

    folder = tmp_path_factory.mktemp("hostile")
    rows = 600
    values = [f"{{% raw %}}{i % 4}" for i in range(rows)]
    table = {
        HOSTILE[0]: [(i * 37) % 101 for i in range(rows)],
        HOSTILE[1]: values,
        HOSTILE[2]: [((i * 53) % 97) / 7 for i in range(rows)],
        HOSTILE[3]: [f"</script><b>{(i * 7) % 5}" for i in range(rows)],
        HOSTILE[4]: [(i * 11) % 13 for i in range(rows)],
        "left": ["yes" if ((i * 37) % 101) + 9 * (i % 4) + (i * 31) % 40 > 75 else "no" for i in range(rows)],
    }
    pl.DataFrame(table).write_csv(folder / "customers.csv")
    words = ("--name", "hostile", "--budget", "5s", "--target", "left")
    return run(folder, "Which customers will leave us next month?", folder / "customers.csv", *words)
