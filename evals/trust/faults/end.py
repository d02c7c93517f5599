"""How a fault has to end, and what a case of one is."""

from __future__ import annotations

from collections.abc import Callable

from evals.trust.faults.place import Place, Said
from evals.trust.ground.customers import NAME

RERUN = ("rerun", NAME, "--agent", "mlops", "--feedback", "At least 3 replicas.")
RESUME = ("resume", NAME)
STUB = ("--model", "openai:stub", "--base-url", "http://127.0.0.1:9/v1")
Case = Callable[[Place], str | None]


class NotHere(Exception):
    """The fault can't be caused on this machine; the reason."""


def ended(said: Said, code: int, words: str, then: Said | None = None) -> str | None:
    """The fault ended in its line, and what was done when it was gone came to its end."""
    if fault := said.fault(code, words):
        return fault
    return f"couldn't go on: {fault}" if then is not None and (fault := then.fault(0, "")) else None
