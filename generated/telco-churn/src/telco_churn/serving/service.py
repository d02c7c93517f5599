"""What a service answers, whatever serves it: `app.py` beside this file brings routes, processes and how it stops.

POST /predict   {"rows": [{column: value, …}, …]} → model_version, source, degraded, predictions in the same order
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

from starlette.requests import Request

from telco_churn.log import get_logger
from telco_churn.serving.limits import ServingLimits, serving_limits
from telco_churn.serving.predictor import Predictor, predict_records
from telco_churn.serving.requests import Content, Record, Refusal, RefusedError, RowReader, refusal
from telco_churn.serving.source import ModelSource
from telco_churn.serving.telemetry import Telemetry

log = get_logger(__name__)


class Service:
    """One running service: its limits, metrics, model and how it answers."""

    def __init__(self) -> None:
        self.limits: ServingLimits = serving_limits()
        self.reader = RowReader(self.limits.request.max_rows)
        self.telemetry = Telemetry(self.reader.fields, self.limits.value_buckets)
        blank = dict.fromkeys(self.reader.fields)
        self.source = ModelSource(self.telemetry, lambda model: predict_records(model, [blank]))
        self.predictor = Predictor(self.limits, self.telemetry, self.source)
        self.telemetry.ready.set_function(lambda: float(self.ready))
        self.telemetry.now_served("none", "none", float("nan"))
        self._in_flight = 0

    @property
    def ready(self) -> bool:
        """Whether a request would be answered, be it by a stand-in."""
        return self.source.current is not None or self.source.broken

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load the model before the first request; keep it fresh until the service stops."""
        await asyncio.to_thread(self.source.look)
        tasks = [asyncio.create_task(self.predictor.run()), asyncio.create_task(self._watch())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        log.info("stopped")

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.limits.process.reload_s)
            await asyncio.to_thread(self.source.look)

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Room for one request, from its first byte to its answer; RefusedError when all of it is taken."""
        if self._in_flight >= self.limits.request.max_in_flight:
            raise RefusedError(503, "overloaded", "too many requests at once", retry_after_s=1)
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1

    async def answer(self, request: Request, records: list[Record]) -> Content:
        """What POST /predict says to these rows; the access log learns how many they were and who answered."""
        reply = await self.predictor.predict(records)
        request.state.access = {"rows": len(records), "version": reply.version, "source": reply.source}
        return {
            "model_version": reply.version,
            "source": reply.source,
            "degraded": reply.source != "champion",
            "predictions": reply.answers,
        }

    def standing(self) -> Content:
        """Whether requests are answered, and by whom; RefusedError while none would be."""
        if not self.ready:
            raise RefusedError(503, "no_model", "no model is loaded yet", retry_after_s=5)
        return {"status": "degraded" if self.predictor.degraded else "ready"}

    def model(self) -> Content:
        """What is served; RefusedError when nothing is."""
        served = self.source.current
        if served is None:
            raise RefusedError(503, "no_model", "no model is served", retry_after_s=5)
        at = served.export.promoted_at
        promoted = None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
        return {
            "version": served.model.version,
            "source": served.source,
            "trained_rows": served.model.trained_rows,
            "promoted_at": promoted,
            "fields": list(self.reader.fields),
        }

    def refused(self, error: Exception) -> Refusal:
        """The answer to a request for rows that is refused, counted by its reason."""
        refused = error if isinstance(error, RefusedError) else RefusedError(422, "invalid_field", str(error))
        self.telemetry.rejected.labels(refused.reason).inc()
        return refusal(refused)
