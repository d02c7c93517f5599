"""Times the champion inside the cell: `measure_speed.py MODULES ROWS_PATH ROW_COUNT`; one JSON object on stdout.

MODULES are those of ingest, columns and registry (`layout.named`).
"""

import importlib
import json
import resource
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Any

SINGLE = 80
WARM_UP = 10
BATCHES = 3


def resident_mb() -> float:
    """Megabytes that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


class Peak(threading.Thread):
    """The most megabytes that this process held between start and stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.ended = resident_mb(), threading.Event()

    def run(self) -> None:
        """Look every two milliseconds."""
        while not self.ended.wait(0.002):
            self.peak = max(self.peak, resident_mb())

    def stop(self) -> float:
        """End, and tell."""
        self.ended.set()
        self.join()
        return self.peak


def single_row_ms(model: Any, columns: Any) -> list[float]:
    """Milliseconds of each of SINGLE predictions of one row, after some that only warm up."""
    found = []
    for turn in range(SINGLE + WARM_UP):
        one = {name: values[turn % len(values) :][:1] for name, values in columns.items()}
        started = time.perf_counter()
        model.predict(one)
        found.append((time.perf_counter() - started) * 1e3)
    return found[WARM_UP:]


def batch_seconds(model: Any, columns: Any) -> tuple[float, float]:
    """Seconds of one prediction of all rows: by the clock, and of the processor."""
    started, busy = time.perf_counter(), time.process_time()
    model.predict(columns)
    return time.perf_counter() - started, time.process_time() - busy


def main() -> None:
    """Load, time, tell."""
    modules, path, wanted = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    ingest, columns_of, registry = map(importlib.import_module, modules.split(","))
    pandas = importlib.import_module("pandas")
    started = time.perf_counter()
    model = registry.champion()
    load_s = time.perf_counter() - started
    frame = ingest.read_rows(path, labelled=False)
    frame = pandas.concat([frame] * -(-wanted // len(frame)), ignore_index=True).head(wanted)
    columns = columns_of.from_frame(frame)
    single = sorted(single_row_ms(model, columns))
    before, peak = resident_mb(), Peak()
    peak.start()
    batches = [batch_seconds(model, columns) for _ in range(BATCHES)]
    batch_s, batch_cpu_s = (min(times) for times in zip(*batches, strict=True))  # the best: others share the machine
    found = {
        "p50_ms": statistics.median(single),
        "p99_ms": single[int(0.99 * (len(single) - 1))],
        "rows_per_second": len(frame) / batch_s,
        "batch_cpu_s": batch_cpu_s,
        "growth_mb": max(0.0, peak.stop() - before),
        "load_s": load_s,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
