"""What asking cost and what went wrong on the way: values for the report."""

from __future__ import annotations

from typing import Literal

from agent_graph.artifacts import Artifact

BadAnswer = Literal[
    "cut_off", "refused", "empty", "prose", "wrong_shape", "broken_rule", "too_long", "garbled",
]  # fmt: skip
FaultKind = Literal[
    "timed_out", "cut_short", "rate_limited", "server_error", "too_long", "garbled",
    "unreachable", "key_refused", "no_such_model", "quota", "bad_request", "prompt_too_long",
]  # fmt: skip
Reason = Literal[
    "playbook", "no_key", "cap_reached", "out_of_tries", "timed_out", "cut_short", "rate_limited", "server_error",
    "too_long", "garbled", "unreachable", "key_refused", "no_such_model", "quota", "bad_request", "prompt_too_long",
]  # fmt: skip


class Usage(Artifact):
    """What one question cost, every retry and failure counted. `usd` is None when a price is unknown."""

    calls: int = 0  # HTTP requests, refused ones too
    prompt_tokens: int = 0
    cached_tokens: int = 0  # of the prompt tokens: found in the provider's prefix cache
    completion_tokens: int = 0
    usd: float | None = 0.0
    seconds: float = 0.0  # spent with the server; pauses between exchanges not counted
    tries: int = 0  # answers looked at
    from_cache: bool = False  # answered from our own cache
    estimated: bool = False  # the server didn't count some of the tokens, so we did, by length

    @property
    def tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        """Both together; money is unknown as soon as a part of it is."""
        return Usage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            usd=None if self.usd is None or other.usd is None else self.usd + other.usd,
            seconds=self.seconds + other.seconds,
            tries=self.tries + other.tries,
            from_cache=self.from_cache or other.from_cache,
            estimated=self.estimated or other.estimated,
        )


class Incident(Artifact):
    """One thing that went wrong while asking, in words for a reader."""

    number: int  # of the exchange it happened in, 1 is the first
    kind: BadAnswer | FaultKind | Literal["prose_around"]  # prose_around: taken off, the answer was used
    words: str


class Entry(Artifact):
    """One line of the ledger: who asked whom for what, and what it cost."""

    role: str
    label: str
    model: str
    outcome: Literal["answered"] | Reason
    usage: Usage
    incidents: tuple[Incident, ...]
