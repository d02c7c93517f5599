"""Rules of a deployment that need no other design: sizes, limits, schedules and canary steps."""

from __future__ import annotations

import math
import re

from agent_graph.artifacts import DeploymentDesign, Resources
from agent_graph.errors import DesignRejected

QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|Ki|Mi|Gi|)")
SCALE = {"m": 1e-3, "": 1.0, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}
CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def quantity(text: str, what: str) -> float:
    """The number behind a Kubernetes quantity: `250m` is 0.25, `1Gi` is 2**30."""
    match = QUANTITY.fullmatch(text)
    if match is None:
        raise DesignRejected(f"{what} {text!r} is no Kubernetes quantity such as 250m, 1, 512Mi or 2Gi")
    return float(match[1]) * SCALE[match[2]]


def scaling_is_possible(design: DeploymentDesign) -> None:
    """Replicas, the autoscaler's bar, and resources that a cluster accepts."""
    if not 1 <= design.replicas_min <= design.replicas_max <= 100:
        raise DesignRejected("replicas must satisfy 1 <= replicas_min <= replicas_max <= 100")
    if not 20 <= design.target_cpu_percent <= 90:
        raise DesignRejected(f"target_cpu_percent {design.target_cpu_percent} leaves the range 20 to 90")
    if design.workers != 1:
        raise DesignRejected("workers must be 1: metrics and cache belong to one process; scale with replicas")
    resources: Resources = design.resources
    for kind in ("cpu", "memory"):
        request, limit = (getattr(resources, f"{kind}_{end}") for end in ("request", "limit"))
        if not 0 < quantity(request, f"{kind}_request") <= quantity(limit, f"{kind}_limit"):
            raise DesignRejected(f"{kind}_request {request} must be above 0 and not above {kind}_limit {limit}")
    if quantity(resources.memory_limit, "memory_limit") < 2**28:
        raise DesignRejected("memory_limit below 256Mi can't hold Python, pandas and a model")
    quantity(design.storage, "storage")


def limits_hold(design: DeploymentDesign) -> None:
    """Limits of requests and batches are sane and don't contradict each other."""
    bounds: tuple[tuple[str, float, float], ...] = (
        ("max_batch_rows", 1, 100_000),
        ("max_body_bytes", 1024, 100 * 2**20),
        ("max_in_flight", 1, 10_000),
        ("request_timeout_s", 0.05, 120),
        ("drain_s", 1, 300),
        ("reload_s", 0.2, 300),
        ("cache_entries", 0, 10_000_000),
        ("chunk_rows", 100, 5_000_000),
        ("latency_p50_ms", 1, 60_000),
        ("latency_p99_ms", design.latency_p50_ms, 60_000),
    )
    for name, low, high in bounds:
        value = float(getattr(design, name))
        if not (math.isfinite(value) and low <= value <= high):
            raise DesignRejected(f"{name} {value:g} must lie between {low:g} and {high:g}")
    if design.request_timeout_s * 1000 < design.latency_p99_ms:
        raise DesignRejected("request_timeout_s is shorter than latency_p99_ms, so good answers would be cut off")
    if design.drain_s < design.request_timeout_s:
        raise DesignRejected("drain_s must be at least request_timeout_s, else a stop loses accepted requests")
    if design.breaker.failures < 1 or not 0 < design.breaker.reset_s <= 3600:
        raise DesignRejected("breaker needs failures >= 1 and 0 < reset_s <= 3600")


def cron(text: str, name: str) -> None:
    """A schedule has five fields of numbers within their ranges."""
    fields = text.split()
    if len(fields) != len(CRON_RANGES):
        raise DesignRejected(f"{name} {text!r} needs five cron fields: minute hour day month weekday")
    for field, (low, high) in zip(fields, CRON_RANGES, strict=True):
        for part in field.split(","):
            match = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?", part)
            numbers = [int(number) for number in match.groups()[:2] if number] if match else [-1]
            if any(not low <= number <= high for number in numbers) or numbers != sorted(numbers):
                raise DesignRejected(f"{name} {text!r}: {part!r} is no cron value between {low} and {high}")


def canary_grows(design: DeploymentDesign) -> None:
    """Canary steps ascend, and its bars can be met and missed."""
    steps = design.canary_steps
    if not steps or list(steps) != sorted(set(steps)) or not 1 <= steps[0] <= steps[-1] <= 50:
        raise DesignRejected(f"canary_steps {list(steps)} must ascend between 1 and 50 percent; promotion follows")
    bars = design.canary
    if not (10 <= bars.soak_s <= 86_400 and bars.minimum_requests >= 1):
        raise DesignRejected("canary needs 10 <= soak_s <= 86400 and minimum_requests >= 1")
    if not (0 < bars.max_error_share <= 0.1 and 1 < bars.max_latency_ratio <= 10):
        raise DesignRejected("canary needs 0 < max_error_share <= 0.1 and 1 < max_latency_ratio <= 10")
