"""What stands behind the inspection: code that was never looked at, rendered and run by a real gate."""

from __future__ import annotations

import pwd
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent_graph.artifacts import Check, GateResult, Slot
from agent_graph.context import Context
from agent_graph.proof import gates
from agent_graph.roles import BY_NAME
from tests.integration.runs import TELCO
from tests.integration.turns import until_features
from tests.processes import processes_with

pytestmark = pytest.mark.slow
CANARY = "canary-2c6d88e1"


@dataclass(frozen=True)
class Bank:
    """A run up to the data scientist's turn."""

    state: Any
    context: Context

    def judged(self, *slots: Slot) -> GateResult:
        """The gate on the playbook's features with these derived ones, which no inspection has seen."""
        state = {**self.state, "features": self.state["features"].model_copy(update={"derived": slots})}
        return gates.run_gate(BY_NAME["data_scientist"], state, self.context)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """The example, with the data engineer's gate passed."""
    return Bank(*until_features(tmp_path_factory.mktemp("bank"), budget_s=5))


@pytest.fixture
def listener() -> Iterator[tuple[int, list[Any]]]:
    """A server on the host's loopback: its port, and who has called."""
    calls: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                calls.append(address)
                connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield server.getsockname()[1], calls
        server.shutdown(socket.SHUT_RDWR)


def slot(name: str, *lines: str) -> Slot:
    """A function of `tenure` with these lines."""
    source = "\n    ".join((f"def {name}(tenure):", *lines))
    return Slot(name=name, inputs=("tenure",), source=source + "\n", why="")


def tells(name: str, expression: str, imports: str = "os") -> Slot:
    """A function that raises what it could get hold of."""
    return slot(name, f"import {imports}", f'raise ValueError("got " + str({expression})[:200])')


def check(result: GateResult, name: str) -> Check:
    """The check of that name."""
    (found,) = [check for check in result.checks if check.name == name]
    return found


def test_a_slot_that_never_ends_costs_one_time_out_and_is_named(bank: Bank) -> None:
    started = time.monotonic()
    result = bank.judged(slot("endless", "while True:", "    tenure = tenure + 1", "return tenure"))
    assert not result.passed
    assert check(result, "own_functions_work").evidence == "derived.endless had not ended after 30 s"
    assert [check.name for check in result.checks] == ["own_functions_work", "own_functions_typed"]
    assert time.monotonic() - started < 240


def test_a_slot_finds_nothing_of_the_host_and_reaches_nobody(
    bank: Bank, tmp_path: Path, listener: tuple[int, list[Any]]
) -> None:
    (tmp_path / "secret.txt").write_text(CANARY)
    labels = bank.context.sealed / "labels.parquet"
    port, calls = listener
    assert labels.is_file()
    thieves = (
        tells("passwd", 'open("/etc/passwd").read()'),
        tells("secret", f"open({str(tmp_path / 'secret.txt')!r}).read()"),
        tells("labels", f'open({str(labels)!r}, "rb").read()'),
        tells("folders", '[sorted(os.listdir(f)) for f in ("/", "/data", "/home")]'),
        tells("caller", f'socket.create_connection(("127.0.0.1", {port}), 3)', "socket"),
        tells("abroad", 'socket.create_connection(("198.51.100.1", 80), 3)', "socket"),
    )
    result = bank.judged(*thieves)
    said = check(result, "own_functions_work").evidence
    assert not result.passed
    (_, passwd, secret, sealed, folders, caller, abroad) = said.split("derived.")
    assert "ValueError: got sandbox:" in passwd
    assert not [user.pw_name for user in pwd.getpwall() if f"{user.pw_name}:" in passwd]
    assert "FileNotFoundError" in secret
    assert "FileNotFoundError" in sealed
    assert "telco_churn.csv" in folders
    assert "holdout" not in folders
    assert "sealed" not in folders
    assert "Error" in caller
    assert "got" not in caller + abroad + secret + sealed
    assert calls == []
    assert CANARY not in said


def test_a_slot_can_write_and_start_nothing_that_lasts(bank: Bank, tmp_path: Path) -> None:
    token = f"survivor-{time.monotonic_ns()}"
    before = TELCO.read_bytes()
    places = (str(tmp_path / "x"), "/data/x", "/data/telco_churn.csv", "/etc/x", "/runtime/x")
    writers = [tells(f"writer_{i}", f'open({place!r}, "a").write("x")') for i, place in enumerate(places)]
    environ = {"TOKEN": token, "PATH": "/usr/bin:/bin"}
    daemon = slot(
        "daemon",
        "import subprocess",
        f'subprocess.Popen(["sleep", "97"], env={environ!r}, start_new_session=True)',
        'raise ValueError("daemon started")',
    )
    result = bank.judged(daemon, *writers)
    said = check(result, "own_functions_work").evidence
    assert not result.passed
    assert "daemon started" in said
    assert said.count("Error") == 1 + len(writers)
    assert "got" not in said
    assert processes_with(token) == []
    assert TELCO.read_bytes() == before
    assert list(tmp_path.iterdir()) == []
    project = bank.context.workspace.path
    assert not [path for path in project.rglob("*") if path.name == "x"]


LOOKS_UP = """import csv
import glob
import os

import numpy as np


def oracle(tenure, monthly, total):
    known = {}
    for path in glob.glob(PLACE):
        for row in csv.DictReader(open(path)):
            known[(float(row["tenure"]), float(row["monthly_charges"]))] = float(row["churn"] == "Yes")
    return np.array([known.get((a, b), np.nan) for a, b in zip(tenure, monthly)])
"""


IN_LAYER = """import glob

import numpy as np
import pandas as pd


def oracle(tenure, monthly, total):
    rows = pd.concat(map(pd.read_parquet, glob.glob("/work/data/processed/**/*.parquet", recursive=True)))
    known = dict(zip(zip(rows["tenure"], rows["monthly_charges"]), rows["__label__"] == "Yes"))
    return np.array([float(known.get((a, b), 0)) for a, b in zip(tenure, monthly)])
"""


@pytest.mark.parametrize(
    "source",
    [
        LOOKS_UP.replace("PLACE", '"/data/*.csv"'),
        LOOKS_UP.replace("PLACE", 'os.environ["TELCO_CHURN_RAW_DIR"] + "/*.csv"'),
        IN_LAYER,
    ],
    ids=["landing folder", "landing folder of the settings", "processed layer"],
)
def test_a_slot_that_looks_labels_up_shows_itself(bank: Bank, source: str) -> None:
    oracle = Slot(name="oracle", inputs=("tenure", "monthly_charges", "total_charges"), source=source, why="")
    result = bank.judged(oracle)
    assert not result.passed
    assert check(result, "own_functions_work").verdict == "passed"
    assert check(result, "shuffled_target_is_chance").verdict == "failed"


def test_a_slot_that_remembers_what_it_saw_before_shows_itself(bank: Bank) -> None:
    counter = Slot(
        name="counter", inputs=("tenure",), why="",
        source="def counter(tenure):\n    counter.__dict__.setdefault('seen', []).append(1)\n"
        "    return tenure * 0 + len(counter.__dict__['seen'])\n",
    )  # fmt: skip
    result = bank.judged(counter)
    assert not result.passed
    assert "another answer for the same rows" in check(result, "own_functions_work").evidence
