"""The door to a model: the only way by which a role's question leaves the house, and an answer comes in."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, SecretStr

from agent_graph.artifacts import Usage
from agent_graph.llm.abilities import Ability
from agent_graph.llm.account import Entry, Reason
from agent_graph.llm.backoff import Clock, Patience
from agent_graph.llm.books import Books
from agent_graph.llm.budget import Caps
from agent_graph.llm.cache import Store
from agent_graph.llm.dialogue import Dialogue, Line, lasting
from agent_graph.llm.journal import Journal, Place
from agent_graph.llm.keys import Scrubber, find_key, key_names
from agent_graph.llm.langchain_wire import PACKAGES, LangchainWire, require_package
from agent_graph.llm.local.wire import LocalWire, require_local, starter
from agent_graph.llm.prices import load_prices
from agent_graph.llm.recording import Recorder, Replay, one_of
from agent_graph.llm.request import Answer, Call, NoAnswer, Request
from agent_graph.llm.spec import Models, ModelSpec
from agent_graph.llm.wire import Fault, Reply, Unable, Wire

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class DoorOptions:
    """How the door of one run stands."""

    caps: Caps = field(default_factory=Caps)
    patience: Patience = field(default_factory=Patience)
    store: Path | None = None  # SQLite file of answers and of what servers can; None: nothing is kept
    journal: Path | None = None  # SQLite file of what this run has received and spent, for when it is killed
    cache: bool = True  # False: answers are neither looked up nor kept (what servers can still is)
    record: Path | None = None  # what is there stays; every exchange is appended
    replay: Path | None = None  # answers come from this recording only: no key, no network, no cache
    prices: Path | None = None  # of the user, before ours


def _anything(value: Any) -> None:
    """The rule of those who have none."""


def _unheard(role: str, words: str) -> None:
    """The voice of a run that nobody watches."""


class Door:
    """Asks the model of each role; safe to share between threads. Open it once a run, close it at the end.

    Keys are read from the environment or a keyring when the door opens, and leave it only in requests to their server.
    """

    def __init__(
        self,
        models: Models,
        options: DoorOptions | None = None,
        *,
        say: Callable[[str, str], None] = _unheard,
        clock: Clock | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """BadInput when a provider's package is absent, or a file of the options can't be used.

        `say` hears (role, words) of every incident and wait.
        """
        self.models, self._options = models, options or DoorOptions()
        self._say, self._clock = say, clock or Clock()
        environment = os.environ if environment is None else environment
        one_of(self._options.record, self._options.replay)
        self._replay = Replay(self._options.replay) if self._options.replay else None
        self._keys = {} if self._replay else {spec: find_key(spec, environment) for spec in models.all}
        self._scrub = Scrubber([key for key in self._keys.values() if key], environment)
        self._prices = load_prices(self._options.prices)
        self._store = Store(None if self._replay else self._options.store, self._clock.wall)
        recorder = Recorder(self._options.record, self._scrub) if self._options.record else None
        journal = Journal(None if self._replay else self._options.journal)
        self._books = Books(self._options.caps, self._prices, journal, recorder)
        self._ends = list[Callable[[], None]]()
        self._wires = {} if self._replay else {spec: self._wire(spec, self._keys[spec]) for spec in models.all}
        self._abilities: dict[ModelSpec, Ability] = {}
        self._shut: dict[ModelSpec, tuple[Reason, str]] = {}
        self._lock, self._ledger = threading.Lock(), list[Entry]()

    def _wire(self, spec: ModelSpec, key: SecretStr | None) -> Wire:
        if spec.provider == "openai":
            from agent_graph.llm.openai_wire import OpenAIWire  # loads the client, a second that playbooks needn't wait

            return OpenAIWire(spec.base_url, key, self._options.patience.timeout_s, self._clock)
        if spec.provider == "local":
            wire = LocalWire(starter(require_local(spec)), self._options.patience.timeout_s)
            self._ends.append(wire.close)
            return wire
        require_package(spec)
        return LangchainWire(spec, key, self._options.patience.timeout_s, self._clock)

    def is_open(self, role: str) -> bool:
        """Whether a model is there to be asked for that role: False sends the role straight to its playbook."""
        return not self.models.of(role).is_playbook

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know before the run, a line each: keys that are missing, caps that can't be kept."""
        lines = [self._no_key(spec) for spec in self.models.all if self._lacks_key(spec)]
        for spec in self.models.all:
            if self._options.caps.max_usd is not None and self._prices.of(spec) is None:
                lines.append(
                    f"the price of {spec} is unknown, so only its tokens are counted and the cap in USD "
                    "doesn't hold for it: set a cap in tokens, or name its price in a file (setting prices_file)"
                )
        return tuple(lines)

    @property
    def ledger(self) -> tuple[Entry, ...]:
        """Every question of this run in the order in which they ended, with its cost."""
        with self._lock:
            return tuple(self._ledger)

    def usage(self, role: str | None = None) -> Usage:
        """What a role's questions, or all, have cost so far."""
        return sum((entry.usage for entry in self.ledger if role in (None, entry.role)), Usage())

    def ask(self, request: Request[T], accept: Callable[[T], None] = _anything) -> Answer[T]:
        """The answer of the role's model. NoAnswer, with the reason, when there is none: then the playbook answers.

        `accept` raises DesignRejected when a rule is broken; the model is asked again with those words. ReplayMiss when
        a recording doesn't hold the question.
        """
        spec = self.models.of(request.role)
        try:
            answer = self._asked(spec, request, accept)
        except NoAnswer as error:
            if lasting(error.reason):
                self._shut[spec] = (error.reason, str(error))
            self._enter(request, spec, error.reason, error)
            raise
        self._enter(request, spec, "answered", answer)
        return answer

    def close(self) -> None:
        """End the models of this machine, close the files of answers."""
        for end in self._ends:
            end()
        self._store.close()
        self._books.close()

    def _asked(self, spec: ModelSpec, request: Request[T], accept: Callable[[T], None]) -> Answer[T]:
        if spec.is_playbook:
            raise NoAnswer("playbook", f"no model is set for {request.role}", Usage())
        if self._lacks_key(spec):
            raise NoAnswer("no_key", self._no_key(spec), Usage())
        if spec in self._shut:
            raise NoAnswer(*self._shut[spec], Usage())
        voice = partial(self._say, request.role)
        line = Line(self._exchange, self._judged, self._keep, voice, waits=self._replay is None)
        return Dialogue(spec, request, accept, line, self._options.patience, self._clock).run()

    def _enter(
        self, request: Request[Any], spec: ModelSpec, outcome: Literal["answered"] | Reason, end: Answer[Any] | NoAnswer
    ) -> None:
        entry = Entry(
            role=request.role,
            label=request.label,
            model=str(spec),
            outcome=outcome,
            usage=end.usage,
            incidents=end.incidents,
        )
        with self._lock:
            self._ledger.append(entry)

    def _exchange(self, call: Call, place: Place) -> tuple[Reply | Fault, Usage]:
        """One exchange inside the caps: received before a kill, from our cache, from the recording, or live."""
        if received := self._books.received(call, place):
            self._ability(call)  # so that the answer tells of it what it told then
            return received
        if self._caching and (hit := self._store.answer(call)):
            return self._books.remembered(call, hit)
        return self._books.bought(call, place, self._replay.take if self._replay else self._live)

    def _live(self, call: Call) -> tuple[Reply | Fault, float]:
        """Ask the server, each time in a weaker way that it knows. Nothing that comes back holds a secret."""
        started = self._clock.monotonic()
        ability, requests = self._ability(call), 1
        wire = self._wires[call.spec]
        while isinstance(outcome := wire.send(call, ability), Unable):
            ability, requests = outcome.ability, requests + 1
        seconds = self._clock.monotonic() - started
        if isinstance(outcome, Fault):
            return replace(outcome, words=self._scrub(outcome.words), requests=requests, mode=ability.mode), seconds
        self._abilities[call.spec] = ability
        return replace(outcome, text=self._scrub(outcome.text), requests=requests, mode=ability.mode), seconds

    def _ability(self, call: Call) -> Ability:
        if call.spec not in self._abilities:
            self._abilities[call.spec] = self._store.ability(call) or Ability(self._wires[call.spec].modes[0])
        return self._abilities[call.spec]

    def _judged(self, call: Call, reply: Reply, shaped: bool) -> None:
        """Trust a way of asking whose answer held the shape; take a weaker one where it didn't."""
        ability = self._abilities.get(call.spec)
        if self._replay or reply.from_cache or ability is None or ability.proven:
            return
        if shaped:
            self._abilities[call.spec] = proven = replace(ability, proven=True)
            self._store.keep_ability(call, proven)
        else:
            self._abilities[call.spec] = ability.below(self._wires[call.spec].modes) or ability

    @property
    def _caching(self) -> bool:
        return self._options.cache and self._replay is None

    def _keep(self, call: Call, reply: Reply) -> None:
        if self._caching:
            self._store.keep_answer(call, reply)

    def _lacks_key(self, spec: ModelSpec) -> bool:
        """Servers of one's own may need none; other providers' packages may know more ways than a key."""
        needs = not spec.is_custom and spec.provider in ("openai", *PACKAGES)
        return needs and self._replay is None and self._keys[spec] is None

    def _no_key(self, spec: ModelSpec) -> str:
        names = " or ".join(key_names(spec))
        return f"no key for {spec}: set {names} in the environment, or in the keyring's service agent-graph"
