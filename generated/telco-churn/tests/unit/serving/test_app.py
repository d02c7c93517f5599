"""The service answers what the model says, refuses what it must, and goes on when its model is gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pytest
from made_up import saying
from starlette.testclient import TestClient

from telco_churn.config import load, settings
from telco_churn.data.columns import Columns, row_count
from telco_churn.models.model import Model
from telco_churn.problem.answers import Predictions
from telco_churn.registry import versions
from telco_churn.serving.app import create_app
from telco_churn.serving.requests import request_columns
from telco_churn.serving.service import Service

PREFIX = "telco_churn_"


@dataclass(frozen=True)
class Constant:
    """An estimator that always says the same; a service needs no more of it."""

    version: str
    trained_rows: int = 3
    broken: bool = False

    @classmethod
    def load(cls, folder: Path) -> Self:
        """In place of `Model.load`."""
        return cls(**json.loads((folder / "model.json").read_text()))

    def predict(self, columns: Columns) -> Predictions:
        """The same answer for every row."""
        if self.broken:
            raise RuntimeError("broken")
        return constant(row_count(columns))


def constant(n: int) -> Predictions:
    """What it says of so many rows."""
    predicted = saying(np.full(n, 0.8))
    return Predictions.of(predicted)


def export(model: Constant) -> None:
    """Promote a model as `versions.promote` leaves it: a folder, then the pointer."""
    folder = settings().serving_dir / model.version
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").write_text(json.dumps(vars(model)))
    (settings().serving_dir / versions.POINTER).write_text(json.dumps({"folder": model.version}))


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> list[Service]:
    """The services that an application makes, whatever runs them."""
    made: list[Service] = []
    begin = Service.__init__

    def remembered(self: Service) -> None:
        begin(self)
        made.append(self)

    monkeypatch.setattr(Service, "__init__", remembered)
    return made


@pytest.fixture
def served(project: Path, services: list[Service], monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A running service whose champion is version 1."""
    monkeypatch.setattr(Model, "load", Constant.load)
    export(Constant("1"))
    with TestClient(create_app()) as client:
        yield client


def as_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as a caller would send them: missing is null, moments as the raw file writes them."""
    records = []
    for row in frame.to_dict("records"):
        record = {}
        for column in request_columns():
            value = row[column["name"]]
            if pd.isna(value):
                value = None
            elif column["dtype"] == "datetime":
                value = moment(value, column["datetime_format"])
            elif column["dtype"] in ("int", "bool"):
                value = int(value)
            record[column["name"]] = value
        records.append(record)
    return records


def moment(value: pd.Timestamp, layout: str | None) -> str:
    """A moment in the raw file's own layout."""
    if layout == "decimal-year":
        return f"{value.year + (value.dayofyear - 1) / (365 + value.is_leap_year):.6f}"
    return value.strftime(layout or "%Y-%m-%dT%H:%M:%S")


def metric(client: TestClient, name: str) -> float:
    """The value of one line of /metrics, given with its labels."""
    for line in client.get("/metrics").text.splitlines():
        if line.startswith(PREFIX + name + " "):
            return float(line.rsplit(" ", 1)[1])
    raise AssertionError(f"{PREFIX}{name} isn't exported")


def test_every_row_is_answered_in_order_and_the_version_is_named(
    served: TestClient, rows: Callable[..., pd.DataFrame]
) -> None:
    answer = served.post("/predict", json={"rows": as_records(rows(5))})
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert (content["model_version"], content["source"], content["degraded"]) == ("1", "champion", False)
    assert content["predictions"] == constant(5).answers()


def test_an_equal_row_is_answered_from_the_cache(served: TestClient, rows: Callable[..., pd.DataFrame]) -> None:
    if load("serving")["process"]["cache_rows"] == 0:
        pytest.skip("the cache is off")
    body = {"rows": as_records(rows(1))}
    first, second = (served.post("/predict", json=body).json() for _ in range(2))
    assert first == second
    assert metric(served, "cache_hits_total") == 1


def test_a_field_that_is_missing_or_unknown_is_named(served: TestClient, rows: Callable[..., pd.DataFrame]) -> None:
    record = as_records(rows(1))[0]
    name = next(column["name"] for column in request_columns() if column["required"])
    without = {key: value for key, value in record.items() if key != name}
    for body, field in ((without, name), ({**record, "no such column": 1}, "no such column")):
        answer = served.post("/predict", json={"rows": [body]})
        assert answer.status_code == 422
        assert [fault["field"] for fault in answer.json()["fields"]] == [field]
    assert metric(served, 'rejected_total{reason="invalid_field"}') == 2


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        ("{", "application/json", 400),
        ('{"rows": []}', "application/json", 422),
        ('{"rows": ["text"]}', "application/json", 422),
        ("x", "text/plain", 415),
    ],
)
def test_a_request_of_another_shape_is_refused(served: TestClient, body: str, media_type: str, status: int) -> None:
    answer = served.post("/predict", content=body, headers={"Content-Type": media_type})
    assert answer.status_code == status
    assert set(answer.json()) >= {"error", "message"}


def test_too_many_rows_and_too_large_bodies_are_refused(served: TestClient) -> None:
    limits = load("serving")["request"]
    many = served.post("/predict", json={"rows": [{}] * (limits["max_rows"] + 1)})
    assert (many.status_code, many.json()["error"]) == (413, "too_many_rows")
    headers = {"Content-Type": "application/json"}
    large = served.post("/predict", content=b" " * (limits["max_body_bytes"] + 1), headers=headers)
    assert (large.status_code, large.json()["error"]) == (413, "body_too_large")


def test_a_promotion_is_served_without_a_restart(
    served: TestClient, services: list[Service], rows: Callable[..., pd.DataFrame]
) -> None:
    export(Constant("2"))
    services[0].source.refresh()
    assert served.post("/predict", json={"rows": as_records(rows(1))}).json()["model_version"] == "2"
    assert metric(served, 'model_info{source="champion",version="2"}') == 1


def test_a_broken_promotion_leaves_the_former_model_serving(
    served: TestClient, services: list[Service], rows: Callable[..., pd.DataFrame]
) -> None:
    export(Constant("2", broken=True))
    assert not services[0].source.refresh()
    content = served.post("/predict", json={"rows": as_records(rows(1))}).json()
    assert (content["model_version"], content["source"], content["degraded"]) == ("1", "previous", True)


def test_a_champion_that_starts_to_fail_is_answered_for_and_then_left_alone(
    served: TestClient, services: list[Service], rows: Callable[..., pd.DataFrame]
) -> None:
    current = services[0].source.current
    assert current is not None
    object.__setattr__(current.model, "broken", True)
    for record in as_records(rows(load("serving")["breaker"]["failures"])):
        content = served.post("/predict", json={"rows": [record]}).json()
        assert (content["source"], content["degraded"]) == ("prior", True)
    assert metric(served, "circuit_open") == 1
    assert services[0].standing() == {"status": "degraded"}
    assert served.get("/ready").status_code == 200


def test_without_any_model_the_answer_is_503_and_when_to_come_back(
    project: Path, rows: Callable[..., pd.DataFrame]
) -> None:
    with TestClient(create_app()) as client:
        for answer in (client.get("/ready"), client.post("/predict", json={"rows": as_records(rows(1))})):
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
        assert client.get("/health").status_code == 200


def test_every_answer_has_an_id_and_a_harmless_one_is_kept(served: TestClient) -> None:
    assert served.get("/model", headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert served.get("/model", headers={"X-Request-Id": "no spaces"}).headers["x-request-id"] != "no spaces"
