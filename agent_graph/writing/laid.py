"""Whether a folder of a wing is laid out as the writing floor reads it: options and kinds, ours and strangers'."""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

import yaml

from agent_graph.artifacts.checks import ROLE_NAMES
from agent_graph.writing import rendering

READ: dict[str, Callable[[str], object]] = {
    ".json": json.loads,
    ".toml": tomllib.loads,
    ".yaml": lambda text: list(yaml.safe_load_all(text)),
}


def faults(folder: Path, known: Collection[str]) -> Iterator[str]:
    """What is wrong with its files, in sentences; beside its modules it may hold what is `known`."""
    if not folder.is_dir():
        yield f"its folder {folder} isn't there"
        return
    strange = [p.name for p in folder.iterdir() if p.name not in known and p.suffix != ".py"]
    if strange:
        names = ", ".join(sorted(known))
        yield f"its folder holds {', '.join(sorted(strange))}; known are {names} and modules of its own"
    files = folder / "files"
    for inner in sorted(files.iterdir()) if files.is_dir() else ():
        if inner.name not in ROLE_NAMES:
            yield f"files/{inner.name} is no role; there are {', '.join(ROLE_NAMES)}"
    for path in files.rglob("*.py"):
        yield f"{path.relative_to(folder)} ends in .py: generated Python is a template, .py.jinja"
    for path in sorted((folder / "joints").glob("*")):
        if path.name.removesuffix(rendering.SUFFIX) not in rendering.joints():
            yield f"joints/{path.name}: joints.toml tells of no such place"


def parsed(files: Mapping[str, str]) -> Mapping[str, str]:
    """The same files, each of which can be parsed; ValueError names one that can't."""
    for path, text in files.items():
        try:
            if path.endswith(".py"):
                ast.parse(text)
            elif Path(path).suffix in READ and "{{" not in text:  # else a template that another tool fills
                READ[Path(path).suffix](text)
        except (SyntaxError, ValueError, yaml.YAMLError) as error:
            raise ValueError(f"{path}: {error}") from error
    return files
