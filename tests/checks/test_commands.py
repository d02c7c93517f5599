"""What documents and the Makefile tell people to run is looked up; nothing that isn't there passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_graph.bench import Findings
from agent_graph.measuring import commands

CLI = 'COMMANDS: dict[str, str] = {"train": "train:run", "monitor": "monitor:run"}\n'
TRAIN = """
from typing import Annotated

import typer


def run(
    source: Annotated[str, typer.Option("--input", help="rows")],
    max_rows: int = 10,
    strict: Annotated[bool, typer.Option("--strict/--lenient")] = True,
) -> None: ...
"""
MAKEFILE = """APP := $(PY) -m shop
PY := python
ROWS ?= 5

.PHONY: train test
train: .ready  ## fit
	$(APP) train --input data.csv \\
		--max-rows $(ROWS)
test: .ready
	@echo running
	$(PY) -m pytest
.ready:
	touch .ready
"""
README = "Run `make train ROWS=3`, or:\n\n```sh\npython -m shop train --input a.csv --lenient\n```\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project whose every command is there; its monitor comes from a later role."""
    for path, text in {
        "src/shop/cli.py": CLI, "src/shop/train.py": TRAIN, "Makefile": MAKEFILE, "README.md": README,
        "deploy/run.sh": "make test\npython -m shop monitor --input x\n",
    }.items():  # fmt: skip
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_commands_that_are_there_with_their_options_pass(tree: Path) -> None:
    assert commands.faults(tree, "shop") == ([], 5)
    assert commands.commands(tree, "shop")["monitor"] is None


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("README.md", "shop train", "shop fit", "'python -m shop fit', which cli.py lacks"),
        ("README.md", "--lenient", "--quiet", "'train' takes no --quiet"),
        ("README.md", "make train", "make fit", "'make fit', which the Makefile lacks"),
        ("README.md", "ROWS=3", "LINES=3", "'make train LINES=…', which the Makefile doesn't read"),
        ("README.md", "a.csv --lenient", "config/a.yaml", "config/a.yaml isn't there"),
        ("README.md", "shop train", "shop.tools train", "src/shop/tools.py isn't there"),
        ("deploy/run.sh", "make test", "make tests", "'make tests', which the Makefile lacks"),
        ("Makefile", "--max-rows", "--rows", "'train' takes no --rows"),
        ("Makefile", "\t$(PY) -m pytest\n", "", "'test' does nothing"),
        ("Makefile", "\t$(PY) -m pytest\n", "\t-$(PY) -m pytest\n", "goes on after a failure"),
        ("Makefile", "\t$(PY) -m pytest\n", "\t$(PY) -m pytest || true\n", "goes on after a failure"),
        ("Makefile", "ROWS ?= 5", "MAKEFLAGS += -i", "failures are hidden"),
        ("Makefile", "ROWS ?= 5", "SHELL := /bin/true", "failures are hidden"),
    ],
)
def test_what_is_not_there_is_named(tree: Path, path: str, old: str, new: str, said: str) -> None:
    text = (tree / path).read_text()
    assert old in text
    (tree / path).write_text(text.replace(old, new))
    assert said in "; ".join(commands.faults(tree, "shop")[0])


def test_a_project_that_names_no_command_does_not_pass(tmp_path: Path) -> None:
    findings = Findings("mlops")
    commands.check(tmp_path, "shop", findings)
    assert findings.checks[0].verdict == "failed"


def test_prose_is_no_command(tree: Path) -> None:
    (tree / "docs.md").write_text("Always\nmake sure that nobody runs python -m shop away --now.\n")
    assert commands.faults(tree, "shop")[0] == []
