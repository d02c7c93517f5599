"""What a run writes down of its exchanges: the cost before and after each, the reply, the recording."""

from __future__ import annotations

from collections.abc import Callable

from agent_graph.artifacts import Usage
from agent_graph.llm.budget import Budget, Caps, usage_of
from agent_graph.llm.journal import Journal, Place
from agent_graph.llm.prices import Prices
from agent_graph.llm.recording import Recorder
from agent_graph.llm.request import Call
from agent_graph.llm.wire import Fault, Reply


class Books:
    """The caps, the journal and the recording of one run, kept in step; safe to share between threads."""

    def __init__(self, caps: Caps, prices: Prices, journal: Journal, recorder: Recorder | None) -> None:
        """What the journal says was spent before counts towards the caps."""
        self._budget = Budget(caps, prices, journal.spent)
        self._journal, self._recorder = journal, recorder

    def received(self, call: Call, place: Place) -> tuple[Reply, Usage] | None:
        """What came there before the run was killed, with what it cost then; it isn't counted again."""
        found = self._journal.reply(place, call)
        if found is None:
            return None
        if self._recorder:
            self._recorder.again(call, *found)
        return found[0], self._budget.known(call, *found)

    def remembered(self, call: Call, hit: Reply) -> tuple[Reply, Usage]:
        """An answer of our own cache: free."""
        if self._recorder:
            self._recorder.write(call, hit, 0.0)
        return hit, usage_of(call, hit, None, 0.0)

    def bought(
        self, call: Call, place: Place, exchange: Callable[[Call], tuple[Reply | Fault, float]]
    ) -> tuple[Reply | Fault, Usage]:
        """The outcome of an exchange and its cost. CapReached, and no exchange, when it could go beyond a cap."""
        reservation = self._budget.reserve(call)
        try:
            number = self._journal.begin(reservation.worst)
            outcome, seconds = exchange(call)
        except BaseException:  # the journal keeps the worst case: what had been sent by now may be billed
            self._budget.release(reservation)
            raise
        usage = self._budget.settle(reservation, outcome, seconds)
        self._journal.keep(number, usage, place, call, outcome, seconds)
        if self._recorder:
            self._recorder.write(call, outcome, seconds)
        return outcome, usage

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()
