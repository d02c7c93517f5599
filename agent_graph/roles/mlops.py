"""The mlops engineer as data: what is read, what is decided, and what must be true of it."""

from __future__ import annotations

import math
import re

from agent_graph.artifacts import (
    DataDesign,
    DeploymentDesign,
    FeatureDesign,
    HardeningDesign,
    Resources,
    TrainingDesign,
)
from agent_graph.errors import DesignRejected
from agent_graph.playbooks.mlops import playbook
from agent_graph.role import Inputs, Role

QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|Ki|Mi|Gi|)")
SCALE = {"m": 1e-3, "": 1.0, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}
CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


class MlopsInputs(Inputs):
    """What the mlops engineer knows: the facts, the problem and every design before his."""

    data: DataDesign
    features: FeatureDesign
    training: TrainingDesign
    hardening: HardeningDesign


def quantity(text: str, what: str) -> float:
    """The number behind a Kubernetes quantity: `250m` is 0.25, `1Gi` is 2**30."""
    match = QUANTITY.fullmatch(text)
    if match is None:
        raise DesignRejected(f"{what} {text!r} is no Kubernetes quantity such as 250m, 1, 512Mi or 2Gi")
    return float(match[1]) * SCALE[match[2]]


def rule(design: DeploymentDesign, inputs: MlopsInputs) -> None:
    """Raise `DesignRejected` when the deployment can't work, contradicts itself or leaves the manifest."""
    _scaling_is_possible(design)
    _limits_hold(design)
    _prior_fits(design, inputs)
    for name in ("batch_schedule", "monitor_schedule", "retrain_schedule"):
        _cron(getattr(design, name), name)
    _canary_grows(design)
    if (design.liveness_path, design.readiness_path) != ("/health", "/ready"):
        raise DesignRejected("liveness_path must be /health and readiness_path /ready: the service answers there")


def _scaling_is_possible(design: DeploymentDesign) -> None:
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


def _limits_hold(design: DeploymentDesign) -> None:
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


def _prior_fits(design: DeploymentDesign, inputs: MlopsInputs) -> None:
    classes = inputs.problem.target.classes
    if tuple(prior.label for prior in design.class_prior) != classes:
        raise DesignRejected(f"class_prior must name the classes {list(classes)} in this order")
    shares = [prior.share for prior in design.class_prior]
    if classes and (min(shares) < 0 or abs(sum(shares) - 1) > 1e-6):
        raise DesignRejected(f"the shares of class_prior must be >= 0 and add up to 1, not {sum(shares):g}")
    if (design.value_prior is None) != bool(classes):
        raise DesignRejected("value_prior is a number exactly when the target is one (no classes)")
    if design.value_prior is not None and not math.isfinite(design.value_prior):
        raise DesignRejected("value_prior must be finite")
    buckets = design.value_buckets
    if not buckets or not all(map(math.isfinite, buckets)) or list(buckets) != sorted(set(buckets)):
        raise DesignRejected("value_buckets must be finite, strictly ascending and not empty")


def _cron(text: str, name: str) -> None:
    fields = text.split()
    if len(fields) != len(CRON_RANGES):
        raise DesignRejected(f"{name} {text!r} needs five cron fields: minute hour day month weekday")
    for field, (low, high) in zip(fields, CRON_RANGES, strict=True):
        for part in field.split(","):
            match = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?", part)
            numbers = [int(number) for number in match.groups()[:2] if number] if match else [-1]
            if any(not low <= number <= high for number in numbers) or numbers != sorted(numbers):
                raise DesignRejected(f"{name} {text!r}: {part!r} is no cron value between {low} and {high}")


def _canary_grows(design: DeploymentDesign) -> None:
    steps = design.canary_steps
    if not steps or list(steps) != sorted(set(steps)) or not 1 <= steps[0] <= steps[-1] <= 50:
        raise DesignRejected(f"canary_steps {list(steps)} must ascend between 1 and 50 percent; promotion follows")
    bars = design.canary
    if not (10 <= bars.soak_s <= 86_400 and bars.minimum_requests >= 1):
        raise DesignRejected("canary needs 10 <= soak_s <= 86400 and minimum_requests >= 1")
    if not (0 < bars.max_error_share <= 0.1 and 1 < bars.max_latency_ratio <= 10):
        raise DesignRejected("canary needs 0 < max_error_share <= 0.1 and 1 < max_latency_ratio <= 10")


ROLE = Role(
    name="mlops",
    title="MLOps engineer",
    reads=MlopsInputs,
    returns=DeploymentDesign,
    writes="deployment",
    playbook=playbook,
    rule=rule,
)
