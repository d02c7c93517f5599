"""`serve`: predictions over HTTP.

POST /predict   {"rows": [{column: value, …}, …]} → model_version, source, degraded, predictions in the same order
GET  /health    the process lives            GET /ready    a request would be answered
GET  /metrics   for Prometheus               GET /model    what is served
"""

from __future__ import annotations

import json
import logging
import signal
from typing import Annotated, Any

import typer
import uvicorn
from fastapi import FastAPI, Request, Response

from telco_churn import __version__
from telco_churn.errors import BadInput
from telco_churn.log import get_logger
from telco_churn.serving.limits import serving_limits
from telco_churn.serving.requests import Refusal, RefusedError, read_body, refusal
from telco_churn.serving.service import Service
from telco_churn.serving.telemetry import Guard

log = get_logger(__name__)


class Routes:
    """A service's answers over HTTP."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def predict(self, request: Request) -> Response:
        """POST /predict."""
        limits = self._service.limits.request
        with self._service.place():
            body = await read_body(request, limits.max_body_bytes, limits.timeout_s)
            return _json(await self._service.answer(request, self._service.reader.read(body)))

    async def health(self) -> Response:
        """GET /health."""
        return _json({"status": "alive", "release": __version__})

    async def readiness(self) -> Response:
        """GET /ready."""
        try:
            return _json(self._service.standing())
        except RefusedError as refused:
            return _refused(refusal(refused))

    async def metrics(self) -> Response:
        """GET /metrics."""
        return Response(self._service.telemetry.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def model(self) -> Response:
        """GET /model."""
        try:
            return _json(self._service.model())
        except RefusedError as refused:
            return _refused(refusal(refused))

    async def refuse(self, _: Request, error: Exception) -> Response:
        """The answer to rows that were refused."""
        return _refused(self._service.refused(error))


def create_app() -> FastAPI:
    """The service as an ASGI application; BadInput when config/serving.yaml is wrong."""
    service = Service()
    routes = Routes(service)
    app = FastAPI(title="Telco churn", version=__version__, lifespan=lambda _: service.running())
    app.state.service = service
    body = {"content": {"application/json": {"schema": service.reader.model.model_json_schema()}}, "required": True}
    app.add_api_route("/predict", routes.predict, methods=["POST"], openapi_extra={"requestBody": body})
    for path, answer in (
        ("/health", routes.health),
        ("/ready", routes.readiness),
        ("/metrics", routes.metrics),
        ("/model", routes.model),
    ):
        app.add_api_route(path, answer, methods=["GET"])
    app.add_exception_handler(RefusedError, routes.refuse)
    app.add_exception_handler(BadInput, routes.refuse)
    app.add_middleware(Guard, telemetry=service.telemetry)
    return app


def _json(content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(content, allow_nan=False), status, headers, media_type="application/json")


def _refused(refused: Refusal) -> Response:
    return _json(refused.content, refused.status, refused.headers)


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
