"""`predict`: raw rows in, one line of predictions out for each, in the same order."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from pyarrow import Table, csv

from telco_churn.data.ingest import read_rows
from telco_churn.errors import BadInput
from telco_churn.problem.answers import Predictions
from telco_churn.registry.versions import champion


def run(
    input: Annotated[Path, typer.Option(help="file of rows, or a folder of tables")],
    output: Annotated[Path, typer.Option(help="CSV to write")],
) -> dict[str, Any]:
    """Predict every row with the champion."""
    if not input.exists():
        raise BadInput(f"--input {input}: no such file or folder")
    model = champion()
    rows = read_rows(input, labelled=False, counted=False)
    write(to_table(model.predict_frame(rows), np.arange(len(rows))), output)
    return {"output": str(output), "rows": len(rows), "model_version": model.version}


def to_table(predictions: Predictions, rows: np.ndarray) -> pd.DataFrame:
    """The columns of a predictions file: `row` (positions in the input), then those of the answers."""
    return pd.DataFrame({"row": rows, **predictions.columns()})


def write(table: pd.DataFrame, output: Path) -> None:
    """Write a CSV that is either whole or not there."""
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(f".{output.name}.partial")
    csv.write_csv(Table.from_pandas(table, preserve_index=False), partial)  # ten times as fast as pandas
    partial.replace(output)
