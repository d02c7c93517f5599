"""`deliver`: the answer that was asked for, of the rows in data/incoming: dated, kept, never overwritten.

A delivery is a folder of data/outgoing, `<day>-<key>`:

- predictions.csv, a line for each row beside what names it
- list.csv, the rows to act on, the first first, with the reasons of each
- delivery.json, what it was made of, written last

The same rows and the same model are delivered once; other rows, or a new model, are another delivery, on the same day
too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from telco_churn.config import load, settings
from telco_churn.data.ingest import read_rows
from telco_churn.data.landing import main_source, table_files
from telco_churn.data.validate import breaches
from telco_churn.errors import BadInput, QualityGateFailed
from telco_churn.log import get_logger
from telco_churn.problem.answers import read, strength
from telco_churn.registry.versions import champion, champion_folder
from telco_churn.serving import batch
from telco_churn.serving.predict import write
from telco_churn.serving.reasons import explained, grouped

INCOMING, OUTGOING = "incoming", "outgoing"  # below data/
PREDICTIONS, FACTS = "predictions.csv", "delivery.json"
LIST = "list.csv"
OTHERS = 1_000  # rows of the delivery that a listed row is held against
NAMES: list[str] = []  # columns that say which row it is
log = get_logger(__name__)


def run(
    source: Annotated[Path | None, typer.Option("--input", help="folder of tables; default: data/incoming")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="folder of deliveries; default: data/outgoing")
    ] = None,
) -> dict[str, Any]:
    """Answer the rows that came in; exit 3, and nothing is delivered, when they break the data contract."""
    source, output = source or settings().data_dir / INCOMING, output or settings().data_dir / OUTGOING
    files = table_files(source, main_source()) if source.is_dir() else []
    if not files:
        raise BadInput(f"{source} holds no file of the table {main_source()['table']!r}: put the rows to answer there")
    key = _key(source)
    former = next(output.glob(f"*-{key}/{FACTS}"), None)
    if former is not None:
        return {**json.loads(former.read_text(encoding="utf-8")), "new": False}
    partial = output / f".{key}.partial"  # taken up again after a kill
    partial.mkdir(parents=True, exist_ok=True)
    names = _names(source, files)
    done = batch.run(source, partial / "answers.csv")
    _beside(names, partial / "answers.csv", partial / PREDICTIONS)
    made: dict[str, Any] = {"rows": done["rows"]}
    made |= _listed(source, files, names, partial)
    (partial / "answers.csv").unlink()
    day = datetime.now(UTC)
    folder = output / f"{day.date().isoformat()}-{key}"
    facts = {
        "delivery": folder.name,
        "at": day.isoformat(timespec="seconds"),
        "model_version": done["model_version"],
        "files": {str(file.relative_to(source)): _digest(file) for file in _inputs(source)},
        **made,
    }
    (partial / FACTS).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    partial.rename(folder)
    log.info("delivered", extra={"folder": str(folder), "rows": done["rows"], "version": done["model_version"]})
    return {**facts, "new": True}


def newest() -> float:
    """When the last answer was delivered, in seconds since 1970; 0 before the first."""
    made = (settings().data_dir / OUTGOING).glob(f"*/{FACTS}")
    moments = [datetime.fromisoformat(json.loads(one.read_text(encoding="utf-8"))["at"]) for one in made]
    return max((moment.timestamp() for moment in moments), default=0.0)


def _key(source: Path) -> str:
    """What an answer depends on: the content of the tables, and of the served model."""
    parts = [*(f"{file.relative_to(source)} {_digest(file)}" for file in _inputs(source)), champion_folder().name]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _inputs(source: Path) -> list[Path]:
    """Every file of every table, in one order."""
    return [file for table in load("data")["sources"] for file in table_files(source, table)]


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _frames(source: Path, files: list[Path]) -> Iterator[pd.DataFrame]:
    """Typed rows, some at a time."""
    for chunk in batch.chunks(source, files, int(load("serving")["batch"]["chunk_rows"])):
        yield read_rows(chunk, labelled=False)


def _names(source: Path, files: list[Path]) -> pd.DataFrame:
    """What names each row; QualityGateFailed for rows that the model must not be asked about."""
    whole = {column["name"]: "Int64" for column in load("data")["columns"] if column["dtype"] == "int"}
    found = []
    for frame in _frames(source, files):
        broken = [breach for breach in breaches(frame, labelled=False) if breach.severity == "error"]
        if broken:
            rules = ", ".join(sorted({f"{breach.column}: {breach.rule}" for breach in broken})[:5])
            raise QualityGateFailed(f"the rows break the data contract ({rules}): nothing was delivered")
        found.append(frame[NAMES].astype({name: dtype for name, dtype in whole.items() if name in NAMES}))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _answers(answers: Path) -> Iterator[pd.DataFrame]:
    """The lines of a predictions file, some at a time."""
    size = int(load("serving")["batch"]["chunk_rows"])
    yield from pd.read_csv(answers, chunksize=size, dtype={"prediction": "str"}, keep_default_na=False)


def _beside(names: pd.DataFrame, answers: Path, target: Path) -> None:
    """The predictions file with what names each row before its answer."""
    start = 0
    with target.open("w", encoding="utf-8", newline="") as out:
        for chunk in _answers(answers):
            part = names.iloc[start : start + len(chunk)].reset_index(drop=True)
            pd.concat([part, chunk], axis=1).to_csv(out, index=False, header=start == 0)
            start += len(chunk)


def _listed(source: Path, files: list[Path], names: pd.DataFrame, folder: Path) -> dict[str, Any]:
    """Write the rows to act on, the first first; returns how many there are, and how many hits they are good for."""
    wanted, best = int(load("project")["problem"]["top_k"]), pd.DataFrame({"row": [], "score": []})
    for chunk in _answers(folder / "answers.csv"):
        scored = pd.DataFrame({"row": chunk["row"], "score": strength(read(chunk))})
        best = pd.concat([best, scored], ignore_index=True).nlargest(wanted, "score", keep="first")
    rows = best["row"].to_numpy(dtype=np.int64)
    chosen, others = _picked(source, files, rows)
    model = champion()
    table = pd.DataFrame(
        {
            "rank": np.arange(1, len(rows) + 1),
            **names.iloc[rows].reset_index(drop=True),
            "row": rows,
            "score": best["score"].round(6).to_numpy(),
            "expected_total": best["score"].cumsum().round(2).to_numpy(),  # of the scores so far: hits to expect
            **explained(model, chosen, others),
        }
    )
    write(table, folder / LIST)
    return {"listed": len(table), "expected_total": round(float(best["score"].sum()), 2), "together": grouped()}


def _picked(source: Path, files: list[Path], rows: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows at these positions, in their order, and an even sample of all."""
    chosen, others, start = [], [], 0
    for frame in _frames(source, files):
        inside = rows[(rows >= start) & (rows < start + len(frame))]
        chosen.append(frame.set_axis(range(start, start + len(frame))).loc[inside])
        others.append(frame.iloc[np.unique(np.linspace(0, len(frame) - 1, OTHERS).astype(int))])
        start += len(frame)
    return pd.concat(chosen).loc[rows].reset_index(drop=True), pd.concat(others, ignore_index=True)
