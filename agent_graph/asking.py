"""Which models work on a run, and within what bounds: the user's wishes become an open door."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from agent_graph.artifacts import Artifact
from agent_graph.context import Colleague, Context, Event
from agent_graph.llm import JOURNAL, Caps, Door, DoorOptions, Patience, parse_models
from agent_graph.workspace import write_atomic

PROMPTS = "prompts"  # folder of a run: what was really sent


class Asking(Artifact):
    """The wishes about models. Without a model every role answers by its playbook, and nothing leaves the machine."""

    models: tuple[str, ...] = ()  # "openai:NAME", "ml_engineer=openai:NAME", …; () means playbooks
    base_url: str | None = None
    max_usd: float | None = None
    max_tokens: int | None = None
    max_output: int = 8_192  # tokens of one answer, reasoning included
    patience: Patience = Patience()
    cache: bool = True
    record: Path | None = None
    replay: Path | None = None
    sample_rows: int = 0  # of the open rows, to be shown; 0 shows statistics only
    ratchet: bool = True


def colleague(asking: Asking, context: Context, prices: Path | None = None) -> Colleague | None:
    """The door for these wishes, its notices said; None for playbooks. BadInput when a wish can't be met."""
    if not asking.models:
        return None
    options = DoorOptions(
        caps=Caps(max_usd=asking.max_usd, max_tokens=asking.max_tokens),
        patience=asking.patience,
        store=context.cache / "answers.sqlite",
        journal=context.folder / JOURNAL,
        cache=asking.cache,
        record=asking.record,
        replay=asking.replay,
        prices=prices,
    )

    def say(role: str, words: str) -> None:
        context.emit(Event("design", role, words))

    door = Door(parse_models(list(asking.models), asking.base_url), options, say=say)
    for notice in door.notices:
        context.emit(Event("design", "", notice))
    return Colleague(
        door=door, max_output=asking.max_output, sample_rows=asking.sample_rows, on_prompt=_keeper(context.folder)
    )


def _keeper(folder: Path) -> Callable[[str, str, str, str], None]:
    def keep(role: str, label: str, system: str, task: str) -> None:
        sent = {"role": role, "label": label, "system": system, "task": task}
        before = kept(folder)
        if sent in before:  # a run that was killed while it asked
            return
        number = len(before) + 1
        write_atomic(folder / PROMPTS / f"{number:03d}-{role}.json", json.dumps(sent, indent=1, ensure_ascii=False))

    return keep


def kept(folder: Path) -> tuple[Mapping[str, str], ...]:
    """The prompts that a run has sent, in their order: role, label, system, task."""
    return tuple(json.loads(path.read_text("utf-8")) for path in sorted((folder / PROMPTS).glob("*.json")))
