"""The command line as a user meets it: real processes, exit codes, one clear line, nothing left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent_graph.runner import Run
from tests.integration.runs import ROOT

SENTENCE = "We run a phone company. Which customers will leave next month?"


@dataclass(frozen=True)
class Terminal:
    """An empty folder in which agent-graph is called."""

    folder: Path

    def __call__(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from agent_graph.cli import main; main()", *words]
        return subprocess.run(
            command, cwd=self.folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
        )

    def left(self) -> list[str]:
        return sorted(
            str(p.relative_to(self.folder)) for p in self.folder.rglob("*") if p.is_file() and p.suffix != ".csv"
        )


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def customers(folder: Path, rows: int = 200) -> Path:
    lines = ["age,plan,bill,churn"]
    lines += [
        f"{20 + i % 50},{'basic' if i % 3 else 'plus'},{10 + i % 17}.5,{'yes' if i % 4 == 0 else 'no'}"
        for i in range(rows)
    ]
    path = folder / "customers.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def refused(done: subprocess.CompletedProcess[str], terminal: Terminal, *words: str, code: int = 2) -> None:
    assert done.returncode == code, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("agent-graph: ")
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in lines[0]
    assert not [name for name in terminal.left() if not name.startswith("generated/.agent-graph/cache")]


def remembered(project: Path, report: Path | str = "") -> str:
    run = Run(name="customers", path=str(project), status="proven", started="2026-01-01", seconds=1, report=str(report))
    return run.model_dump_json()


def test_a_missing_file_is_named(terminal: Terminal) -> None:
    refused(terminal("new", SENTENCE, "--data", "nowhere.csv", "--yes"), terminal, "nowhere.csv")


def test_an_empty_statement_is_refused(terminal: Terminal) -> None:
    customers(terminal.folder)
    refused(terminal("new", " ", "--data", "customers.csv", "--yes"), terminal, "statement")


def test_a_statement_of_100_000_characters_is_refused(terminal: Terminal) -> None:
    customers(terminal.folder)
    refused(terminal("new", "x " * 50_000, "--data", "customers.csv", "--yes"), terminal, "100,000", "20,000")


def test_no_data_is_refused(terminal: Terminal) -> None:
    refused(terminal("new", SENTENCE, "--yes"), terminal, "--data")


def test_an_unknown_target_is_refused(terminal: Terminal) -> None:
    customers(terminal.folder)
    refused(
        terminal("new", SENTENCE, "--data", "customers.csv", "--target", "chrun", "--yes"), terminal, "chrun", "churn"
    )


def test_an_unknown_metric_is_refused(terminal: Terminal) -> None:
    customers(terminal.folder)
    refused(terminal("new", SENTENCE, "--data", "customers.csv", "--metric", "auk", "--yes"), terminal, "metric", "auk")


@pytest.mark.parametrize("budget", ["soon", "-3s", "0", "1e9x"])
def test_a_budget_that_is_no_time_is_refused(terminal: Terminal, budget: str) -> None:
    customers(terminal.folder)
    refused(terminal("new", SENTENCE, "--data", "customers.csv", f"--budget={budget}", "--yes"), terminal, "budget")


def test_an_option_that_is_no_pair_is_refused(terminal: Terminal) -> None:
    customers(terminal.folder)
    refused(terminal("new", SENTENCE, "--data", "customers.csv", "--set", "serving", "--yes"), terminal, "key=value")


def test_an_option_that_does_not_exist_is_refused(terminal: Terminal) -> None:
    customers(terminal.folder)
    done = terminal("new", SENTENCE, "--data", "customers.csv", "--set", "serving=teapot", "--yes")
    refused(done, terminal, "serving", "teapot", "fastapi")


def test_an_existing_folder_of_that_name_is_left_as_it_is(terminal: Terminal) -> None:
    customers(terminal.folder)
    mine = terminal.folder / "generated" / "customers" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    done = terminal("new", SENTENCE, "--data", "customers.csv", "--yes")
    assert done.returncode == 2
    assert "exists already" in done.stderr
    assert terminal.left() == ["generated/customers/mine.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(terminal: Terminal) -> None:
    customers(terminal.folder)
    (terminal.folder / "locked").mkdir(mode=0o500)
    refused(terminal("new", SENTENCE, "--data", "customers.csv", "--out", "locked", "--yes"), terminal, "locked")


def test_an_out_that_is_a_file_is_named(terminal: Terminal) -> None:
    customers(terminal.folder)
    (terminal.folder / "taken.csv").write_text("x")
    refused(terminal("new", SENTENCE, "--data", "customers.csv", "--out", "taken.csv", "--yes"), terminal, "taken.csv")


def test_a_name_that_another_folder_has_is_refused_and_its_run_stays(terminal: Terminal) -> None:
    customers(terminal.folder)
    elsewhere = terminal.folder / "elsewhere" / "customers"
    elsewhere.mkdir(parents=True)
    kept = terminal.folder / "generated" / ".agent-graph" / "runs" / "customers"
    kept.mkdir(parents=True)
    (kept / "run.json").write_text(remembered(elsewhere))
    (kept / "labels.parquet").write_text("sealed")
    done = terminal("new", SENTENCE, "--data", "customers.csv", "--yes")
    assert done.returncode == 2
    assert str(elsewhere) in done.stderr
    assert (kept / "labels.parquet").read_text() == "sealed"


def test_a_full_disk_is_said_and_leaves_nothing(terminal: Terminal) -> None:
    customers(terminal.folder, rows=20_000)
    generated = terminal.folder / "generated"
    generated.mkdir()
    new = [sys.executable, "-c", "from agent_graph.cli import main; main()", "new", SENTENCE, "--data", "customers.csv"]
    new += ["--target", "churn"]
    script = 'mount -t tmpfs -o size=300k tmpfs generated || exit 77; "$@"; code=$?; find generated -type f; exit $code'
    inside = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", *new, "--yes"]
    done = subprocess.run(inside, cwd=terminal.folder, capture_output=True, text=True, timeout=60)
    if done.returncode in (77, 127) or "unshare" in done.stderr:
        pytest.skip("no small disk can be mounted here")
    refused(done, terminal, "No space left on device")
    left = [line for line in done.stdout.splitlines() if line.startswith("generated/")]
    assert all("/cache/" in line for line in left)


def test_a_report_of_another_schema_is_refused(terminal: Terminal) -> None:
    example = ROOT / "generated" / "telco-churn" / "reports" / "execution_report.json"
    later = terminal.folder / "later.csv"
    later.write_text(json.dumps({**json.loads(example.read_text("utf-8")), "schema_version": "2.0"}))
    kept = terminal.folder / "generated" / ".agent-graph" / "runs" / "customers"
    kept.mkdir(parents=True)
    (kept / "run.json").write_text(remembered(terminal.folder, later))
    done = terminal("report", "customers")
    assert done.returncode == 2
    assert "schema 1.5" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_spec_file_with_unknown_keys_is_refused(terminal: Terminal) -> None:
    (terminal.folder / "spec.csv").write_text("statement: who leaves\ntarger: churn\n")
    refused(terminal("new", "--spec", "spec.csv", "--yes"), terminal, "targer", "target")


def test_a_machine_without_a_sandbox_says_so_with_exit_3(terminal: Terminal) -> None:
    customers(terminal.folder)
    done = terminal("new", SENTENCE, "--data", "customers.csv", "--yes", AGENT_GRAPH_SANDBOX_BINARY="/bin/false")
    assert done.returncode == 3, done.stderr
    assert "sandbox" in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_an_unknown_project_is_named(terminal: Terminal) -> None:
    refused(terminal("report", "nothing"), terminal, "nothing")


def test_an_empty_list_says_how_to_begin(terminal: Terminal) -> None:
    done = terminal("list")
    assert done.returncode == 0
    assert "agent-graph new" in done.stdout
    assert terminal("list", "--json").stdout.strip() == "[]"


def test_doctor_says_what_this_machine_can_do(terminal: Terminal) -> None:
    done = terminal("doctor")
    assert "sandbox" in done.stdout
    assert done.returncode in (0, 3)
