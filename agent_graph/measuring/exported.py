"""Metrics that every generated service has to export, whatever serves it."""

from __future__ import annotations

from agent_graph.bench import Bench

EXPORTED = (
    "requests_total", "request_seconds_bucket", "requests_in_flight", "rejected_total", "prediction_rows_total",
    "prediction_value_bucket", "input_rows_total", "input_missing_total", "cache_hits_total", "cache_misses_total",
    "fallback_total", "circuit_open", "model_errors_total", "model_info", "model_age_seconds", "model_reloads_total",
    "ready",
)  # fmt: skip


def exported(bench: Bench) -> list[str]:
    """Names that the service has to export."""
    more = ["predictions_total"] if bench.problem.target.classes else []
    return [bench.manifest.metric_prefix + name for name in (*EXPORTED, *more)]
