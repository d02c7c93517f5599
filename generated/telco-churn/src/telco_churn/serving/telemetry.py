"""Everything the service exports to Prometheus; each name starts with the project's prefix."""

from __future__ import annotations

import time
from collections.abc import Iterable

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

from telco_churn.problem.labels import CLASSES

PREFIX = "telco_churn_"
REASONS = (
    "body_too_large", "slow_body", "media_type", "malformed_json", "invalid_field", "too_many_rows", "timeout",
    "overloaded", "no_model",
)  # fmt: skip
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

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
