"""Is the canary as good as the stable version? Judged from the metrics of their pods before and after a soak.

    python -m telco_churn.serving.canary FOLDER      FOLDER/{stable,canary}/{before,after}/<pod>

Exit codes: 0 go on, 2 the folder can't be used, 3 send the canary home. The verdict is one JSON object on stdout.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from telco_churn.errors import BadInput, ProjectError, QualityGateFailed
from telco_churn.serving.limits import CanaryBars, serving_limits

PREFIX = "telco_churn_"


@dataclass(frozen=True)
class Traffic:
    """What the pods of one track did during the soak."""

    requests: float
    errors: float  # answers with 5xx
    degraded_rows: float  # answered by something else than the pod's own model
    seconds: float  # time spent in all requests together

    @property
    def error_share(self) -> float:
        """Share of the requests that failed."""
        return self.errors / self.requests if self.requests else 0.0

    @property
    def mean_ms(self) -> float:
        """Milliseconds a request."""
        return 1000 * self.seconds / self.requests if self.requests else 0.0


def main(arguments: list[str]) -> int:
    """Judge the folder given; returns the exit code."""
    try:
        if len(arguments) != 1:
            raise BadInput("usage: python -m telco_churn.serving.canary FOLDER")
        folder = Path(arguments[0])
        stable, canary = traffic(folder / "stable"), traffic(folder / "canary")
        reasons = objections(stable, canary, serving_limits().canary)
        report = {"go_on": not reasons, "reasons": reasons, "stable": asdict(stable), "canary": asdict(canary)}
        print(json.dumps(report))
        if reasons:
            raise QualityGateFailed("canary sent home: " + "; ".join(reasons))
    except ProjectError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def objections(stable: Traffic, canary: Traffic, bars: CanaryBars) -> list[str]:
    """Why the canary must not get more traffic; empty when it may."""
    reasons = []
    if canary.requests < bars.minimum_requests:
        reasons.append(f"only {canary.requests:g} requests, {bars.minimum_requests} are needed for a verdict")
    allowed = max(bars.max_error_share, stable.error_share)
    if canary.error_share > allowed:
        reasons.append(f"{canary.error_share:.2%} of its requests failed, {allowed:.2%} may")
    if canary.degraded_rows > 0 and stable.degraded_rows == 0:
        reasons.append(f"its own model could not answer {canary.degraded_rows:g} rows")
    if stable.requests and canary.mean_ms > max(stable.mean_ms * bars.max_latency_ratio, bars.quick_ms):
        reasons.append(
            f"{canary.mean_ms:.1f} ms a request, stable: {stable.mean_ms:.1f}, allowed: x{bars.max_latency_ratio:g}"
        )
    return reasons


def traffic(track: Path) -> Traffic:
    """Sums over the pods of one track; BadInput when there are none."""
    pods = sorted((track / "after").glob("*")) if track.is_dir() else []
    if not pods:
        raise BadInput(f"{track}/after holds no scraped metrics")
    return Traffic(
        requests=sum(_grown(pod, "requests_total") for pod in pods),
        errors=sum(_grown(pod, "requests_total", code_from="5") for pod in pods),
        degraded_rows=sum(_grown(pod, "fallback_total") for pod in pods),
        seconds=sum(_grown(pod, "request_seconds_sum") for pod in pods),
    )


def _grown(after: Path, name: str, code_from: str = "") -> float:
    """How much a counter grew during the soak; a pod that started in between, or again, counts from 0."""
    before = after.parents[1] / "before" / after.name
    end = _value(after, name, code_from)
    start = _value(before, name, code_from) if before.is_file() else 0.0
    return end - start if end >= start else end


def _value(scrape: Path, name: str, code_from: str) -> float:
    try:
        families = list(text_string_to_metric_families(scrape.read_text(encoding="utf-8")))
    except ValueError as error:
        raise BadInput(f"{scrape} is no Prometheus exposition: {error}") from None
    samples = [sample for family in families for sample in family.samples if sample.name == PREFIX + name]
    if not samples:
        raise BadInput(f"{scrape} has no metric {PREFIX}{name}")
    return sum(sample.value for sample in samples if sample.labels.get("code", "").startswith(code_from))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
