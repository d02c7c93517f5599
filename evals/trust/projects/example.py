"""The committed example as ground for what only texts are read for: needs no training, so CI can afford it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from agent_graph.artifacts import ExecutionReport, Stack, manifest_for

ROOT = Path(__file__).resolve().parents[3]
TREE = ROOT / "generated" / "telco-churn"
ROOMS = (
    "mlops text",
    "ci",
    "packaging",
    "monitoring",
    "python_pro text",
    "released",
    "configuration text",
)  # that only read texts
RULES = ("E", "F", "W", "I", "N", "UP", "B", "S", "SIM", "RUF", "C4", "PT")  # as the playbook asks for


class Example:
    """Stands in for the good project in the rooms of texts."""

    def __init__(self) -> None:
        text = (TREE / "reports" / "execution_report.json").read_text("utf-8")
        report = ExecutionReport.model_validate_json(text)
        self.manifest = manifest_for(report.name)
        self.facts = {
            "manifest": self.manifest,
            "stack": Stack(),
            "problem": report.problem,
            "specification": SimpleNamespace(statement=report.statement),
            "profile": SimpleNamespace(tables=()),
            "hardening": SimpleNamespace(ruff_rules=RULES, minimum_coverage=0.8),
        }

    @contextmanager
    def whole(self) -> Iterator[Path]:
        """A copy of the repository."""
        folder = Path(tempfile.mkdtemp(prefix="example-"))
        caches, made = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache"), {"data", "artifacts"}

        def left(place: str, names: list[str]) -> set[str]:
            return caches(place, names) | (made & set(names) if Path(place) == TREE else set())

        try:
            yield Path(shutil.copytree(TREE, folder / "tree", ignore=left))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def bench(self, role: Any) -> Iterator[Any]:
        """As much of a bench as a reader of texts asks for."""
        with self.whole() as tree:
            yield SimpleNamespace(tree=tree, **self.facts)
