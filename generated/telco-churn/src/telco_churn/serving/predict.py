"""`predict`: raw rows in, one line of predictions out for each, in the same order."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from pyarrow import Table, csv

from telco_churn.config import load
from telco_churn.data.ingest import read_rows
from telco_churn.errors import BadInput
from telco_churn.problem.answers import Predictions
from telco_churn.registry.versions import champion

CHUNK_ROWS = 100_000  # of a predictions file, in memory at once


def run(
    input: Annotated[Path, typer.Option(help="file of rows, or a folder of tables")],
    output: Annotated[Path, typer.Option(help="CSV to write")],
    ranked: Annotated[Path | None, typer.Option(help="CSV of the likeliest rows too, the likeliest first")] = None,
    top: Annotated[
        int | None, typer.Option(min=1, help="how many; default: problem.top_k of config/project.yaml")
    ] = None,
) -> dict[str, Any]:
    """Predict every row with the champion."""
    if not input.exists():
        raise BadInput(f"--input {input}: no such file or folder")
    model = champion()
    rows = read_rows(input, labelled=False, counted=False)
    write(to_table(model.predict_frame(rows), np.arange(len(rows))), output)
    if ranked is not None:
        rank(output, ranked, top)
    return {"output": str(output), "rows": len(rows), "model_version": model.version}


def to_table(predictions: Predictions, rows: np.ndarray) -> pd.DataFrame:
    """The columns of a predictions file: `row` (positions in the input), then those of the answers."""
    return pd.DataFrame({"row": rows, **predictions.columns()})


def rank(predictions: Path, ranked: Path, top: int | None) -> None:
    """Write the `top` rows of a predictions file with the highest `p_1`, the highest first; of equal ones the earlier.

    `row` says where they stand in the input, `rank` counts from 1.
    """
    wanted, best = top or int(load("project")["problem"]["top_k"]), pd.DataFrame()
    for chunk in pd.read_csv(predictions, chunksize=CHUNK_ROWS, dtype={"prediction": "str"}, keep_default_na=False):
        best = pd.concat([best, chunk], ignore_index=True).nlargest(wanted, "p_1", keep="first")
    best.insert(0, "rank", np.arange(1, len(best) + 1))
    write(best, ranked)


def write(table: pd.DataFrame, output: Path) -> None:
    """Write a CSV that is either whole or not there."""
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(f".{output.name}.partial")
    csv.write_csv(Table.from_pandas(table, preserve_index=False), partial)  # ten times as fast as pandas
    partial.replace(output)
