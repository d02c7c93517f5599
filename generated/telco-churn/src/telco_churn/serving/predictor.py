"""Rows in, answers out: the champion with a cache before it and a stand-in behind it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

from telco_churn.data.columns import from_records
from telco_churn.errors import BadInput
from telco_churn.log import get_logger
from telco_churn.models.model import Model
from telco_churn.problem.answers import Answer, value_of
from telco_churn.serving.limits import ServingLimits
from telco_churn.serving.requests import Record, RefusedError
from telco_churn.serving.shields import Batcher, CircuitBreaker, LeastRecentlyUsed
from telco_churn.serving.source import ModelSource, Served
from telco_churn.serving.telemetry import Telemetry

log = get_logger(__name__)
RETRY_AFTER_S = 5


@dataclass(frozen=True)
class Reply:
    """The answers to one request, and which model gave them: champion, previous or prior."""

    version: str
    source: str
    answers: list[Answer]


class Predictor:
    """Asks the champion; while it fails, the model before it; without any, the prior, which is always flagged."""

    def __init__(self, limits: ServingLimits, telemetry: Telemetry, source: ModelSource) -> None:
        self._limits = limits
        self._telemetry = telemetry
        self._source = source
        self._cache: LeastRecentlyUsed[Answer] = LeastRecentlyUsed(limits.process.cache_rows)
        self._breaker = CircuitBreaker(limits.breaker.failures, limits.breaker.reset_s)
        telemetry.circuit_open.set_function(lambda: float(self._breaker.is_open))
        self._batcher: Batcher[tuple[Served, Record], Answer] = Batcher(
            _compute, limits.request.max_rows, limits.request.timeout_s, self._ran_out_of_time
        )

    async def run(self) -> None:
        """Work until cancelled."""
        await self._batcher.run()

    @property
    def degraded(self) -> bool:
        """Whether something else than the champion answers."""
        served = self._source.current
        return served is None or served.source != "champion" or self._breaker.is_open

    async def predict(self, records: list[Record]) -> Reply:
        """Answers in the order of the rows; refused when no model can be asked (503) or it takes too long (504)."""
        served = self._source.current
        if served is None and not self._source.broken:
            raise RefusedError(
                503,
                "no_model",
                "no model is loaded yet: run train and promote if none was",
                retry_after_s=RETRY_AFTER_S,
            )
        try:
            async with asyncio.timeout(self._limits.request.timeout_s):
                reply = await self._ask(served, records)
        except TimeoutError:  # of a long queue, mostly, for which the model is not to blame
            raise RefusedError(504, "timeout", f"no answer within {self._limits.request.timeout_s:g} s") from None
        self._count(records, reply)
        return reply

    async def _ask(self, served: Served | None, records: list[Record]) -> Reply:
        if served is not None and self._breaker.allows():
            try:
                return await self._cached(served, records)
            except (BadInput, TimeoutError):
                raise
            except Exception:  # a model may fail in any way; callers still need an answer
                self._failed("the model raised")
        former = self._source.former
        if former is not None:
            try:
                return Reply(former.model.version, "previous", await self._asked(former, records))
            except (BadInput, TimeoutError):
                raise
            except Exception:
                log.exception("the previous model raised too")
        return Reply("none", "prior", [self._limits.prior.model_dump()] * len(records))

    async def _cached(self, served: Served, records: list[Record]) -> Reply:
        export = str(served.export.folder)  # its name tells the content, which a version's number doesn't
        keys = [tuple(record.values()) for record in records]
        answers = self._cache.find(export, keys)
        unknown = [i for i, answer in enumerate(answers) if answer is None]
        self._telemetry.cache_hits.inc(len(records) - len(unknown))
        self._telemetry.cache_misses.inc(len(unknown))
        if unknown:
            computed = await self._asked(served, [records[i] for i in unknown])
            self._breaker.succeeded()
            self._cache.keep(export, [keys[i] for i in unknown], computed)
            for i, answer in zip(unknown, computed, strict=True):
                answers[i] = answer
        return Reply(served.model.version, served.source, [answer for answer in answers if answer is not None])

    async def _asked(self, served: Served, records: list[Record]) -> list[Answer]:
        return await self._batcher.submit([(served, record) for record in records])

    def _ran_out_of_time(self, rows: list[tuple[Served, Record]]) -> None:
        """Count a call that the champion was asked in."""
        if any(served is self._source.current for served, _ in rows):
            self._failed("the model took too long")

    def _failed(self, message: str) -> None:
        self._breaker.failed()
        self._telemetry.model_errors.inc()
        log.error(message, exc_info=True, extra={"circuit_open": self._breaker.is_open})

    def _count(self, records: list[Record], reply: Reply) -> None:
        telemetry = self._telemetry
        telemetry.rows_received.inc(len(records))
        telemetry.rows_answered.inc(len(reply.answers))
        if reply.source != "champion":
            telemetry.fallback.labels(reply.source).inc(len(records))
        missing = Counter(column for record in records for column, value in record.items() if value is None)
        for column, count in missing.items():
            telemetry.missing.labels(column).inc(count)
        for answer in reply.answers:
            telemetry.predictions.labels(answer["prediction"]).inc()
            telemetry.value.observe(value_of(answer))


def predict_records(model: Model, records: list[Record]) -> list[Answer]:
    """The estimator's answers as JSON-ready objects; BadInput names a value that can't be used."""
    return model.predict(from_records(records)).answers()


def _compute(rows: list[tuple[Served, Record]]) -> list[Answer]:
    """Rows of one call; around a reload they may belong to two models."""
    answers: dict[int, Answer] = {}
    for served in {id(served): served for served, _ in rows}.values():
        positions = [i for i, (owner, _) in enumerate(rows) if owner is served]
        for i, answer in zip(positions, predict_records(served.model, [rows[i][1] for i in positions]), strict=True):
            answers[i] = answer
    return [answers[i] for i in range(len(rows))]
