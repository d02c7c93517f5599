"""The reading as a user meets it: real processes, exit codes, questions at a real (pseudo-)terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import shlex
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from tests.integration.runs import ROOT

SENTENCE = "We run a phone company. Which customers will leave next month?"
MAIN = "from agent_graph.cli import main; main()"
DOUBTS = """
from agent_graph.artifacts import Candidate, Entry, Question
from agent_graph.intake import reading, understanding
from agent_graph.errors import BadInput
from tests.played import played

def read(specification, profile, reader=None):
    asks = [Question(topic="target", text="Which column is meant?", choices=("churn", "plan"), depends="all else")]
    asks.append(Question(topic="event", text="Which value?", choices=("yes", "no"), depends="who is called"))
    return played(specification, profile, confidence=0.41, asks=() if specification.target else tuple(asks),
        alternatives=(Candidate(target="churn", task="binary", positive="yes", confidence=0.41),
                         Candidate(target="plan", task="binary", positive="plus", confidence=0.3)),
        ledger=(Entry(words="Sing a song.", became="not_understood", what=""),))

def found(specification, profile, problem, context, wishes):
    raise BadInput(f"cut here: {problem.target.column} {problem.target.classes}")

reading.read, understanding.found = read, found
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a table in it."""
    lines = ["age,plan,bill,churn"]
    lines += [
        f"{20 + i % 50},{'basic' if i % 3 else 'plus'},{10 + i % 17}.5,{'yes' if i % 4 == 0 else 'no'}"
        for i in range(200)
    ]
    (tmp_path / "customers.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def call(folder: Path, *words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", before + MAIN, *words], cwd=folder, env=environment(), capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip


def environment() -> dict[str, str]:
    return {**os.environ, "AGENT_GRAPH_SANDBOX": "none", "PYTHONPATH": str(ROOT)}


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_sure_reading_is_one_document_and_leaves_nothing(folder: Path) -> None:
    done = call(folder, "read", SENTENCE, "--data", "customers.csv", "--target", "churn", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads((ROOT / "docs" / "reading.schema.json").read_text("utf-8")))
    assert (document["target"], document["task"], document["positive"]) == ("churn", "binary", "yes")
    assert document["asks"] == []
    assert files(folder) == ["customers.csv"]


def test_an_open_reading_ends_with_6_and_lists_what_could_be_meant(folder: Path) -> None:
    done = call(folder, "read", SENTENCE, "--data", "customers.csv", before=DOUBTS)
    assert done.returncode == 6, done.stderr
    assert 'not understood: "Sing a song."' in done.stdout
    assert done.stdout.index("41 %  churn = yes") < done.stdout.index("30 %  plan = plus")
    assert files(folder) == ["customers.csv"]
    assert call(folder, "read", SENTENCE, "--data", "customers.csv", "--json", before=DOUBTS).returncode == 6


def test_what_cannot_be_read_ends_with_2_and_its_line_in_the_document(folder: Path) -> None:
    done = call(folder, "read", SENTENCE, "--data", "customers.csv", "--target", "chrun", "--json")
    assert done.returncode == 2
    refused = json.loads(done.stdout)["refused"]
    assert "chrun" in refused
    assert done.stderr.splitlines() == [f"agent-graph: {refused}"]


def test_new_without_somebody_to_ask_ends_with_6_and_commands_that_go_on(folder: Path) -> None:
    done = call(folder, "new", SENTENCE, "--data", "customers.csv", "--yes", before=DOUBTS)
    assert done.returncode == 6, done.stderr
    assert "resume customers --guess" in done.stderr
    assert not (folder / "generated" / "customers").exists()
    (first, second) = [line.strip() for line in done.stdout.splitlines() if line.strip().startswith("agent-graph new")]
    assert shlex.split(first)[-1] == "--yes"
    again = call(folder, *shlex.split(second)[1:], before=DOUBTS)
    assert again.returncode == 2
    assert "cut here: plan ('basic', 'plus')" in again.stderr


def test_new_for_machines_prints_the_reading_with_its_commands(folder: Path) -> None:
    done = call(folder, "new", SENTENCE, "--data", "customers.csv", "--yes", "--json", before=DOUBTS)
    assert done.returncode == 6
    document = json.loads(done.stdout)
    assert len(document["commands"]) == len(document["alternatives"]) == 2
    assert document["asks"][0]["topic"] == "target"


def test_the_person_at_the_terminal_is_asked_with_the_default_and_with_what_depends_on_it(folder: Path) -> None:
    said, code = at_a_terminal(folder, ["new", SENTENCE, "--data", "customers.csv"], answers=["2", ""])
    assert code == 2, said
    assert "Which column is meant?" in said
    assert "on this depends: all else" in said
    assert "1  churn   (default)" in said
    assert "as you said" in said
    assert 'not understood: "Sing a song."' in said
    assert "cut here: plan" in said


def at_a_terminal(folder: Path, words: list[str], answers: list[str]) -> tuple[str, int]:
    """What a run says to somebody who answers each question as it comes, and its exit code."""
    ours, theirs = pty.openpty()
    program = [sys.executable, "-c", DOUBTS + MAIN, *words]
    child = subprocess.Popen(
        program, cwd=folder, env={**environment(), "TERM": "xterm", "COLUMNS": "200"}, stdin=theirs, stdout=theirs,
        stderr=theirs, close_fds=True,
    )  # fmt: skip
    os.close(theirs)
    said, answered, until = "", 0, time.monotonic() + 300
    while time.monotonic() < until:
        if not select.select([ours], [], [], 0.5)[0]:
            if child.poll() is not None:
                break
            continue
        try:
            said += os.read(ours, 4096).decode(errors="replace")
        except OSError:  # they hung up
            break
        if answered < len(answers) and said.count("which [1]:") > answered:
            os.write(ours, answers[answered].encode() + b"\n")
            answered += 1
    os.close(ours)
    return said, child.wait(timeout=60)
