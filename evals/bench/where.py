"""Where the seconds of a run go, by gate and step, and what waited for what; made of what the run told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent_graph.artifacts import Event

BESIDE_S = 0.05  # a step that begins so little before another one's end may have waited for it
LONGEST = 4  # steps of a chain that are shown, the longest ones


@dataclass(frozen=True)
class Part:
    """One stretch of a run: intake, a role's gate, the proof. `steps` are (name, began, ended), seconds of the run."""

    name: str
    began: float
    ended: float
    steps: tuple[tuple[str, float, float], ...]

    @property
    def seconds(self) -> float:
        """From its first word to its last."""
        return self.ended - self.began

    @property
    def beside(self) -> float:
        """How many steps ran at a time, on average over the part."""
        return sum(ended - began for _, began, ended in self.steps) / max(self.seconds, 1e-9)

    def chain(self) -> list[tuple[str, float]]:
        """The steps that waited for each other up to the part's end, with the seconds of each, in their order.

        From the step that ended last back to the latest one that had ended when it began, and so on.
        """
        found: list[tuple[str, float]] = []
        left, until = list(self.steps), float("inf")
        while earlier := [step for step in left if step[2] <= until + BESIDE_S]:
            name, began, ended = max(earlier, key=lambda step: step[2])
            found.append((name, ended - began))
            left, until = [step for step in earlier if step[1] < began], began
        return found[::-1]


def parts(events: Sequence[Event]) -> list[Part]:
    """The stretches of a run in their order; what is told between two gates is the next one's."""
    found: list[Part] = []
    steps: list[tuple[str, float, float]] = []
    zero = since = events[0].at - events[0].seconds if events else 0.0
    for event in events:
        at = event.at - zero
        if event.stage == "step":
            steps.append((event.text, at - event.seconds, at))
        ends = event.stage in ("gate", "prove", "report") and bool(event.verdict)
        if ends or (event.stage == "intake" and "sealed" in event.text):
            name = event.role.replace("_", "-") or event.stage
            found.append(Part(name, since - zero, at, tuple(steps)))
            since, steps = event.at, []
    return found


def lines(events: Sequence[Event]) -> Iterator[str]:
    """A line a part: its seconds, how many steps ran at a time, and the longest steps of the chain it waited for."""
    yield f"{'where the seconds go':<18} {'s':>6} {'at a time':>9}  what waited for what (seconds)"
    for part in parts(events):
        chain = part.chain()
        shown = sorted(chain, key=lambda step: -step[1])[:LONGEST]
        words = " > ".join(f"{name} {seconds:.1f}" for name, seconds in chain if (name, seconds) in shown)
        left = f" (and {len(chain) - len(shown)} shorter)" if len(chain) > len(shown) else ""
        yield f"{part.name:<18} {part.seconds:6.1f} {part.beside:9.1f}  {words}{left}"
