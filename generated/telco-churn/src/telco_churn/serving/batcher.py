"""Requests that wait at the same moment share one call of the estimator, so a queue costs little more than one row."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Row = TypeVar("Row")
Answer = TypeVar("Answer")


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
