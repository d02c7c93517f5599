"""The caps of a run: each call's worst case is set aside before it is made, and settled after."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from agent_graph.artifacts import Usage
from agent_graph.errors import AgentGraphError
from agent_graph.llm.prices import Price, Prices
from agent_graph.llm.request import Call
from agent_graph.llm.wire import Fault, Reply

BYTES_PER_TOKEN = 4  # of prose, where the server doesn't count
DENSEST = 0.5  # tokens a byte at first: tables of numbers have 0.4, prose 0.25
MARGIN_TOKENS = 64  # the chat template's own


@dataclass(frozen=True)
class Caps:
    """Hard limits of a run over all roles; None is no limit."""

    max_usd: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True)
class Reservation:
    """What is set aside for one call."""

    call: Call
    price: Price | None
    tokens: int
    usd: float


class CapReached(AgentGraphError):
    """The next call could go beyond a cap, so it isn't made."""


class Budget:
    """What is spent and set aside; safe to share between threads."""

    def __init__(self, caps: Caps, prices: Prices) -> None:
        self._caps, self._prices = caps, prices
        self._lock = threading.Lock()
        self._tokens = self._reserved_tokens = 0
        self._usd = self._reserved_usd = 0.0
        self._densest = DENSEST

    @property
    def tokens(self) -> int:
        """Tokens spent."""
        return self._tokens

    @property
    def usd(self) -> float:
        """USD spent on models whose price is known."""
        return self._usd

    def reserve(self, call: Call) -> Reservation:
        """Set the call's worst case aside: nothing cached, the longest answer. CapReached if that's too much."""
        price = self._prices.of(call.spec)
        with self._lock:
            prompt = int(call.size * self._densest) + MARGIN_TOKENS
            tokens = prompt + call.parameters.max_output
            usd = price.worst(prompt, call.parameters.max_output) if price else 0.0
            self._hold_to_caps(tokens, usd if price else None)
            self._reserved_tokens += tokens
            self._reserved_usd += usd
        return Reservation(call, price, tokens, usd)

    def _hold_to_caps(self, tokens: int, usd: float | None) -> None:
        most, spent = self._caps.max_tokens, self._tokens + self._reserved_tokens
        if most is not None and spent + tokens > most:
            raise CapReached(f"the cap of {most} tokens: {spent} are used, the next call may need {tokens}")
        limit, paid = self._caps.max_usd, self._usd + self._reserved_usd
        if limit is not None and usd is not None and paid + usd > limit:
            raise CapReached(f"the cap of {limit:.2f} USD: {paid:.4f} is spent, the next call may cost {usd:.4f}")

    def settle(self, reservation: Reservation, outcome: Reply | Fault, seconds: float) -> Usage:
        """Replace what was set aside by what was used, also by a call that failed half-way."""
        self.release(reservation)
        return self.count(reservation.call, outcome, seconds)

    def count(self, call: Call, outcome: Reply | Fault, seconds: float) -> Usage:
        """Count what was used."""
        usage = usage_of(call, outcome, self._prices.of(call.spec), seconds)
        with self._lock:
            self._tokens += usage.tokens
            self._usd += usage.usd or 0.0
            if not usage.estimated and usage.prompt_tokens:
                self._densest = max(self._densest, usage.prompt_tokens / max(1, call.size))
        return usage

    def release(self, reservation: Reservation) -> None:
        """Give back what was set aside for a call."""
        with self._lock:
            self._reserved_tokens -= reservation.tokens
            self._reserved_usd -= reservation.usd


def usage_of(call: Call, outcome: Reply | Fault, price: Price | None, seconds: float) -> Usage:
    """What one exchange used: the server's count, else ours by length."""
    read = -(-call.size // BYTES_PER_TOKEN)
    if isinstance(outcome, Fault):
        prompt, cached, written = (read if outcome.began else 0), 0, 0
        completion, estimated = -(-outcome.received // BYTES_PER_TOKEN), outcome.began
        completion = min(completion, call.parameters.max_output)
    elif outcome.from_cache:
        return Usage(seconds=seconds, from_cache=True)
    else:
        counted = -(-len(outcome.text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)
        estimated = outcome.prompt_tokens is None or outcome.completion_tokens is None
        prompt = read if outcome.prompt_tokens is None else outcome.prompt_tokens
        completion = counted if outcome.completion_tokens is None else outcome.completion_tokens
        cached = min(outcome.cached_tokens, prompt)
        written = min(outcome.written_tokens, prompt - cached)
    return Usage(
        calls=outcome.requests,
        prompt_tokens=prompt,
        cached_tokens=cached,
        completion_tokens=completion,
        usd=price.usd(prompt, completion, cached, written) if price else (None if prompt + completion else 0.0),
        seconds=seconds,
        estimated=estimated,
    )
