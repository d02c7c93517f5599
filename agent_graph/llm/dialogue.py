"""One question to one model, asked until an answer holds or patience, money or the server ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from agent_graph.artifacts import Usage
from agent_graph.errors import DesignRejected
from agent_graph.llm.account import BadAnswer, FaultKind, Incident, Reason
from agent_graph.llm.backoff import Clock, Patience, wait_for
from agent_graph.llm.budget import CapReached
from agent_graph.llm.journal import Place
from agent_graph.llm.notes import asked_again
from agent_graph.llm.reading import Bad, Good, read
from agent_graph.llm.request import Answer, Call, NoAnswer, Request, first_call
from agent_graph.llm.spec import ModelSpec
from agent_graph.llm.wire import FINAL, LASTING, Fault, Reply

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Line:
    """What a dialogue needs of the door: to exchange, to remember, to be heard."""

    exchange: Callable[[Call, Place], tuple[Reply | Fault, Usage]]  # CapReached when the next call is one too many
    judged: Callable[[Call, Reply, bool], None]  # whether the server kept the shape it was asked for
    keep: Callable[[Call, Reply], None]  # the answer to a first call
    say: Callable[[str], None]
    waits: bool = True  # a replay doesn't


class Dialogue(Generic[T]):
    """Everything about one question, from the first call to the answer."""

    def __init__(
        self,
        spec: ModelSpec,
        request: Request[T],
        accept: Callable[[T], None],
        line: Line,
        patience: Patience,
        clock: Clock,
    ) -> None:
        self._request, self._accept, self._line = request, accept, line
        self._patience, self._clock = patience, clock
        self._first = first_call(spec, request)
        self._question = self._first.digest
        self._incidents: list[Incident] = []
        self._usage = Usage()
        self._exchanges = self._failures = 0
        self._wanted = ""

    def run(self) -> Answer[T]:
        """The answer. NoAnswer with the reason when there is none to be had."""
        call = self._first
        while True:
            outcome = self._exchange(call)
            if isinstance(outcome, Fault) and outcome.kind != "too_long":
                self._after_fault(outcome)
                continue
            self._usage = self._usage + Usage(tries=1)
            if isinstance(outcome, Fault):
                text, bad = "", Bad("too_long", outcome.words)
            else:
                found = self._judge(call, outcome)
                if isinstance(found, Good):
                    return self._done(outcome, found)
                text, bad = outcome.text, found
            self._after_bad_answer(bad)
            call = asked_again(self._first, call, bad.kind, bad.words, text)

    def _exchange(self, call: Call) -> Reply | Fault:
        self._exchanges += 1
        try:
            outcome, usage = self._line.exchange(call, Place(self._question, self._usage.tries))
        except CapReached as error:
            raise self._no_answer("cap_reached", str(error)) from None
        self._usage = self._usage + usage
        return outcome

    def _judge(self, call: Call, reply: Reply) -> Good[T] | Bad:
        found = read(reply, self._request.schema)
        if isinstance(found, Bad):
            if reply.finish == "unknown" and found.kind in ("prose", "empty"):
                return Bad("cut_off", "the answer ended without an end mark")
            if found.shaped is not None:
                self._line.judged(call, reply, found.shaped)
            return found
        if not found.trimmed:
            self._line.judged(call, reply, True)
        try:
            self._accept(found.value)
        except DesignRejected as error:
            self._wanted = found.value.model_dump_json()
            return Bad("broken_rule", str(error), shaped=True)
        return found

    def _done(self, reply: Reply, found: Good[T]) -> Answer[T]:
        if found.trimmed:
            self._note("prose_around", "there was prose around the object; it was taken off")
        text = found.value.model_dump_json()
        if not reply.from_cache:
            self._line.keep(self._first, replace(reply, text=text))
        return Answer(found.value, str(self._first.spec), self._usage, tuple(self._incidents))

    def _after_bad_answer(self, bad: Bad) -> None:
        self._note(bad.kind, bad.words)
        if self._usage.tries >= self._patience.tries:
            words = " ".join(bad.words.split())
            raise self._no_answer("out_of_tries", f"{self._usage.tries} answers, none that holds: {words}")

    def _after_fault(self, fault: Fault) -> None:
        """Wait as long as is right. NoAnswer when waiting is no use."""
        self._note(fault.kind, fault.words)
        self._failures += 1
        spec = self._first.spec
        if fault.kind in FINAL:
            raise self._no_answer(fault.kind, f"{spec}: {fault.words}")
        if self._failures >= self._patience.network_tries:
            raise self._no_answer(fault.kind, f"{spec}: {self._failures} failures, the last one: {fault.words}")
        seconds = wait_for(self._failures, fault.retry_after, self._patience, self._clock)
        if seconds is None:
            wish = f"{fault.retry_after:.0f} s, and {self._patience.longest_wait_s:.0f} s is the most we wait"
            raise self._no_answer(fault.kind, f"{spec} asks to be left alone for {wish}")
        if self._line.waits:
            self._line.say(f"{fault.words}; asking again in {seconds:.0f} s")
            self._clock.sleep(seconds)

    def _note(self, kind: BadAnswer | FaultKind | Any, words: str) -> None:
        self._incidents.append(Incident(number=self._exchanges, kind=kind, words=words))
        self._line.say(f"{kind.replace('_', ' ')}: {words}")

    def _no_answer(self, reason: Reason, words: str) -> NoAnswer:
        return NoAnswer(reason, words, self._usage, tuple(self._incidents), self._wanted)


def lasting(reason: Reason) -> bool:
    """Whether the reason holds for every later question to the same model of this run."""
    return reason in LASTING
