"""The service finds promotions whatever the store does in between, and says so when it can't."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from made_up import saying
from starlette.testclient import TestClient

from telco_churn import config
from telco_churn.config import ENV_PREFIX, settings
from telco_churn.data.columns import Columns, row_count
from telco_churn.models.model import Model
from telco_churn.problem.answers import Predictions
from telco_churn.registry import versions
from telco_churn.serving.app import create_app
from telco_churn.serving.limits import serving_limits
from telco_churn.serving.predictor import Predictor
from telco_churn.serving.requests import RefusedError, request_columns
from telco_churn.serving.source import ATTEMPTS, FIRST_RETRY_S, LONGEST_RETRY_S, Export, ModelSource, Served
from telco_churn.serving.telemetry import Telemetry

PREFIX = "telco_churn_"
BLANK = dict.fromkeys(column["name"] for column in request_columns())


@dataclass
class Store:
    """Where models are loaded from, and a clock; `down` makes every load fail as a file server does."""

    down: bool = False
    now: float = 0.0
    loads: int = 0

    def load(self, folder: Path) -> Loaded:
        """In place of `Model.load`."""
        self.loads += 1
        if self.down:
            raise OSError(116, "Stale file handle")
        return Loaded(json.loads((folder / "model.json").read_text())["version"])


@dataclass(frozen=True)
class Loaded:
    """A model that always says the same; it answers when `hold` is let go."""

    version: str
    trained_rows: int = 3
    hold: threading.Event | None = None

    def predict(self, columns: Columns) -> Predictions:
        """The same answer for every row."""
        if self.hold is not None:
            self.hold.wait(20)
        predicted = saying(np.full(row_count(columns), 0.5))
        return Predictions.of(predicted)


@pytest.fixture
def store(project: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store()
    monkeypatch.setattr(Model, "load", made.load)
    return made


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry((), (1.0,))


@pytest.fixture
def source(store: Store, telemetry: Telemetry) -> ModelSource:
    return ModelSource(telemetry, lambda model: None, clock=lambda: store.now)


def promote(version: str, folder: str = "") -> None:
    """What `versions.promote` leaves behind."""
    place = settings().serving_dir / (folder or version)
    place.mkdir(parents=True, exist_ok=True)
    (place / "model.json").write_text(json.dumps({"version": version}))
    (settings().serving_dir / versions.POINTER).write_text(json.dumps({"folder": place.name}))


def served(source: ModelSource) -> tuple[str, str] | None:
    return None if source.current is None else (source.current.model.version, source.current.source)


def test_a_load_that_failed_once_is_tried_again_and_waits_longer_each_time(store: Store, source: ModelSource) -> None:
    promote("1")
    source.refresh()
    promote("2", "2-later")
    store.down = True
    source.refresh()
    source.refresh()  # too soon
    assert (served(source), store.loads) == (("1", "previous"), 2)
    store.now += FIRST_RETRY_S
    source.refresh()
    store.now += FIRST_RETRY_S
    source.refresh()  # too soon: the wait has doubled
    assert store.loads == 3
    store.down = False
    store.now += LONGEST_RETRY_S
    assert source.refresh()
    assert served(source) == ("2", "champion")
    assert not source.refresh()
    assert store.loads == 4


def test_a_new_service_takes_no_requests_before_its_model_has_failed_more_than_once(
    store: Store, source: ModelSource
) -> None:
    promote("1")
    store.down = True
    for _ in range(ATTEMPTS - 1):
        source.refresh()
        assert not source.broken
        store.now += LONGEST_RETRY_S
    source.refresh()
    assert source.broken
    store.down = False
    store.now += LONGEST_RETRY_S
    assert source.refresh()
    assert (served(source), source.broken) == (("1", "champion"), False)


def test_an_export_that_vanishes_while_it_is_looked_at_is_no_end(store: Store, source: ModelSource) -> None:
    promote("1")
    (settings().serving_dir / "0").mkdir()  # what a promotion is about to remove
    (settings().serving_dir / "1" / "model.json").unlink()
    assert not source.refresh()
    promote("1")
    assert source.refresh()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that looks for promotions all the time."""
    limits = serving_limits()
    hurried = limits.model_copy(update={"process": limits.process.model_copy(update={"reload_s": 0.01})})
    monkeypatch.setattr("telco_churn.serving.service.serving_limits", lambda: hurried)


def test_a_pointer_that_cannot_be_read_is_logged_and_later_promotions_are_served(store: Store, quick: None) -> None:
    told = threading.Event()

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info is not None:
                told.set()

    listening, log = Listening(), logging.getLogger("telco_churn.serving.source")
    promote("1")
    log.addHandler(listening)
    try:
        with TestClient(create_app()) as client:
            assert client.get("/model").json()["version"] == "1"
            (settings().serving_dir / versions.POINTER).write_text("{half")
            assert told.wait(20)
            promote("2")
            wait_for_version(client, "2")
    finally:
        log.removeHandler(listening)


def wait_for_version(client: TestClient, version: str) -> None:
    """Ask until that version is served; a service that has stopped looking never names it."""
    for _ in range(5000):
        if client.get("/model").json()["version"] == version:
            return
    raise AssertionError(f"version {version} was never served")


def test_a_pinned_model_has_no_age_for_it_was_not_promoted(
    store: Store, source: ModelSource, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote("1")
    monkeypatch.setenv(ENV_PREFIX + "PINNED_MODEL", "artifacts/serving/1")
    config.reset()
    source.refresh()
    loads = store.loads
    assert not source.refresh()
    assert (served(source), store.loads) == (("1", "champion"), loads)
    assert math.isnan(telemetry.registry.get_sample_value(PREFIX + "model_age_seconds") or 0.0)


def test_requests_that_only_waited_do_not_count_against_the_model(
    store: Store, source: ModelSource, telemetry: Telemetry
) -> None:
    """One call hangs; many requests queue behind it and give up: that is one failure of the model."""
    hold = threading.Event()
    source.current = Served(Loaded("1", hold=hold), "champion", Export(Path("1"), None))  # type: ignore[arg-type]
    limits = serving_limits()
    hurried = limits.model_copy(update={"request": limits.request.model_copy(update={"timeout_s": 0.3, "max_rows": 1})})

    async def ask() -> list[object]:
        predictor = Predictor(hurried, telemetry, source)
        worker = asyncio.create_task(predictor.run())
        many = [asyncio.create_task(predictor.predict([BLANK])) for _ in range(limits.breaker.failures + 1)]
        answers = await asyncio.gather(*many, return_exceptions=True)
        worker.cancel()
        return list(answers)

    answers = asyncio.run(ask())
    hold.set()
    assert all(isinstance(answer, RefusedError) and answer.status == 504 for answer in answers)
    assert telemetry.registry.get_sample_value(PREFIX + "circuit_open") == 0
    assert (telemetry.registry.get_sample_value(PREFIX + "model_errors_total") or 0) <= 1
