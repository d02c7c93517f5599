"""Whether an option keeps the shape that the house expects, ours and strangers' alike: what is wrong, in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from agent_graph import register
from agent_graph.artifacts import ROLE_NAMES, Chosen, Stack
from agent_graph.errors import RuntimeUnavailable
from agent_graph.option import Option
from agent_graph.sandbox import packages as listed
from agent_graph.writing import laid, packages, rendering

KNOWN = {"__init__.py", "__pycache__", "checks.toml", "files", "joints", "licences.toml", "requirements.lock"}


def check(option: Option) -> tuple[str, ...]:
    """What an option's folder and words break; () when it may be chosen."""
    return (*_named(option), *laid.faults(option.folder, KNOWN), *_packed(option))


def rendered(option: Option, context: Mapping[str, Any]) -> dict[str, str]:
    """The files that it lays over a project of that context, by path, those that all options of the choice share first.

    `context` is what templates may name: question, manifest, designs. ValueError names a file that can't be parsed.
    """
    stack = Stack(chosen=(Chosen(choice=option.choice, option=option.name, confidence=1.0, reason="asked for"),))
    files: dict[str, str] = {}
    kind = register.kind_of(context["problem"])
    for role in ROLE_NAMES:
        for folder in rendering.folders(role, stack, kind):
            if folder.name.startswith((f"{option.choice}:", f"{option.choice}/{option.name}:")):
                files |= rendering.render(folder, {**context, "stack": stack})
    return dict(laid.parsed(files))


def _named(option: Option) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", option.name):
        yield f"the name {option.name!r} is no word of [a-z0-9_]"
    if option.choice not in register.choices():
        yield f"there is no choice {option.choice!r}; there are {', '.join(register.choices())}"
    if not option.line.strip() or len(option.line) > 120 or "\n" in option.line:
        yield "`line` is one line of up to 120 signs"
    choice = register.choices().get(option.choice)
    if choice is not None and not isinstance(option.says, choice.says):
        yield f"`says` is no {choice.says.__name__}, which checks and files of {choice.name} ask for"
    others = [o for o in register.options().values() if (o.choice, o.name) != (option.choice, option.name)]
    heard = {word.lower(): f"{o.choice}={o.name}" for o in others for word in (o.name, *o.words)}
    for word in (option.name, *option.words):
        if word.lower() in heard:
            yield f"the word {word!r} is {heard[word.lower()]}'s already"
    given = {facet for other in others for facet in other.gives}
    if lost := sorted(option.needs - given):
        yield f"it needs {', '.join(lost)}, which no option gives"


def _packed(option: Option) -> Iterator[str]:
    if option.lock is not None:
        yield from _locked(option, option.lock.read_text("utf-8"))
        return
    try:
        packages.lock([each.key for each in (*option.packages, *option.dev_packages)])
    except KeyError as error:
        yield cast(str, error.args[0])


def _locked(option: Option, lock: str) -> Iterator[str]:
    """An environment of its own is held to its own lock: its packages are in it, each with a licence."""
    try:
        versions = listed.locked(lock, option.licences)
    except RuntimeUnavailable as error:
        yield str(error)
        return
    for each in option.packages:
        if listed.normal(each.key) not in versions:
            yield f"its requirements.lock doesn't hold {each.key}"
    for name, licence in option.licences.items():
        if name not in versions:
            yield f"licences.toml tells of {name}, which its lock doesn't hold"
        elif listed.allowed().get(name, licence) != licence:
            yield f"licences.toml calls {name} {licence}, the list of all projects {listed.allowed()[name]}"
