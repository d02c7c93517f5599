"""What a project is built with: one option of each choice, how sure that is, and why."""

from __future__ import annotations

from collections.abc import Collection

from agent_graph.artifacts.value import Artifact

NOT_ASKED = "nobody asks for another"  # the reason of a default


class Chosen(Artifact):
    """One choice as it was settled."""

    choice: str  # "serving"
    option: str  # "fastapi"
    confidence: float  # that the person wants it, from 0 to 1
    reason: str  # whose words or which other option it rests on


class Stack(Artifact):
    """The options that were settled; a choice that isn't named here has its default."""

    chosen: tuple[Chosen, ...] = ()

    def option(self, choice: str) -> str | None:
        """The option of a choice; None where the default stands."""
        return next((each.option for each in self.chosen if each.choice == choice), None)

    def seen(self, choices: Collection[str]) -> Stack:
        """What of it somebody knows who sees these choices only."""
        return Stack(chosen=tuple(each for each in self.chosen if each.choice in choices))


class Offer(Artifact):
    """An option as it is listed."""

    choice: str
    option: str
    line: str
    default: bool = False
    needs: tuple[str, ...] = ()  # facets that another option must give
    shown_by: str = ""  # "run": its check starts the tool; "validated": its files are held to what the tool takes
    tool: str = ""
    origin: str = ""  # distribution and version that a stranger's came with
    lost: str = ""  # why it can't be loaded
