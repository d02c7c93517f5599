"""What is asked, what comes back, and the one failure a caller has to answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from agent_graph.artifacts import Artifact, ModelCall, Usage
from agent_graph.errors import AgentGraphError
from agent_graph.llm.account import Incident, Reason
from agent_graph.llm.spec import ModelSpec
from agent_graph.llm.strict import strict_schema

T = TypeVar("T", bound=BaseModel)
Fate = Literal["begun", "sent", "from the cache", "from a recording", "not sent"]  # begun: killed before it was known


class Parameters(Artifact):
    """How the model is to write. None leaves a choice to the server: some models refuse to be told."""

    max_output: int = 8192  # tokens, reasoning included
    temperature: float | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Sending:
    """One call, and whether a server was given it: what a person is shown who wants to know what left the house."""

    role: str
    label: str
    call: Call
    fate: Fate
    number: int = 0  # of the answers before it: the same again after a fault of the network
    mode: str = ""  # how the shape was asked for in the end, one of `abilities.Mode`; "" unless it was sent
    why: str = ""  # it wasn't sent


def unread(sending: Sending) -> None:
    """The reader of what nobody keeps."""


@dataclass(frozen=True)
class Choice:
    """A closed list that is to be weighed: the answer begins with `opening`, and one of `candidates` follows."""

    candidates: tuple[str, ...]
    opening: str


@dataclass(frozen=True)
class Request(Generic[T]):
    """One question of one role. `system` is what all questions share: it goes first, so that servers can cache it."""

    role: str
    label: str  # what for, in the report: "design 2"
    system: str
    task: str
    schema: type[T]
    parameters: Parameters = field(default_factory=Parameters)
    on_call: Callable[[Sending], None] = unread  # before each call, and when it is known what became of it
    choice: Choice | None = None  # `likelihood` asks with one; the shape is then that of the probabilities


@dataclass(frozen=True)
class Answer(Generic[T]):
    """An answer of the right shape, and what it took to get it."""

    value: T
    model: str
    usage: Usage
    incidents: tuple[Incident, ...]
    calls: tuple[ModelCall, ...] = ()


class NoAnswer(AgentGraphError):
    """No model answered: the caller goes on with the playbook and says why."""

    def __init__(
        self,
        reason: Reason,
        words: str,
        usage: Usage,
        incidents: tuple[Incident, ...] = (),
        wanted: str = "",
        calls: tuple[ModelCall, ...] = (),
    ) -> None:
        """`wanted` is the last complete answer that was rejected, "" when there was none."""
        super().__init__(words)
        self.reason: Reason = reason
        self.usage = usage
        self.incidents = incidents
        self.wanted = wanted
        self.calls = calls


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True)
class Call:
    """One exchange, before it is put into any provider's words."""

    spec: ModelSpec
    messages: tuple[Message, ...]
    schema_name: str
    schema_text: str  # JSON, OpenAI's strict dialect
    parameters: Parameters
    choice: Choice | None = None

    @property
    def schema(self) -> dict[str, Any]:
        """The answer's JSON schema."""
        loaded: dict[str, Any] = json.loads(self.schema_text)
        return loaded

    @property
    def size(self) -> int:
        """Bytes of everything that the model reads."""
        texts = [self.schema_text, *(message.text for message in self.messages)]
        texts += self.choice.candidates if self.choice else ()
        return sum(len(text.encode("utf-8", "replace")) for text in texts)

    def content(self) -> dict[str, Any]:
        """All that an answer depends on, ready for JSON: no key, no header."""
        content = {
            "model": str(self.spec),
            "base_url": self.spec.base_url,
            "parameters": self.parameters.model_dump(mode="json"),
            "schema": self.schema,
            "messages": [[message.role, message.text] for message in self.messages],
        }
        if self.choice:
            content["choice"] = {"opening": self.choice.opening, "candidates": list(self.choice.candidates)}
        return content

    @property
    def digest(self) -> str:
        """SHA-256 of the content: the key of cache and recording."""
        return hashlib.sha256(json.dumps(self.content(), sort_keys=True).encode()).hexdigest()

    def saying(self, *messages: Message) -> Call:
        """The same call, with more said at the end."""
        return replace(self, messages=self.messages + messages)

    def with_output(self, tokens: int) -> Call:
        """The same call with another limit of the answer."""
        return replace(self, parameters=self.parameters.model_copy(update={"max_output": tokens}))


def first_call(spec: ModelSpec, request: Request[Any]) -> Call:
    """The request as it is asked the first time."""
    schema = strict_schema(request.schema)
    return Call(
        spec,
        (Message("system", _as_utf8(request.system)), Message("user", _as_utf8(request.task))),
        request.schema.__name__,
        json.dumps(schema, sort_keys=True),
        request.parameters,
        request.choice,
    )


def _as_utf8(text: str) -> str:
    """Without what no server can be sent: file names and arguments may hold broken bytes."""
    return text.encode("utf-8", "replace").decode("utf-8")
