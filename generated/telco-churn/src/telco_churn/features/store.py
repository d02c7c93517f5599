"""The feature store: one definition, one version, the same code for the offline table and for requests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from telco_churn.config import settings
from telco_churn.data.columns import from_frame
from telco_churn.data.ingest import BATCH, LABEL, ROW, load_processed, read_rows
from telco_churn.errors import BadInput
from telco_churn.features.pipeline import FeatureMatrix, FeaturePipeline
from telco_churn.log import get_logger

if TYPE_CHECKING:
    import pandas as pd

log = get_logger(__name__)
TABLE = "features.parquet"


def fit_and_store() -> FeaturePipeline:
    """Fit on all processed rows; store the pipeline and the offline table, which carries the pipeline's version."""
    frame = load_processed()
    columns = from_frame(frame)
    pipeline = FeaturePipeline()
    table = to_table(pipeline.fit_transform(columns, sparse=False))
    pipeline.save(settings().pipeline_dir)
    for key in (BATCH, ROW, LABEL):
        table.insert(0, key, frame[key].to_numpy())
    write(table, settings().features_dir / TABLE, pipeline.version)
    log.info("features fitted: %d rows, %d columns, version %s", len(table), len(pipeline.names), pipeline.version)
    return pipeline


def to_table(matrix: FeatureMatrix) -> pd.DataFrame:
    """The dense matrix as a frame with named columns."""
    import pandas as pd

    return pd.DataFrame(matrix.dense, columns=list(matrix.names))


def write(table: pd.DataFrame, path: Path, version: str) -> None:
    """Write `.parquet` (with the version in its metadata) or `.csv`, whole or not at all."""
    if path.suffix not in (".parquet", ".csv"):
        raise BadInput(f"{path.name}: features are written as .parquet or .csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    if path.suffix == ".csv":
        table.to_csv(unfinished, index=False)
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        content = pa.Table.from_pandas(table, preserve_index=False)
        content = content.replace_schema_metadata(
            {**(content.schema.metadata or {}), b"feature_version": version.encode()}
        )
        pq.write_table(content, unfinished)
    os.replace(unfinished, path)


def run(
    input: Annotated[Path | None, typer.Option(help="raw rows to transform with the fitted pipeline")] = None,
    output: Annotated[Path | None, typer.Option(help="where their features go (.csv or .parquet)")] = None,
) -> dict[str, str | int]:
    """Fit the features on the processed rows, or transform raw rows with the fitted ones."""
    if input is None and output is None:
        pipeline = fit_and_store()
        table = settings().features_dir / TABLE
        return {
            "version": pipeline.version,
            "rows": pipeline.fitted_rows,
            "columns": len(pipeline.names),
            "table": str(table),
        }
    if input is None or output is None:
        raise BadInput("--input and --output belong together")
    pipeline = FeaturePipeline.load(settings().pipeline_dir)
    features = to_table(pipeline.transform(from_frame(read_rows(input, labelled=False)), sparse=False))
    write(features, output, pipeline.version)
    return {"version": pipeline.version, "rows": len(features), "columns": len(pipeline.names), "output": str(output)}
