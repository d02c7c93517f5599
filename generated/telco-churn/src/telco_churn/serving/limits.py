"""`config/serving.yaml` as typed, checked values."""

from __future__ import annotations

from pydantic import Field

from telco_churn.config import Section, load
from telco_churn.problem.answers import Prior


class RequestLimits(Section):
    """What one request may ask for."""

    max_rows: int = Field(ge=1)
    max_body_bytes: int = Field(ge=1)
    max_in_flight: int = Field(ge=1)
    timeout_s: float = Field(gt=0)


class ProcessLimits(Section):
    """How the process stops, reloads and remembers."""

    drain_s: int = Field(ge=1)
    reload_s: float = Field(gt=0)
    cache_rows: int = Field(ge=0)


class BreakerLimits(Section):
    """When the champion is left alone, and for how long."""

    failures: int = Field(ge=1)
    reset_s: float = Field(gt=0)


class BatchLimits(Section):
    """How much of a file is in memory at once."""

    chunk_rows: int = Field(ge=1)


class CanaryBars(Section):
    """What a canary may cost before it is sent home."""

    steps_percent: tuple[int, ...] = Field(strict=False)
    soak_s: int = Field(ge=1)
    wait_s: int = Field(ge=1)
    minimum_requests: int = Field(ge=1)
    max_error_share: float = Field(gt=0, lt=1)
    max_latency_ratio: float = Field(gt=1)
    quick_ms: float = Field(gt=0)


class ServingLimits(Section):
    """The whole file."""

    request: RequestLimits
    process: ProcessLimits
    breaker: BreakerLimits
    prior: Prior
    value_buckets: tuple[float, ...] = Field(min_length=1, strict=False)
    batch: BatchLimits
    canary: CanaryBars


def serving_limits() -> ServingLimits:
    """The content of `config/serving.yaml`; BadInput names the key that is wrong."""
    return ServingLimits.model_validate(load("serving"))
