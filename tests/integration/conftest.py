"""Whole runs of the main job, each made once and looked at by many tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent_graph.artifacts import Artifact
from agent_graph.cli.commands import DEMO_STATEMENT
from agent_graph.roles import ROLES
from tests.integration.asked import told
from tests.integration.runs import HOSTILE, TELCO, Made, run
from tests.llm.server import ModelServer, serving


@pytest.fixture(scope="session")
def telco(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The example, made again."""
    words = ("--name", "telco-churn", "--budget", "20s", "--target", "churn")
    return run(tmp_path_factory.mktemp("telco"), DEMO_STATEMENT, TELCO, *words)


@pytest.fixture(scope="session")
def designs(telco: Made) -> dict[str, Artifact]:
    """What the playbooks answered for the example, by role."""
    by_key = told(telco, "show", "telco-churn", "design")
    return {role.name: role.returns.model_validate(by_key[role.writes]) for role in ROLES}


@pytest.fixture
def model() -> Iterator[ModelServer]:
    """A model that plays a script, on a real HTTP server."""
    with serving(ModelServer()) as server:
        yield server


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A project whose column names and values try to become code."""
    import polars as pl

    folder = tmp_path_factory.mktemp("hostile")
    rows = 1500
    bills, plans, ages = ([(i * k) % m for i in range(rows)] for k, m in ((37, 101), (7919, 4), (53, 97)))
    leaves = [
        (abs(b - 50) > 25) != (p > 1) if (i * 31) % 10 else i % 3 == 0
        for i, (b, p) in enumerate(zip(bills, plans, strict=True))
    ]
    table = {
        HOSTILE[0]: bills,
        HOSTILE[1]: [f"{{% raw %}}{plan}" for plan in plans],
        HOSTILE[2]: [age / 7 for age in ages],
        HOSTILE[3]: [f"</script><b>{(i * 7) % 5}" for i in range(rows)],
        HOSTILE[4]: [(i * 11) % 13 for i in range(rows)],
        "left": ["yes" if leave else "no" for leave in leaves],
    }
    pl.DataFrame(table).write_csv(folder / "customers.csv")
    words = ("--name", "hostile", "--budget", "6s", "--target", "left")
    return run(folder, "Which customers will leave us next month?", folder / "customers.csv", *words)
