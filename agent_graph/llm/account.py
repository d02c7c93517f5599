"""What asking cost and what went wrong on the way: values for the report."""

from __future__ import annotations

from typing import Literal

from agent_graph.artifacts import Artifact, Usage

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


class Incident(Artifact):
    """One thing that went wrong while asking, in words for a reader."""

    number: int  # of the exchange it happened in, 1 is the first
    kind: BadAnswer | FaultKind | Literal["prose_around"]  # prose_around: taken off, the answer was used
    words: str
    said: str = ""  # an excerpt of an answer that could not be read as a design, on one line


class Entry(Artifact):
    """One line of the ledger: who asked whom for what, and what it cost."""

    role: str
    label: str
    model: str
    outcome: Literal["answered"] | Reason
    usage: Usage
    incidents: tuple[Incident, ...]
