"""What surrounds every request: an id, a time, an access log line, metrics, and an answer even when the code fails."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telco_churn.log import get_logger
from telco_churn.serving.requests import RefusedError
from telco_churn.serving.telemetry import Telemetry

log = get_logger(__name__)
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
CLIENT_CLOSED_REQUEST = 499  # nginx's code; nobody is there to read it, the log and the metrics are


class Guard:
    """ASGI middleware; logs say what was asked and how it went, never what was in the rows."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        began = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        counted = scope["path"] == "/predict" and scope["method"] == "POST"
        self._telemetry.in_flight.inc(counted)
        try:
            await self._app(scope, receive, send_with_id)
        except ClientDisconnect:
            status = CLIENT_CLOSED_REQUEST
        except Exception:
            log.exception("unexpected error", extra={"request_id": request_id})
            if status == 0:
                await _internal_error(send_with_id)
        finally:
            seconds = time.perf_counter() - began
            self._telemetry.in_flight.dec(counted)
            if counted:
                self._telemetry.requests.labels(str(status)).inc()
                self._telemetry.seconds.observe(seconds)
            _access_line(scope, request_id, status, seconds)


def _access_line(scope: Scope, request_id: str, status: int, seconds: float) -> None:
    fields: dict[str, Any] = {
        "request_id": request_id,
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "milliseconds": round(seconds * 1000, 3),
        **scope.get("state", {}).get("access", {}),
    }
    log.info("request", extra=fields)


def _request_id(scope: Scope) -> str:
    """The caller's id when it is a harmless one, else a new one."""
    given = dict(scope["headers"]).get(b"x-request-id", b"")
    return given.decode() if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


async def _internal_error(send: Send) -> None:
    body = json.dumps({"error": "internal", "message": "the service failed; its log has the details"}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def read_body(request: Request, max_bytes: int, within_s: float) -> bytes:
    """The body of a JSON request, never more than `max_bytes` of it in memory; refused with 408, 413 or 415."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise RefusedError(415, "media_type", "send Content-Type: application/json")
    declared = request.headers.get("content-length", "0")
    too_large = RefusedError(413, "body_too_large", f"the body may have {max_bytes:,} bytes; send fewer rows a request")
    if declared.isdigit() and int(declared) > max_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    raise too_large
    except TimeoutError:  # a slow caller holds one of the few places
        raise RefusedError(408, "slow_body", f"the body wasn't here within {within_s:g} s") from None
    return bytes(body)
