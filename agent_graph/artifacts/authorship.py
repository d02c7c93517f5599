"""Who made a design, what it cost, and what became of the answers that weren't taken."""

from __future__ import annotations

from typing import Literal

from agent_graph.artifacts.value import Artifact

PLAYBOOK_AUTHOR = "playbook"
PERSON_AUTHOR = "person"  # edited in review


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


class ModelCall(Artifact):
    """One exchange with a model: the calls of a revision add up to what its roles' authorship says they used."""

    revision: int = 1  # in which it was asked
    design: int = 1  # of the model's in that revision, 1 is the first
    number: int  # of the exchange for that design, 1 is the first
    again: str = ""  # why it was asked again: the outcome of the exchange before; "" for the first
    model: str
    outcome: str = "answered"  # or what was wrong: a word of `llm.account` (BadAnswer, FaultKind)
    source: Literal["server", "cache", "recording"]  # a recording is replayed; what came before a kill is the server's
    began: str  # ISO 8601, UTC
    usage: Usage


class Authorship(Artifact):
    """How the design of one role came about, over all its tries."""

    author: str = PLAYBOOK_AUTHOR  # of the design that stands: the playbook, or a model as provider:name
    designs: int = 0  # of the model's, that a gate measured
    closed: bool = False  # the model isn't asked any more
    why: str = ""  # the playbook answered though a model is set: this is why
    rejected: tuple[str, ...] = ()  # what was wrong with the model's answers, in their order
    wanted: str = ""  # the changes of the playbook's design that the model asked for last, as JSON
    said: str = ""  # an excerpt of its last answer that could not be read as a design, on one line
    usage: Usage = Usage()  # in the revision below
    calls: tuple[ModelCall, ...] = ()  # every exchange with the role's model, of earlier revisions too
    revision: int = 1  # in which the design was made
    key: str = ""  # SHA-256 of all that the role knew: knowing the same, it isn't asked again
    capped: bool = False  # a cap of cost or tokens closed the door: with a higher one the model may be asked again
    unmet: tuple[str, ...] = ()  # what a person wished and the playbook couldn't do, with the reason

    @property
    def by_model(self) -> bool:
        """Whether the design that stands is a model's."""
        return self.author not in (PLAYBOOK_AUTHOR, PERSON_AUTHOR)
