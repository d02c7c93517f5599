"""The mlops design: service, batch, container, cluster, pipelines."""

from __future__ import annotations

from typing import Literal

from agent_graph.artifacts.value import Artifact, Decision


class Resources(Artifact):
    """What one replica asks for and may take."""

    cpu_request: str
    cpu_limit: str
    memory_request: str
    memory_limit: str


class ClassPrior(Artifact):
    """Share of one class among the labelled rows: what the service answers when it has no model left."""

    label: str
    share: float


class CircuitBreaker(Artifact):
    """After `failures` errors in a row the champion is left alone for `reset_s` seconds."""

    failures: int
    reset_s: float


class CanaryBars(Artifact):
    """When a canary is sent home: compared with the stable version over `soak_s` seconds a step."""

    soak_s: int
    minimum_requests: int
    max_error_share: float
    max_latency_ratio: float


class DeploymentDesign(Artifact):
    """How the model reaches its users, and comes back."""

    deployment: Literal["realtime", "batch"]  # which one the statement needs first; both are generated
    replicas_min: int
    replicas_max: int
    target_cpu_percent: int
    resources: Resources
    workers: int  # processes a replica; metrics and cache live in the process, so 1
    max_batch_rows: int  # rows in one request
    max_body_bytes: int
    max_in_flight: int  # requests; more are refused with 503
    request_timeout_s: float
    drain_s: int  # how long a stopping replica may finish its requests
    reload_s: float  # how often the service looks for a newly promoted model
    cache_entries: int  # rows whose answer is remembered; 0 = off
    breaker: CircuitBreaker
    class_prior: tuple[ClassPrior, ...]  # classes, in the order of the target; () for numbers
    value_prior: float | None  # numbers: the typical value (median)
    value_buckets: tuple[float, ...]  # upper bounds of the histogram of predictions
    latency_p50_ms: float  # bars of the gate, one row
    latency_p99_ms: float
    chunk_rows: int  # of the batch command: rows in memory at once
    schedule: str  # cron, UTC: when `cycle` takes new files in, watches, trains where called for and answers
    storage: str  # size of the volume that holds data and models
    canary_steps: tuple[int, ...]  # percent of traffic
    canary: CanaryBars
    readiness_path: str
    liveness_path: str
    decisions: tuple[Decision, ...]
