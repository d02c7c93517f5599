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
    """Hard limits of one revision over all roles and all processes that work on it; None is no limit."""

    max_usd: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True)
class Reservation:
    """What is set aside for one call."""

    call: Call
    price: Price | None
    tokens: int
    usd: float

    @property
    def worst(self) -> Usage:
        """All of it as used: what an exchange may have cost of which nothing is known."""
        completion = self.call.parameters.max_output
        prompt, usd = self.tokens - completion, self.usd if self.price else None
        return Usage(prompt_tokens=prompt, completion_tokens=completion, usd=usd, estimated=True)


@dataclass(frozen=True)
class Spent:
    """What is used up: tokens, and USD on models whose price is known."""

    tokens: int = 0
    usd: float = 0.0


class CapReached(AgentGraphError):
    """The next call could go beyond a cap, so it isn't made."""


class Budget:
    """What is spent and set aside; safe to share between threads."""

    def __init__(self, caps: Caps, prices: Prices, before: Spent | None = None) -> None:
        """`before` is what the same revision spent in processes that ended."""
        self._caps, self._prices, before = caps, prices, before or Spent()
        self._lock = threading.Lock()
        self._tokens, self._usd = before.tokens, before.usd
        self._reserved_tokens, self._reserved_usd = 0, 0.0
        self._densest = DENSEST

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
        """Replace what was set aside by what was used, also by a call that failed half-way.

        A call that the server had begun when our time was out counts as its worst case: a server that doesn't stream
        sends nothing before the whole answer is written, and bills that whether or not we still listen.
        """
        if isinstance(outcome, Fault) and outcome.kind == "timed_out" and outcome.began:
            usage = reservation.worst.model_copy(update={"calls": outcome.requests, "seconds": seconds})
        else:
            usage = self.known(reservation.call, outcome, seconds)
        self.release(reservation)
        with self._lock:
            self._tokens += usage.tokens
            self._usd += usage.usd or 0.0
        return usage

    def known(self, call: Call, outcome: Reply | Fault, seconds: float) -> Usage:
        """What an exchange used, without counting it (again): how dense this model's tokens are is learned from it."""
        usage = usage_of(call, outcome, self._prices.of(call.spec), seconds)
        with self._lock:
            if not usage.estimated and usage.prompt_tokens:
                self._densest = max(self._densest, usage.prompt_tokens / max(1, call.size))
        return usage

    def release(self, reservation: Reservation) -> None:
        """Give back what was set aside for a call."""
        with self._lock:
            self._reserved_tokens -= reservation.tokens
            self._reserved_usd -= reservation.usd


def usage_of(call: Call, outcome: Reply | Fault, price: Price | None, seconds: float) -> Usage:
    """What one exchange used: the server's count, else ours by length. See `Budget.settle` for one that timed out."""
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
