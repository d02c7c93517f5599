"""Command `validate`: rows are held against the contract of config/data.yaml, and a batch against its rules."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import pandera.pandas as pa
import typer

from telco_churn.config import load, settings
from telco_churn.data.ingest import load_processed, read_rows
from telco_churn.data.rows import LABEL
from telco_churn.data.rules import Breach, batch_breaches, chance
from telco_churn.errors import QualityGateFailed

__all__ = ["Breach", "breaches", "run"]


def contract(*, labelled: bool) -> pa.DataFrameSchema:
    """The schema of rows as `read_rows` gives them; without labels, of what a prediction needs."""
    types = {"string": "str", "datetime": "datetime64[us]"}
    columns = {
        column["name"]: pa.Column(types.get(column["dtype"], "float64"), _checks(column), nullable=column["nullable"])
        for column in load("data")["columns"]
        if labelled or column["required"] or column["nullable"]
    }
    if labelled:
        columns[LABEL] = pa.Column("str", pa.Check.isin(["No", "Yes"]))
    return pa.DataFrameSchema(columns)


def _checks(column: dict[str, Any]) -> list[pa.Check]:
    """What every value of one column must be."""
    found: list[pa.Check] = []
    if column.get("allowed"):
        found.append(pa.Check.isin(column["allowed"]))
    if column.get("minimum") is not None:
        found.append(pa.Check.in_range(column["minimum"], column["maximum"]))
    if column["dtype"] in ("int", "bool"):
        found.append(pa.Check(_whole, name="whole number", error="whole number"))
    return found


def _whole(values: pd.Series) -> pd.Series:
    return values == values.round()


def breaches(frame: pd.DataFrame, *, labelled: bool, reference: pd.DataFrame | None = None) -> list[Breach]:
    """What the rows (as `read_rows` gives them) break, columns first; empty when all is well.

    With `reference` (former rows), freshness is measured against its newest row instead of the contract's.
    """
    return [
        *_row_breaches(_failures(frame, labelled=labelled), len(frame)),
        *batch_breaches(frame, labelled=labelled, reference=reference),
    ]


def run(
    input: Annotated[Path | None, typer.Option(help="raw file or landing folder; default: the processed rows")] = None,
    without_target: Annotated[bool, typer.Option("--without-target", help="the rows have no label yet")] = False,
) -> dict[str, Any]:
    """Hold rows against the data contract; a breach of severity "error" says no (exit 3)."""
    labelled = not without_target
    frame = load_processed() if input is None else read_rows(input, labelled=labelled)
    failures = _failures(frame, labelled=labelled)
    found = [*_row_breaches(failures, len(frame)), *batch_breaches(frame, labelled=labelled, reference=None)]
    report = _report(frame, failures, found, str(input or "processed"))
    if input is None:
        settings().reports_dir.mkdir(parents=True, exist_ok=True)
        (settings().reports_dir / "quality.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if not report["passed"]:
        errors = [breach for breach in found if breach.severity == "error"]
        first = f"{errors[0].column or 'batch'}: {errors[0].message}"
        raise QualityGateFailed(f"{len(errors)} breach(es) of the data contract; the first: {first}", report)
    return report


def _report(frame: pd.DataFrame, failures: pd.DataFrame, found: list[Breach], source: str) -> dict[str, Any]:
    """What is printed and kept: counts, breaches, whether the service level holds."""
    touched = int(failures["index"].dropna().nunique())
    valid_share = 1 - touched / len(frame) if len(frame) else 0.0
    wanted = load("data")["service_levels"]["valid_share"]
    return {
        "source": source,
        "contract": load("data")["version"],
        "rows": len(frame),
        "rows_with_issue": touched,
        "valid_share": round(valid_share, 6),
        "service_level_met": valid_share >= wanted,
        "passed": not any(breach.severity == "error" for breach in found),
        "breaches": [asdict(breach) for breach in found],
    }


def _failures(frame: pd.DataFrame, *, labelled: bool) -> pd.DataFrame:
    """One line for each value that breaks the contract: column, check, index."""
    try:
        contract(labelled=labelled).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases: pd.DataFrame = errors.failure_cases
        return cases[["column", "check", "index"]]
    return pd.DataFrame({"column": [], "check": [], "index": []})


def _row_breaches(failures: pd.DataFrame, rows: int) -> list[Breach]:
    """Failures summed by column and check.

    Up to the share that the service level leaves, and what chance adds to it, they are a warning: a new extreme or
    level comes with every batch. Labels have no such leave: an unknown class can't be learnt.
    """
    tolerated = 1 - load("data")["service_levels"]["valid_share"]
    found = []
    for (column, check), cases in failures.groupby(["column", "check"], sort=True, dropna=False):
        kind, share = str(check).partition("(")[0], len(cases) / rows
        stray = share <= tolerated + chance(tolerated, rows) and column != LABEL
        message = f"{len(cases)} of {rows} values break the rule {kind!r}"
        found.append(Breach(str(column), kind, len(cases), share, "warning" if stray else "error", message))
    return found
