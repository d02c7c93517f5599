"""What shields the estimator: waiting requests share a call, a failing one is left alone, answers are remembered."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

Row = TypeVar("Row")
Answer = TypeVar("Answer")
Value = TypeVar("Value")


class Batcher(Generic[Row, Answer]):
    """Runs `compute(rows) -> answers` in a thread of its own, one call at a time.

    Nobody waits for others to come: a call takes the requests that came in while the last one ran, up to `max_rows`
    rows. A call that fails is repeated request by request, so one bad row doesn't fail its neighbours. `stuck(rows)`
    hears of each call that took longer than `timeout_s`, also when its callers have gone away before.
    """

    def __init__(
        self,
        compute: Callable[[list[Row]], list[Answer]],
        max_rows: int,
        timeout_s: float,
        stuck: Callable[[list[Row]], None],
    ) -> None:
        self._compute = compute
        self._max_rows = max_rows
        self._timeout_s = timeout_s
        self._stuck = stuck
        self._waiting: deque[tuple[list[Row], asyncio.Future[list[Answer]]]] = deque()
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="predict")

    async def submit(self, rows: list[Row]) -> list[Answer]:
        """The answers to these rows; raises what `compute` raises, or TimeoutError."""
        future: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, future))
        self._arrived.set()
        return await future

    async def run(self) -> None:
        """Answer requests until cancelled."""
        try:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    await self._answer(self._next())
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def _next(self) -> list[tuple[list[Row], asyncio.Future[list[Answer]]]]:
        """The requests of the next call; those whose caller has gone away are left out."""
        taken: list[tuple[list[Row], asyncio.Future[list[Answer]]]] = []
        size = 0
        while self._waiting and (not taken or size + len(self._waiting[0][0]) <= self._max_rows):
            rows, future = self._waiting.popleft()
            if not future.done():
                taken.append((rows, future))
                size += len(rows)
        return taken

    async def _answer(self, requests: list[tuple[list[Row], asyncio.Future[list[Answer]]]]) -> None:
        if not requests:
            return
        try:
            answers = await self._call([row for rows, _ in requests for row in rows])
        except Exception as error:
            if len(requests) > 1 and not isinstance(error, TimeoutError):
                for request in requests:
                    await self._answer([request])
                return
            for _, future in requests:
                if not future.done():
                    future.set_exception(error)
            return
        start = 0
        for rows, future in requests:
            if not future.done():
                future.set_result(answers[start : start + len(rows)])
            start += len(rows)

    async def _call(self, rows: list[Row]) -> list[Answer]:
        try:
            call = asyncio.get_running_loop().run_in_executor(self._thread, self._compute, rows)
            return await asyncio.wait_for(call, self._timeout_s)
        except TimeoutError:
            # A thread can't be stopped: leave it behind, so that the next call has a free one.
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="predict")
            self._stuck(rows)
            raise


class CircuitBreaker:
    """Opens after `failures` errors in a row; lets one attempt through every `reset_s` seconds until it succeeds."""

    def __init__(self, failures: int, reset_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._failures = failures
        self._reset_s = reset_s
        self._clock = clock
        self._in_a_row = 0
        self._next_try = 0.0

    @property
    def is_open(self) -> bool:
        """Whether requests are kept away."""
        return self._in_a_row >= self._failures

    def allows(self) -> bool:
        """Whether this request may try the model."""
        if not self.is_open:
            return True
        if self._clock() < self._next_try:
            return False
        self._next_try = self._clock() + self._reset_s  # only one request probes at a time
        return True

    def succeeded(self) -> None:
        """The model answered: back to normal."""
        self._in_a_row = 0

    def failed(self) -> None:
        """The model raised or ran out of time."""
        self._in_a_row += 1
        if self.is_open:
            self._next_try = self._clock() + self._reset_s


class LeastRecentlyUsed(Generic[Value]):
    """At most `capacity` answers; all are forgotten when another export answers.

    A row's key is the tuple of its values, so equal rows share an answer and different rows never do.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._export: str | None = None
        self._entries: OrderedDict[tuple[object, ...], Value] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, export: str, keys: list[tuple[object, ...]]) -> list[Value | None]:
        """The remembered answer of each row, or None, as that export of a model gave it."""
        with self._lock:
            if export != self._export:
                return [None] * len(keys)
            found = [self._entries.get(key) for key in keys]
            for key, value in zip(keys, found, strict=True):
                if value is not None:
                    self._entries.move_to_end(key)
            return found

    def keep(self, export: str, keys: list[tuple[object, ...]], values: list[Value]) -> None:
        """Remember answers of that export; those of any other are forgotten."""
        if self._capacity == 0:
            return
        with self._lock:
            if export != self._export:
                self._entries.clear()
                self._export = export
            for key, value in zip(keys, values, strict=True):
                self._entries[key] = value
                self._entries.move_to_end(key)
            while len(self._entries) > self._capacity:
                self._entries.popitem(last=False)
