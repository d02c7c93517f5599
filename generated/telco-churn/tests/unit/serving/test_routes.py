"""What only the HTTP routes add to a service: how it stands in words, and what its callers can read of its fields."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from telco_churn.serving.app import create_app
from telco_churn.serving.requests import request_columns


def test_the_description_names_every_field_of_a_row(project: Path) -> None:
    with TestClient(create_app()) as client:
        described = client.get("/openapi.json").json()["paths"]["/predict"]["post"]["requestBody"]
    row = described["content"]["application/json"]["schema"]["$defs"]["Row"]
    assert list(row["properties"]) == [column["name"] for column in request_columns()]


def test_a_service_without_a_model_says_why_it_is_not_ready(project: Path) -> None:
    with TestClient(create_app()) as client:
        answer = client.get("/ready")
    assert (answer.status_code, answer.json()["error"]) == (503, "no_model")
