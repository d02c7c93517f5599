"""What every provider's client is to us: it carries one call there, and a reply or a fault back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from agent_graph.llm.abilities import Ability, Mode
from agent_graph.llm.account import FaultKind
from agent_graph.llm.request import Call

MOST_CHARACTERS = 400_000  # of one answer; the largest design has some 20,000
BYTES_A_TOKEN, BYTES_BESIDE = 1_000, 1_000_000  # on the wire: an event for a token has some 300 bytes around it
CONNECT_S = 10.0
TOO_DEEP = "what came is nested too deeply to be read"
LASTING: frozenset[FaultKind] = frozenset({"unreachable", "key_refused", "no_such_model", "quota"})  # for a whole run
FINAL: frozenset[FaultKind] = LASTING - {"unreachable"} | {"bad_request", "prompt_too_long"}  # asking again is no use


@dataclass(frozen=True)
class Reply:
    """What the model wrote. Tokens are None when the server doesn't count."""

    text: str
    finish: Literal["stop", "length", "refusal", "unknown"]
    prompt_tokens: int | None = None
    cached_tokens: int = 0
    completion_tokens: int | None = None
    written_tokens: int = 0  # of the prompt: put into the provider's prefix cache, which may cost extra
    requests: int = 1
    from_cache: bool = False
    mode: str = ""  # in which the server took the call


@dataclass(frozen=True)
class Fault:
    """Why there is no reply. `received` is how much of one had come, in characters: it is paid for."""

    kind: FaultKind
    words: str
    retry_after: float | None = None  # seconds, as the server wishes
    began: bool = False  # the server had started on it, so the prompt is paid for
    received: int = 0
    requests: int = 1
    mode: str = ""


@dataclass(frozen=True)
class Unable:
    """The server can't be asked in this way: `ability` is the next way."""

    ability: Ability
    words: str


class Wire(Protocol):
    """One provider's client."""

    modes: tuple[Mode, ...]

    def send(self, call: Call, ability: Ability) -> Reply | Fault | Unable:
        """One exchange. Errors come back as values: their exceptions hold requests, and requests hold keys."""
        ...
