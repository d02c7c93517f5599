"""What an error of a LangChain package means."""

from __future__ import annotations

import re
from typing import Any

from agent_graph.llm.account import FaultKind
from agent_graph.llm.backoff import retry_after
from agent_graph.llm.wire import Fault

_BY_CLASS: dict[str, FaultKind] = {
    "ModelAuthenticationError": "key_refused",
    "ModelPermissionDeniedError": "key_refused",
    "ModelNotFoundError": "no_such_model",
    "ModelRateLimitError": "rate_limited",
    "ModelTimeoutError": "timed_out",
    "ModelConnectionError": "cut_short",
    "ModelAPIError": "server_error",
    "ContextOverflowError": "prompt_too_long",
    "ModelInvalidRequestError": "bad_request",
    "ConnectError": "unreachable",
    "TimeoutException": "timed_out",
    "TransportError": "cut_short",
    "ConnectionError": "cut_short",
    "TimeoutError": "timed_out",
    "RecursionError": "garbled",
}
_BY_STATUS: dict[int, FaultKind] = {
    400: "bad_request", 401: "key_refused", 402: "quota", 403: "key_refused", 404: "no_such_model", 408: "timed_out",
    413: "prompt_too_long", 422: "bad_request", 429: "rate_limited", 504: "timed_out",
}  # fmt: skip
_SHAPE = re.compile(r"\btools?\b|tool_choice|function|schema|response_format|output_config|structured|\bformat\b", re.I)


def refuses(error: Exception) -> bool:
    """Whether it is this way of asking that the model, or its package, can't."""
    if isinstance(error, NotImplementedError | TypeError):
        return True
    return _kind(error) in ("bad_request", "no_such_model") and bool(_SHAPE.search(str(error)))


def fault_of(error: Exception, received: int, wall: float) -> Fault:
    """The error as a value."""
    kind = _kind(error)
    words = f"{type(error).__name__}: {' '.join(str(error).split())[:600]}"
    began = received > 0 or kind in ("timed_out", "cut_short")
    return Fault(kind, words, _wish(error, wall), began, received)


def _kind(error: BaseException) -> FaultKind:
    """By the most telling error of the chain: a class of LangChain's, a status, a class of the HTTP client's."""
    chain = list(_chain(error))
    for one in chain:
        status = _status(one)
        if status is not None:
            return _BY_STATUS.get(status, "server_error" if status >= 500 else "bad_request")
    for one in reversed(chain):  # the root cause tells a refused connection from a broken one
        for parent in type(one).__mro__:
            if parent.__name__ in _BY_CLASS:
                return _BY_CLASS[parent.__name__]
    return "bad_request" if isinstance(error, TypeError | ValueError) else "server_error"


def _chain(error: BaseException | None) -> Any:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _status(error: BaseException) -> int | None:
    for name in ("status_code", "code"):
        found = getattr(error, name, None)
        if isinstance(found, int) and 400 <= found < 600:
            return found
    return None


def _wish(error: BaseException, wall: float) -> float | None:
    for one in _chain(error):
        headers = getattr(getattr(one, "response", None), "headers", None)
        if headers is not None:
            return retry_after(headers, wall)
    return None
