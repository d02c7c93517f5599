"""Which models work on a run, and within what bounds: the user's wishes become an open door."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import field_validator

from agent_graph.artifacts import Artifact, Event
from agent_graph.context import Colleague, Context
from agent_graph.errors import BadInput
from agent_graph.llm import JOURNAL, Caps, Door, DoorOptions, Patience, parse_models, require_new, with_reader
from agent_graph.llm.notes import system_of
from agent_graph.llm.request import Sending, unread
from agent_graph.workspace import write_atomic

UNTOLD: Mapping[str, Any] = {"model": "", "fate": "sent", "why": "", "mode": "", "again": [], "schema": None}
FLAGS = {  # wishes about models that are called otherwise on the command line
    "cache": "--no-cache",
    "sample_rows": "--share-samples",
    "ratchet": "--no-ratchet",
}
PROMPTS = "prompts"  # folder of a run: every call to a model, and whether it was sent


class Asking(Artifact):
    """The wishes about models. Without a model every role answers by its playbook, and nothing leaves the machine."""

    models: tuple[str, ...] = ()  # "openai:NAME", "ml_engineer=openai:NAME", …; () means playbooks
    base_url: str | None = None
    max_usd: float | None = None
    max_tokens: int | None = None
    max_output: int = 8_192  # tokens of one answer, reasoning included
    patience: Patience = Patience()
    cache: bool = True
    record: Path | None = None  # a new file; the run goes on in it when it is resumed
    replay: Path | None = None  # not together with `record`
    sample_rows: int = 0  # of the open rows, to be shown; 0 shows statistics only
    ratchet: bool = True

    @field_validator("record", "replay")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        """A run may be resumed from another folder."""
        return path.expanduser().absolute() if path else None

    @classmethod
    def anew(cls, wished: Self | None, former: Self | None, name: str) -> Self | None:
        """The wishes of a rerun: its own, else the project's, without the recording that holds the project's answers.

        BadInput when the recording to be made exists already, or nothing but a recording has answered so far.
        """
        if wished is not None and wished.models:
            if wished.record:
                require_new(wished.record)
            return wished
        if former is not None and former.replay:
            raise BadInput(
                f"{name} was answered from {former.replay}, which holds no answer to a rerun: name who is to be asked, "
                "with --model, or --model playbook"
            )
        return former.model_copy(update={"record": None}) if former else None

    @classmethod
    def further(cls, wished: Self | None, former: Self | None) -> Self | None:
        """The wishes of a run that goes on: the new ones, else the former; it goes on in its recording."""
        if wished is None or not wished.models:
            return former
        record = None if wished.replay else wished.record or (former.record if former else None)
        return wished.model_copy(update={"record": record})


def colleague(asking: Asking, context: Context, prices: Path | None = None, *, begins: bool) -> Colleague | None:
    """The door for these wishes, and for the reader on this machine, its notices said; None where nobody is asked.

    BadInput when a wish can't be met, or the run begins and there is something where its recording is to be.
    """
    if begins and asking.record and asking.models:
        require_new(asking.record)
    store, journal = context.cache / "answers.sqlite", context.folder / JOURNAL
    return opened(asking, context.emit, prices, store=store, journal=journal, on_call=_keeper(context.folder))


def opened(
    asking: Asking,
    emit: Callable[[Event], None],
    prices: Path | None,
    *,
    store: Path | None = None,
    journal: Path | None = None,
    on_call: Callable[[Sending], None] = unread,
) -> Colleague | None:
    """The door for these wishes, and for the reader on this machine; None where nobody is asked. BadInput as above."""
    models = parse_models(list(asking.models), asking.base_url)
    models = models if asking.replay else with_reader(models)  # a replay asks nobody
    if not models.all:
        return None
    options = DoorOptions(
        caps=Caps(max_usd=asking.max_usd, max_tokens=asking.max_tokens),
        patience=asking.patience,
        store=store,
        journal=journal,
        cache=asking.cache,
        record=asking.record,
        replay=asking.replay,
        prices=prices,
    )

    def say(role: str, words: str) -> None:
        emit(Event("design", role, words))

    door = Door(models, options, say=say)
    for notice in door.notices:
        emit(Event("design", "", notice))
    return Colleague(door=door, max_output=asking.max_output, sample_rows=asking.sample_rows, on_call=on_call)


def _keeper(folder: Path) -> Callable[[Sending], None]:
    """Writes down every call, one file each; what was sent once stays sent when it is asked again."""

    def keep(sending: Sending) -> None:
        told = _told(sending)
        known = sorted((folder / PROMPTS).glob("*.json"))
        path = folder / PROMPTS / f"{len(known) + 1:03d}-{sending.role}.json"
        for former, before in zip(known, kept(folder), strict=True):
            if all(before.get(name) == told[name] for name in ("role", "label", "number", "digest")):
                if before["fate"] == "sent":
                    return
                path = former
        write_atomic(path, json.dumps(told, indent=1, ensure_ascii=False))

    return keep


def _told(sending: Sending) -> dict[str, Any]:
    call = sending.call
    _, task, *again = call.messages
    return {
        "role": sending.role,
        "label": sending.label,
        "number": sending.number,
        "model": str(call.spec),
        "fate": sending.fate,
        "why": sending.why,
        "mode": sending.mode,
        "digest": call.digest,
        "system": system_of(call, sending.mode),
        "task": task.text,
        "again": [{"role": message.role, "text": message.text} for message in again],
        "schema": call.schema,
    }


def kept(folder: Path) -> tuple[Mapping[str, Any], ...]:
    """The calls of a run in their order, each as `_told` makes it."""
    files = sorted((folder / PROMPTS).glob("*.json"))
    return tuple({**UNTOLD, **json.loads(path.read_text("utf-8"))} for path in files)
