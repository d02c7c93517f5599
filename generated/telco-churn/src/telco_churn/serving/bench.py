"""How fast the champion is and where its time goes, held against `config/performance.yaml`."""

from __future__ import annotations

import cProfile
import pstats
import resource
import statistics
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from telco_churn.config import load, settings
from telco_churn.data.columns import Columns, from_frame, row_count, take
from telco_churn.data.ingest import read_rows
from telco_churn.errors import BadInput, QualityGateFailed
from telco_churn.models.model import Model
from telco_churn.registry.versions import champion

MEGABYTE = 2**20
BATCHES = 3


@dataclass(frozen=True)
class Speed:
    """What was measured: milliseconds of one row, rows a second, megabytes that many rows took."""

    single_row_ms: float
    single_row_p99_ms: float
    batch_rows_per_second: float
    memory_mb: float
    rows: int


class Growth:
    """Watches the resident memory of this process while a block runs: `peak` is the most it grew by, in bytes."""

    EVERY_S = 0.005
    STATUS = Path("/proc/self/statm")

    def __enter__(self) -> Growth:
        self.peak = 0
        self._before = self._resident()
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._done.wait(self.EVERY_S):
            self.peak = max(self.peak, self._resident() - self._before)

    def _resident(self) -> int:
        return int(self.STATUS.read_text(encoding="ascii").split()[1]) * resource.getpagesize()


@dataclass(frozen=True)
class HotSpot:
    """One function of this project and the share of the profiled time spent in it and below."""

    function: str
    calls: int
    share: float


def run(
    input: Annotated[Path | None, typer.Option(help="raw rows to predict; the landing folder when left out")] = None,
) -> dict[str, Any]:
    """Measure the champion on raw rows; exit 3 when it is slower or larger than its budget."""
    frame = at_least(read_rows(input or settings().raw_dir, labelled=False), int(load("performance")["memory_rows"]))
    model = champion()
    columns = from_frame(frame)
    speed = measure(model, columns)
    report = {
        "version": model.version,
        "measured": asdict(speed),
        "budgets": load("performance")["budgets"],
        "hot_spots": [asdict(spot) for spot in hot_spots(model, columns)],
        "over_budget": over_budget(speed),
    }
    if report["over_budget"]:
        raise QualityGateFailed("over budget: " + "; ".join(over_budget(speed)), report)
    return report


def at_least(frame: pd.DataFrame, rows: int) -> pd.DataFrame:
    """The first `rows` rows, repeated when there are fewer; BadInput when there are none."""
    if frame.empty:
        raise BadInput("there are no rows to measure with: give a file with --input")
    times = -(-rows // len(frame))
    return pd.concat([frame] * times, ignore_index=True).head(rows)


def measure(model: Model, columns: Columns) -> Speed:
    """Time single rows and all rows, and watch the memory while all are predicted."""
    rows = row_count(columns)
    single = single_row_seconds(model, columns, int(load("performance")["single_row_repeats"]))
    with Growth() as growth:
        seconds = min(_seconds(model, columns) for _ in range(BATCHES))  # the best: others share the machine
    return Speed(
        single_row_ms=round(statistics.median(single) * 1e3, 3),
        single_row_p99_ms=round(sorted(single)[int(0.99 * (len(single) - 1))] * 1e3, 3),
        batch_rows_per_second=round(rows / seconds, 1),
        memory_mb=round(growth.peak / MEGABYTE, 1),
        rows=rows,
    )


def single_row_seconds(model: Model, columns: Columns, repeats: int) -> list[float]:
    """Seconds of each of `repeats` predictions of one row; the first few, which warm caches, aren't counted."""
    seconds: list[float] = []
    for turn in range(repeats + 5):
        row = turn % row_count(columns)
        one = take(columns, slice(row, row + 1))
        seconds.append(_seconds(model, one))
    return seconds[5:]


def hot_spots(model: Model, columns: Columns, top: int = 8) -> list[HotSpot]:
    """The functions of this project in which a batch spends most of its time, slowest first."""
    profile = cProfile.Profile()
    profile.runcall(model.predict, columns)
    found: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = vars(pstats.Stats(profile))["stats"]
    own = Path(__file__).parents[1]
    total = max((timing[3] for timing in found.values()), default=0.0) or 1.0
    spots = [
        HotSpot(
            function=f"{_module(Path(file).relative_to(own))}.{name}",
            calls=timing[1],
            share=round(timing[3] / total, 4),
        )
        for (file, _, name), timing in found.items()
        if Path(file).is_relative_to(own)
    ]
    return sorted(spots, key=lambda spot: -spot.share)[:top]


def over_budget(speed: Speed) -> list[str]:
    """Every budget that was missed, in words with both numbers."""
    budgets = load("performance")["budgets"]
    misses = []
    if speed.single_row_ms > budgets["single_row_ms"]:
        misses.append(f"one row took {speed.single_row_ms} ms, at most {budgets['single_row_ms']} allowed")
    if speed.batch_rows_per_second < budgets["batch_rows_per_second"]:
        allowed = budgets["batch_rows_per_second"]
        misses.append(f"{speed.batch_rows_per_second} rows a second, at least {allowed} wanted")
    if speed.memory_mb > budgets["memory_mb"]:
        misses.append(f"{speed.rows} rows took {speed.memory_mb} MB, at most {budgets['memory_mb']} allowed")
    return misses


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def _seconds(model: Model, columns: Columns) -> float:
    started = time.perf_counter()
    model.predict(columns)
    return time.perf_counter() - started
