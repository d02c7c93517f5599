"""The report's first page says how the files were read, and how many rows have no answer to learn from."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from agent_graph import runner
from agent_graph.telling.words import built_with_words
from tests.revise.conftest import STATEMENT, Measured, data, home, measured, project

__all__ = ["data", "home", "measured"]


def test_lines_that_are_no_rows_and_rows_without_an_answer_are_told(
    home: Path, data: Path, measured: Measured, tmp_path: Path
) -> None:
    table = pl.read_csv(data).with_row_index("k").with_columns(
        churn=pl.when(pl.col("k") < 3).then(None).otherwise(pl.col("churn"))
    ).drop("k")  # fmt: skip
    path = tmp_path / "reports" / "customers.csv"
    path.parent.mkdir()
    path.write_text(f"Customer report\nPrinted 03.02.2025\n\n{table.write_csv()}", encoding="utf-8")
    found = runner.new(STATEMENT, str(path), name="customers", target="churn", budget_s=5.0).report
    assert found.data.unlabelled == 3
    assert any(note.startswith("customers: ") and "header" in note for note in found.data.notes), found.data.notes
    page = (project() / "reports" / "execution_report.md").read_text("utf-8")
    assert "3 of 400 rows have no label" in page.replace(f"{table.height:,}", "400")
    assert all(note.split(": ", 1)[1][:20] in page.replace("\\", "") for note in found.data.notes)
    assert "<h2>How the files were read</h2>" in (project() / "reports" / "execution_report.html").read_text("utf-8")


def test_plain_files_whose_rows_all_have_answers_are_not_spoken_of(home: Path, data: Path, measured: Measured) -> None:
    found = runner.new(STATEMENT, str(data), name="customers", target="churn", budget_s=5.0).report
    assert (found.data.unlabelled, found.data.notes) == (0, ())
    page = (project() / "reports" / "execution_report.md").read_text("utf-8")
    assert "How the files were read" not in page


def test_what_it_is_built_with_is_told_with_the_reasons(home: Path, data: Path, measured: Measured) -> None:
    said = f"{STATEMENT} We deploy with Helm charts."
    options = {"tracking": "mlflow"}
    found = runner.new(said, str(data), name="customers", target="churn", budget_s=5.0, options=options).report
    built = {one.choice: one for one in found.stack}
    assert (built["packaging"].option, built["packaging"].shown_by) == ("helm", "validated")
    assert built["packaging"].reason == "the statement says 'Helm'"
    assert built["tracking"].reason == "--set tracking=mlflow"
    assert built["serving"].reason == "nobody asks for another"
    assert built_with_words(found.stack).count("(") == 2
    for page in (project() / "reports" / "execution_report.md", project() / "README.md"):
        text = page.read_text("utf-8").replace("\\", "")
        assert "## What it is built with" in text
        assert "the statement says 'Helm'" in text
