"""Cache, circuit breaker, batcher and canary verdict, each on its own."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from starlette.requests import Request

from telco_churn.errors import BadInput
from telco_churn.serving.canary import Traffic, main, objections, traffic
from telco_churn.serving.limits import CanaryBars
from telco_churn.serving.requests import RefusedError, read_body
from telco_churn.serving.shields import Batcher, CircuitBreaker, LeastRecentlyUsed

PREFIX = "telco_churn_"
BARS = CanaryBars(
    steps_percent=(10,),
    soak_s=1,
    wait_s=2,
    minimum_requests=10,
    max_error_share=0.01,
    max_latency_ratio=1.5,
    quick_ms=10.0,
)


def test_the_least_recently_used_answer_is_forgotten_first() -> None:
    cache: LeastRecentlyUsed[str] = LeastRecentlyUsed(2)
    cache.keep("1", [("a",), ("b",)], ["A", "B"])
    cache.find("1", [("a",)])
    cache.keep("1", [("c",)], ["C"])
    assert cache.find("1", [("a",), ("b",), ("c",)]) == ["A", None, "C"]


def test_another_version_of_the_model_starts_with_an_empty_cache() -> None:
    cache: LeastRecentlyUsed[str] = LeastRecentlyUsed(2)
    cache.keep("1", [("a",)], ["A"])
    assert cache.find("2", [("a",)]) == [None]
    cache.keep("2", [("b",)], ["B"])
    assert cache.find("1", [("a",)]) == [None]
    assert len(cache) == 1


def test_the_breaker_opens_after_failures_in_a_row_and_tries_again_later() -> None:
    now = [0.0]
    breaker = CircuitBreaker(2, 10.0, clock=lambda: now[0])
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert breaker.is_open
    assert not breaker.allows()
    now[0] = 10.0
    assert breaker.allows()
    assert not breaker.allows()  # one attempt at a time
    breaker.succeeded()
    assert breaker.allows()


def test_waiting_requests_share_one_call_and_a_bad_one_fails_alone() -> None:
    calls: list[list[int]] = []

    def halved(rows: list[int]) -> list[float]:
        calls.append(rows)
        return [10 / row for row in rows]

    async def ask() -> list[object]:
        batcher: Batcher[int, float] = Batcher(halved, max_rows=10, timeout_s=5, stuck=lambda rows: None)
        requests = [asyncio.create_task(batcher.submit(rows)) for rows in ([1, 2], [0], [5])]
        await asyncio.sleep(0)
        worker = asyncio.create_task(batcher.run())
        answers = await asyncio.gather(*requests, return_exceptions=True)
        worker.cancel()
        return list(answers)

    first, second, third = asyncio.run(ask())
    assert (first, third) == ([10.0, 5.0], [2.0])
    assert isinstance(second, ZeroDivisionError)
    assert calls[0] == [1, 2, 0, 5]


def test_a_call_that_takes_too_long_is_told_once_and_a_request_that_only_waited_is_not() -> None:
    """The first request keeps the estimator busy for ever; the second one never gets to it."""
    release, told = threading.Event(), list[list[int]]()

    def stalled(rows: list[int]) -> list[int]:
        release.wait(20)
        return rows

    async def ask() -> None:
        heard = asyncio.Event()

        def stuck(rows: list[int]) -> None:
            told.append(rows)
            heard.set()

        batcher: Batcher[int, int] = Batcher(stalled, max_rows=1, timeout_s=0.2, stuck=stuck)
        worker = asyncio.create_task(batcher.run())
        for row in (1, 2):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(batcher.submit([row]), 0.05)
        await heard.wait()
        worker.cancel()

    asyncio.run(ask())
    release.set()
    assert told == [[1]]


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def read() -> bytes:
        never = asyncio.Event()

        async def receive() -> dict[str, object]:
            await never.wait()
            return {"type": "http.disconnect"}

        headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
        return await read_body(Request({"type": "http", "method": "POST", "headers": headers}, receive), 1000, 0.01)

    with pytest.raises(RefusedError) as refused:
        asyncio.run(read())
    assert (refused.value.status, refused.value.reason) == (408, "slow_body")


def scraped(folder: Path, track: str, before: tuple[int, int], after: tuple[int, int], seconds: float) -> None:
    """One pod's counters (good answers, 5xx answers) before and after the soak."""
    for moment, (good, bad) in (("before", before), ("after", after)):
        place = folder / track / moment
        place.mkdir(parents=True, exist_ok=True)
        spent = seconds if moment == "after" else 0.0
        lines = [
            f'{PREFIX}requests_total{{code="200"}} {good}',
            f'{PREFIX}requests_total{{code="500"}} {bad}',
            f'{PREFIX}fallback_total{{kind="prior"}} 0',
            f"{PREFIX}request_seconds_sum {spent}",
        ]
        (place / "pod").write_text("\n".join(lines) + "\n")


def test_a_canary_like_the_stable_version_may_go_on(project: Path, tmp_path: Path) -> None:
    for track in ("stable", "canary"):
        scraped(tmp_path, track, (100, 0), (1100, 0), 10.0)
    assert objections(traffic(tmp_path / "stable"), traffic(tmp_path / "canary"), BARS) == []
    assert main([str(tmp_path)]) == 0


def test_a_canary_with_errors_is_sent_home(project: Path, tmp_path: Path) -> None:
    scraped(tmp_path, "stable", (0, 0), (1000, 0), 10.0)
    scraped(tmp_path, "canary", (0, 0), (900, 100), 10.0)
    assert main([str(tmp_path)]) == 3


def test_a_pod_that_restarted_counts_from_zero(tmp_path: Path) -> None:
    scraped(tmp_path, "canary", (500, 0), (20, 0), 1.0)
    assert traffic(tmp_path / "canary").requests == 20


def test_slow_degraded_or_unproven_canaries_are_sent_home() -> None:
    stable = Traffic(requests=1000, errors=0, degraded_rows=0, seconds=10)
    slow = Traffic(requests=1000, errors=0, degraded_rows=0, seconds=20)
    degraded = Traffic(requests=1000, errors=0, degraded_rows=5, seconds=10)
    cold = Traffic(
        requests=1000, errors=0, degraded_rows=0, seconds=4
    )  # beside a stable one that has it all in its cache
    warm = Traffic(requests=1000, errors=0, degraded_rows=0, seconds=1)
    assert objections(warm, cold, BARS) == []
    unproven = Traffic(requests=5, errors=0, degraded_rows=0, seconds=0.05)
    assert [len(objections(stable, canary, BARS)) for canary in (stable, slow, degraded, unproven)] == [0, 1, 1, 1]


def test_a_folder_without_metrics_is_bad_input(project: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no scraped metrics"):
        traffic(tmp_path / "stable")
    assert main([str(tmp_path)]) == 2
