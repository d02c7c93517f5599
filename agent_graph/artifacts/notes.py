"""What a person says to one role in review, what of it was understood, and whether a design follows it."""

from __future__ import annotations

from typing import Literal

from agent_graph.artifacts.checks import RoleName
from agent_graph.artifacts.value import Artifact

WishVerdict = Literal["followed", "not followed", "not checked"]


class Note(Artifact):
    """Feedback, kept with the role that it was sent to."""

    role: RoleName
    text: str
    revision: int  # the accepted state of the project that it speaks of


class UserEdit(Artifact):
    """What a person changed by hand in one file of the agents'."""

    path: str
    owner: str  # the role whose file it is
    text: str  # unified diff


class Review(Artifact):
    """What a person said of one role's design before it was built."""

    approved: str = ""  # fingerprint of the design that may be built
    notes: tuple[Note, ...] = ()  # why others were sent back
    edited: str = ""  # a design as they wrote it, JSON; "" when they wrote none


class SignOff(Artifact):
    """What a person said of the whole code before it was proven."""

    approved: str = ""  # tree that may be proven
    notes: tuple[Note, ...] = ()
    sent_back: RoleName | None = None  # who works again


class Wish(Artifact):
    """One thing that a note wants, in the field's terms: ("ratio", ("TotalCharges", "tenure"), None)."""

    kind: str  # a kind of the role's table in `feedback`
    subjects: tuple[str, ...]  # columns, estimators, alerts … ; () where the design has only one
    value: str | None  # "<= 50", "weekly", "off"; None where the kind says all
    words: str  # the piece of the note that it came from


class WishAccount(Artifact):
    """Whether one wish is fulfilled by a design, and by what that can be seen."""

    wish: Wish
    verdict: WishVerdict
    evidence: str


class NoteAccount(Artifact):
    """A note's wishes, each looked up in the design itself, and the pieces that no rule understood."""

    note: Note
    wishes: tuple[WishAccount, ...]
    not_understood: tuple[str, ...]
