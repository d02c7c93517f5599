"""One question to one model, asked until an answer holds or patience, money or the server ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from agent_graph.artifacts import ModelCall, Usage
from agent_graph.errors import DesignRejected
from agent_graph.llm.account import BadAnswer, FaultKind, Incident, Reason
from agent_graph.llm.backoff import Clock, Patience, wait_for
from agent_graph.llm.budget import CapReached
from agent_graph.llm.journal import Place
from agent_graph.llm.notes import asked_again
from agent_graph.llm.reading import Bad, Good, no_design, read
from agent_graph.llm.request import Answer, Call, Fate, NoAnswer, Request, Sending, first_call
from agent_graph.llm.spec import ModelSpec
from agent_graph.llm.wire import FINAL, LASTING, Fault, Reply

T = TypeVar("T", bound=BaseModel)
MOST_SAID = 600  # characters of an unreadable answer, for the report


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
        self._calls: list[ModelCall] = []
        self._wanted = ""

    def run(self) -> Answer[T]:
        """The answer. NoAnswer with the reason when there is none to be had."""
        call = self._first
        while True:
            outcome = self._exchange(call)
            if isinstance(outcome, Fault) and outcome.kind != "too_long":
                self._after_fault(outcome)
                continue
            if isinstance(outcome, Fault):
                text, bad = "", Bad("too_long", outcome.words)
            else:
                found = self._judge(call, outcome)
                if isinstance(found, Good):
                    return self._done(outcome, found)
                text, bad = outcome.text, found
            self._after_bad_answer(bad, "" if bad.kind == "broken_rule" else no_design(text, MOST_SAID))
            call = asked_again(self._first, call, bad.kind, bad.words, text)

    def _exchange(self, call: Call) -> Reply | Fault:
        self._exchanges += 1
        self._tell(call, "begun")
        began = datetime.fromtimestamp(self._clock.wall(), UTC).isoformat(timespec="milliseconds")
        try:
            outcome, usage = self._line.exchange(call, Place(self._question, self._usage.tries))
        except CapReached as error:
            self._tell(call, "not sent", why=str(error))
            raise self._no_answer("cap_reached", str(error)) from None
        self._tell(call, self._fate(outcome), outcome.mode)
        looked_at = isinstance(outcome, Reply) or outcome.kind == "too_long"
        usage = usage + Usage(tries=int(looked_at))
        self._usage = self._usage + usage
        self._calls.append(self._call(began, usage))
        return outcome

    def _fate(self, outcome: Reply | Fault) -> Fate:
        if isinstance(outcome, Reply) and outcome.from_cache:
            return "from the cache"
        return "sent" if self._line.waits else "from a recording"

    def _tell(self, call: Call, fate: Fate, mode: str = "", why: str = "") -> None:
        asked, number = self._request, self._usage.tries
        asked.on_call(Sending(asked.role, asked.label, call, fate, number, mode, why))

    def _call(self, began: str, usage: Usage) -> ModelCall:
        return ModelCall(
            number=self._exchanges,
            again=self._calls[-1].outcome if self._calls else "",
            model=str(self._first.spec),
            source="cache" if usage.from_cache else "server" if self._line.waits else "recording",
            began=began,
            usage=usage,
        )

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
        return Answer(found.value, str(self._first.spec), self._usage, tuple(self._incidents), tuple(self._calls))

    def _after_bad_answer(self, bad: Bad, said: str) -> None:
        self._failed(bad.kind, bad.words, said)
        if self._usage.tries >= self._patience.tries:
            words = " ".join(bad.words.split())
            raise self._no_answer("out_of_tries", f"{self._usage.tries} answers, none that holds: {words}")

    def _after_fault(self, fault: Fault) -> None:
        """Wait as long as is right. NoAnswer when waiting is no use."""
        self._failed(fault.kind, fault.words)
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

    def _failed(self, kind: BadAnswer | FaultKind, words: str, said: str = "") -> None:
        self._calls[-1] = self._calls[-1].model_copy(update={"outcome": kind})
        self._note(kind, words, said)

    def _note(self, kind: BadAnswer | FaultKind | Any, words: str, said: str = "") -> None:
        self._incidents.append(Incident(number=self._exchanges, kind=kind, words=words, said=said))
        self._line.say(f"{kind.replace('_', ' ')}: {words}")

    def _no_answer(self, reason: Reason, words: str) -> NoAnswer:
        return NoAnswer(reason, words, self._usage, tuple(self._incidents), self._wanted, tuple(self._calls))


def lasting(reason: Reason) -> bool:
    """Whether the reason holds for every later question to the same model of this run."""
    return reason in LASTING
