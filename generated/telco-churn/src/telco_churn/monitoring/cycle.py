"""`cycle`: all that is due, in one order, started by one schedule.

New files are taken in, the rows to answer are held against the reference, a model is trained where a trigger fires,
the rows are answered. A step that fails doesn't take the others with it: rows that can't be read are no reason to leave
known ones unanswered. But nothing is learnt while files can't be taken in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from telco_churn.config import settings
from telco_churn.data import ingest
from telco_churn.data.landing import main_source, table_files
from telco_churn.errors import ProjectError, QualityGateFailed
from telco_churn.log import get_logger
from telco_churn.monitoring import AlarmRaised, TooFewRows, monitor, retrain
from telco_churn.monitoring.monitor import PREFIX
from telco_churn.serving import deliver

WINDOW, CYCLE = "window.prom", "cycle.prom"  # of the last window that was judged, and of the cycle itself
log = get_logger(__name__)


@dataclass(frozen=True)
class Step:
    """How one step ended; "not due" where there was nothing to do."""

    name: str
    ended: Literal["done", "alarm", "failed", "not due"]
    said: str = ""
    seconds: float = 0.0


def run(
    source: Annotated[
        Path | None, typer.Option("--input", help="folder of tables to answer; default: data/incoming")
    ] = None,
    numbers: Annotated[Path | None, typer.Option(help="folder for Prometheus' textfile collector")] = None,
) -> dict[str, Any]:
    """Take in, watch, train where called for, answer; exit 3 when a step failed, after the others have run."""
    source, numbers = source or settings().data_dir / deliver.INCOMING, numbers or settings().monitoring_dir
    waiting = source.is_dir() and bool(table_files(source, main_source()))
    steps = [_ended("ingest", lambda: ingest.run(prune=True))]
    taken_in = steps[0].ended == "done"
    steps += [
        _ended("monitor", lambda: monitor.run(source, textfile=numbers / WINDOW), due=waiting),
        _ended("retrain", retrain.run, due=taken_in),
        _ended("deliver", lambda: deliver.run(source), due=waiting),
    ]
    _write(steps, numbers / CYCLE)
    report = {"steps": [asdict(step) for step in steps]}
    failed = [step for step in steps if step.ended == "failed"]
    log.info("cycle ended", extra={step.name: step.ended for step in steps})
    if failed:
        raise QualityGateFailed("; ".join(f"{step.name}: {step.said}" for step in failed), report)
    return report


def _ended(name: str, command: Callable[[], Any], *, due: bool = True) -> Step:
    """Run one step; what goes wrong is told and kept to it. An alarm of the monitor is its answer, and no failure."""
    if not due:
        return Step(name, "not due")
    started = time.monotonic()
    ended, said = _outcome(command)
    return Step(name, ended, said, round(time.monotonic() - started, 2))


def _outcome(command: Callable[[], Any]) -> tuple[Literal["done", "alarm", "failed", "not due"], str]:
    try:
        command()
    except TooFewRows as few:
        return "not due", str(few)
    except AlarmRaised as alarm:
        return "alarm", str(alarm)
    except ProjectError as refused:
        return "failed", str(refused)
    except Exception as error:  # whatever it is, the next step must have its turn, and somebody must hear of it
        log.exception("a step broke")
        return "failed", f"{type(error).__name__}, see the log"
    return "done", ""


def _write(steps: Sequence[Step], path: Path) -> None:
    """Write the gauges; a cycle that never gets here is overdue by its timestamp."""
    registry = CollectorRegistry()
    failed = Gauge(f"{PREFIX}cycle_failed", "1 when the step failed the last time", ["step"], registry=registry)
    for step in steps:
        failed.labels(step.name).set(step.ended == "failed")
    ended = Gauge(f"{PREFIX}last_cycle_timestamp_seconds", "when the last cycle ended", registry=registry)
    ended.set_to_current_time()
    delivered = Gauge(
        f"{PREFIX}last_delivery_timestamp_seconds",
        "when new rows were last answered, 0 before the first",
        registry=registry,
    )
    delivered.set(deliver.newest())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(path), registry)
