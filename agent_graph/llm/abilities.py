"""What a server can: found out once for each server and model, then remembered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Mode = Literal["strict", "tool", "json", "plain"]


@dataclass(frozen=True)
class Ability:
    """How a model may be asked.

    `proven` means that an answer held the shape it was asked for in this mode: many servers take a schema politely and
    don't keep it.
    """

    mode: Mode
    proven: bool = False
    lacks: frozenset[str] = frozenset()  # request parameters that the server refuses
    most_output: int | None = None  # tokens that an answer may have, where the server said so

    def without(self, parameter: str) -> Ability:
        """The same, with a parameter never sent again."""
        return replace(self, lacks=self.lacks | {parameter})

    def below(self, modes: tuple[Mode, ...]) -> Ability | None:
        """The next weaker way of asking, or None."""
        weaker = modes[modes.index(self.mode) + 1 :]
        return replace(self, mode=weaker[0], proven=False) if weaker else None
