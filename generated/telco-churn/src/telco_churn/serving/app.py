"""`serve`: predictions over HTTP.

POST /predict   {"rows": [{column: value, …}, …]} → model_version, source, degraded, predictions in the same order
GET  /health    the process lives            GET /ready    a request would be answered
GET  /metrics   for Prometheus               GET /model    what is served
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
import uvicorn
from fastapi import FastAPI, Request, Response

from telco_churn import __version__
from telco_churn.errors import BadInput
from telco_churn.log import get_logger
from telco_churn.serving.guard import Guard, read_body
from telco_churn.serving.limits import ServingLimits, serving_limits
from telco_churn.serving.predictor import Predictor, predict_records
from telco_churn.serving.requests import RefusedError, RowReader
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
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
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

    async def predict(self, request: Request) -> Response:
        """POST /predict."""
        if self._in_flight >= self.limits.request.max_in_flight:
            raise RefusedError(503, "overloaded", "too many requests at once", retry_after_s=1)
        self._in_flight += 1
        try:
            body = await read_body(request, self.limits.request.max_body_bytes, self.limits.request.timeout_s)
            records = self.reader.read(body)
            reply = await self.predictor.predict(records)
        finally:
            self._in_flight -= 1
        request.state.access = {"rows": len(records), "version": reply.version, "source": reply.source}
        return _json(
            {
                "model_version": reply.version,
                "source": reply.source,
                "degraded": reply.source != "champion",
                "predictions": reply.answers,
            }
        )

    async def health(self) -> Response:
        """GET /health."""
        return _json({"status": "alive", "release": __version__})

    async def readiness(self) -> Response:
        """GET /ready."""
        if not self.ready:
            return _refusal(RefusedError(503, "no_model", "no model is loaded yet", retry_after_s=5))
        return _json({"status": "degraded" if self.predictor.degraded else "ready"})

    async def metrics(self) -> Response:
        """GET /metrics."""
        return Response(self.telemetry.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def model(self) -> Response:
        """GET /model."""
        served = self.source.current
        if served is None:
            return _refusal(RefusedError(503, "no_model", "no model is served", retry_after_s=5))
        at = served.export.promoted_at
        promoted = None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
        return _json(
            {
                "version": served.model.version,
                "source": served.source,
                "trained_rows": served.model.trained_rows,
                "promoted_at": promoted,
                "fields": list(self.reader.fields),
            }
        )


def create_app() -> FastAPI:
    """The service as an ASGI application; BadInput when config/serving.yaml is wrong."""
    service = Service()
    app = FastAPI(title="Telco churn", version=__version__, lifespan=service.lifespan)
    app.state.service = service
    body = {"content": {"application/json": {"schema": service.reader.model.model_json_schema()}}, "required": True}
    app.add_api_route("/predict", service.predict, methods=["POST"], openapi_extra={"requestBody": body})
    for path, answer in (
        ("/health", service.health),
        ("/ready", service.readiness),
        ("/metrics", service.metrics),
        ("/model", service.model),
    ):
        app.add_api_route(path, answer, methods=["GET"])

    async def refuse(_: Request, error: Exception) -> Response:
        refused = error if isinstance(error, RefusedError) else RefusedError(422, "invalid_field", str(error))
        service.telemetry.rejected.labels(refused.reason).inc()
        return _refusal(refused)

    app.add_exception_handler(RefusedError, refuse)
    app.add_exception_handler(BadInput, refuse)
    app.add_middleware(Guard, telemetry=service.telemetry)
    return app


def _json(content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(content, allow_nan=False), status, headers, media_type="application/json")


def _refusal(refused: RefusedError) -> Response:
    headers = {} if refused.retry_after_s is None else {"Retry-After": str(refused.retry_after_s)}
    if refused.status == 408:
        headers["Connection"] = "close"  # nobody waits for the rest of that body
    content: dict[str, Any] = {"error": refused.reason, "message": refused.message}
    if refused.fields:
        content["fields"] = list(refused.fields)
    return _json(content, refused.status, headers)


def run(
    host: Annotated[str, typer.Option(help="address to listen on; 0.0.0.0 in a container")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on")] = 8000,
) -> None:
    """Answer predictions over HTTP until SIGTERM or SIGINT, then finish what was accepted."""
    app = create_app()
    limits = serving_limits()
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,  # our own JSON lines; uvicorn's start and stop messages join them
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=limits.process.drain_s,
        h11_max_incomplete_event_size=64 * 1024,
    )
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = get_logger("uvicorn").parent.handlers  # type: ignore[union-attr]
        logging.getLogger(name).propagate = False
        logging.getLogger(name).setLevel(logging.WARNING)
    # uvicorn stops gracefully and then raises the signal again; an asked-for stop is no failure, so it exits with 0.
    for asked_for in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked_for, lambda *_: None)
    log.info("serving", extra={"host": host, "port": port})
    uvicorn.Server(config).run()
