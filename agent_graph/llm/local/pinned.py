"""The reader of this version: what it is called, where it lies, and the list of its parts."""

from __future__ import annotations

import importlib.util
import tomllib
from functools import cache
from pathlib import Path

from agent_graph.artifacts import Artifact
from agent_graph.settings import settings

ENGINE_MODULE = "xllamacpp"
ENGINE_EXTRA = "agent-graph[local]"


class Engine(Artifact):
    """llama.cpp as a package; `wheels` are the SHA-256 of its wheels, one a platform."""

    package: str
    licence: str
    bytes: int
    wheels: tuple[str, ...]


class Part(Artifact):
    """One package of the registry that holds a part: SHA-256 of its wheel, path in it, size and SHA-256 of the part."""

    package: str
    wheel: str
    file: str
    bytes: int
    sha256: str


class Pinned(Artifact):
    """A model's file, its size and SHA-256, and the parts that it is joined from, in order."""

    name: str
    licence: str
    file: str
    bytes: int
    sha256: str
    engine: Engine
    parts: tuple[Part, ...]


@cache
def pinned() -> Pinned:
    """The list that was committed with this version."""
    return Pinned.model_validate(tomllib.loads(Path(__file__).with_name("parts.toml").read_text("utf-8")))


def models_dir() -> Path:
    """Where fetched models lie: they may be thrown away and fetched again."""
    return settings().cache_dir / "models"


def reader_path() -> Path:
    """Where the fetched reader lies, or would."""
    return models_dir() / pinned().file


def is_fetched() -> bool:
    """Whether the reader's file is whole; its bytes were verified when it was put there."""
    path = reader_path()
    return path.is_file() and path.stat().st_size == pinned().bytes


def has_engine() -> bool:
    """Whether llama.cpp can be loaded. Imports nothing."""
    return importlib.util.find_spec(ENGINE_MODULE) is not None


def size(count: int) -> str:
    """A number of bytes for a person: "1.1 GB"."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
