"""Whether an option keeps the shape that the house expects, ours and strangers' alike: what is wrong, in sentences."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from agent_graph import register
from agent_graph.artifacts import ROLE_NAMES, Chosen, Stack
from agent_graph.option import Option
from agent_graph.writing import packages, rendering

KNOWN = {"__init__.py", "__pycache__", "checks.toml", "files", "joints", "requirements.lock"}
READ: dict[str, Callable[[str], object]] = {
    ".json": json.loads,
    ".toml": tomllib.loads,
    ".yaml": lambda text: list(yaml.safe_load_all(text)),
}


def check(option: Option) -> tuple[str, ...]:
    """What an option's folder and words break; () when it may be chosen."""
    return (*_named(option), *_laid(option), *_packed(option))


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
    for path, text in files.items():
        try:
            if path.endswith(".py"):
                ast.parse(text)
            elif Path(path).suffix in READ and "{{" not in text:  # else a template that another tool fills
                READ[Path(path).suffix](text)
        except (SyntaxError, ValueError, yaml.YAMLError) as error:
            raise ValueError(f"{path}: {error}") from error
    return files


def _named(option: Option) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", option.name):
        yield f"the name {option.name!r} is no word of [a-z0-9_]"
    if option.choice not in register.choices():
        yield f"there is no choice {option.choice!r}; there are {', '.join(register.choices())}"
    if not option.line.strip() or len(option.line) > 120 or "\n" in option.line:
        yield "`line` is one line of up to 120 signs"
    others = [o for o in register.options().values() if (o.choice, o.name) != (option.choice, option.name)]
    heard = {word.lower(): f"{o.choice}={o.name}" for o in others for word in (o.name, *o.words)}
    for word in (option.name, *option.words):
        if word.lower() in heard:
            yield f"the word {word!r} is {heard[word.lower()]}'s already"
    given = {facet for other in others for facet in other.gives}
    if lost := sorted(option.needs - given):
        yield f"it needs {', '.join(lost)}, which no option gives"


def _laid(option: Option) -> Iterator[str]:
    if not option.folder.is_dir():
        yield f"its folder {option.folder} isn't there"
        return
    strange = [p.name for p in option.folder.iterdir() if p.name not in KNOWN and p.suffix != ".py"]
    if strange:
        known = ", ".join(sorted(KNOWN))
        yield f"its folder holds {', '.join(sorted(strange))}; known are {known} and modules of its own"
    files = option.folder / "files"
    for folder in sorted(files.iterdir()) if files.is_dir() else ():
        if folder.name not in ROLE_NAMES:
            yield f"files/{folder.name} is no role; there are {', '.join(ROLE_NAMES)}"
    for path in files.rglob("*.py"):
        yield f"{path.relative_to(option.folder)} ends in .py: generated Python is a template, .py.jinja"
    for path in sorted((option.folder / "joints").glob("*")):
        if path.name.removesuffix(".jinja") not in rendering.joints():
            yield f"joints/{path.name}: joints.toml tells of no such place"


def _packed(option: Option) -> Iterator[str]:
    if option.lock is not None:
        return  # an environment of its own is held to its own lock
    try:
        packages.lock([each.key for each in (*option.packages, *option.dev_packages)])
    except KeyError as error:
        yield cast(str, error.args[0])
