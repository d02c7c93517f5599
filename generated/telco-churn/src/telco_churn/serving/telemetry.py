"""What is seen of a service: metrics whose names start with the project's prefix, and one log line a request."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterable
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telco_churn.log import get_logger
from telco_churn.problem.labels import CLASSES

log = get_logger(__name__)
PREFIX = "telco_churn_"
REASONS = (
    "body_too_large", "slow_body", "media_type", "malformed_json", "invalid_field", "too_many_rows", "timeout",
    "overloaded", "no_model",
)  # fmt: skip
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
CLIENT_CLOSED_REQUEST = 499  # nginx's code; nobody is there to read it, the log and the metrics are

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series a counter, which nobody asks for


class Telemetry:
    """The metrics of one service; label values are bounded: codes, reasons, classes and columns known beforehand."""

    def __init__(self, columns: Iterable[str], value_buckets: tuple[float, ...]) -> None:
        self.registry = registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(PREFIX + name, text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(PREFIX + name, text, labels, registry=registry)

        self.requests = counter("requests_total", "Answers of POST /predict by status code", "code")
        self.seconds = Histogram(
            PREFIX + "request_seconds", "Wall time of POST /predict", buckets=SECONDS, registry=registry
        )
        self.in_flight = gauge("requests_in_flight", "POST /predict requests being answered")
        self.rejected = counter("rejected_total", "RefusedError requests by reason", "reason")
        self.rows_answered = counter("prediction_rows_total", "Rows answered")
        self.predictions = counter("predictions_total", "Rows answered by predicted class", "class")
        self.value = Histogram(
            PREFIX + "prediction_value",
            "Probability of the positive class",
            buckets=value_buckets,
            registry=registry,
        )
        self.rows_received = counter("input_rows_total", "Rows received in accepted requests")
        self.missing = counter("input_missing_total", "Missing values received", "column")
        self.cache_hits = counter("cache_hits_total", "Rows answered from the cache")
        self.cache_misses = counter("cache_misses_total", "Rows that the model computed")
        self.fallback = counter("fallback_total", "Rows answered by something else than the champion", "kind")
        self.circuit_open = gauge("circuit_open", "1 while requests are kept away from the champion")
        self.model_errors = counter("model_errors_total", "Calls in which the model raised or ran out of time")
        self.model_info = gauge("model_info", "1 for the model that answers now", "version", "source")
        self.model_age = gauge("model_age_seconds", "Seconds since the served model was promoted; NaN if it wasn't")
        self.reloads = counter("model_reloads_total", "Reloads after a promotion or a rollback", "outcome")
        self.ready = gauge("ready", "1 when /ready says 200")
        self._promoted_at = float("nan")
        self.model_age.set_function(lambda: time.time() - self._promoted_at)
        # A rate over a series that appears with its first event misses that event, so all start at 0.
        for reason in REASONS:
            self.rejected.labels(reason)
        for column in columns:
            self.missing.labels(column)
        for kind in ("previous", "prior"):
            self.fallback.labels(kind)
        for outcome in ("ok", "failed"):
            self.reloads.labels(outcome)
        for code in ("200", "422", "500", "503"):
            self.requests.labels(code)
        for label in CLASSES:
            self.predictions.labels(label)

    def now_served(self, version: str, source: str, promoted_at: float) -> None:
        """Name the model that answers from now on (`promoted_at`: seconds since the epoch, NaN: never)."""
        self.model_info.clear()
        self.model_info.labels(version, source).set(1)
        self._promoted_at = promoted_at

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)


class Guard:
    """ASGI middleware that gives every request an id, a time, a log line, and an answer even when the code fails.

    Logs say what was asked and how it went, never what was in the rows.
    """

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        began = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        counted = scope["path"] == "/predict" and scope["method"] == "POST"
        self._telemetry.in_flight.inc(counted)
        try:
            await self._app(scope, receive, send_with_id)
        except ClientDisconnect:
            status = CLIENT_CLOSED_REQUEST
        except Exception:
            log.exception("unexpected error", extra={"request_id": request_id})
            if status == 0:
                await _internal_error(send_with_id)
        finally:
            seconds = time.perf_counter() - began
            self._telemetry.in_flight.dec(counted)
            if counted:
                self._telemetry.requests.labels(str(status)).inc()
                self._telemetry.seconds.observe(seconds)
            _access_line(scope, request_id, status, seconds)


def _access_line(scope: Scope, request_id: str, status: int, seconds: float) -> None:
    fields: dict[str, Any] = {
        "request_id": request_id,
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "milliseconds": round(seconds * 1000, 3),
        **scope.get("state", {}).get("access", {}),
    }
    log.info("request", extra=fields)


def _request_id(scope: Scope) -> str:
    """The caller's id when it is a harmless one, else a new one."""
    given = dict(scope["headers"]).get(b"x-request-id", b"")
    return given.decode() if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


async def _internal_error(send: Send) -> None:
    body = json.dumps({"error": "internal", "message": "the service failed; its log has the details"}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
