"""What tokens cost, where that is known: a data file of ours, and the user's own before it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from agent_graph.artifacts import Artifact
from agent_graph.errors import BadInput
from agent_graph.llm.spec import ModelSpec

_OURS = Path(__file__).with_name("prices.toml")
_DATED = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8})$")


class Price(Artifact):
    """USD per 1,000,000 tokens; cached ones are prompt tokens that the provider had read before."""

    prompt: float = Field(ge=0, allow_inf_nan=False)
    cached: float = Field(ge=0, allow_inf_nan=False)
    completion: float = Field(ge=0, allow_inf_nan=False)
    cache_write: float | None = Field(default=None, ge=0, allow_inf_nan=False)  # None: costs what `prompt` costs

    def usd(self, prompt: int, completion: int, cached: int = 0, written: int = 0) -> float:
        """What so many tokens cost; `cached` and `written`, the prefix cache's, are part of `prompt`."""
        fresh = max(0, prompt - cached - written)
        write = self.prompt if self.cache_write is None else self.cache_write
        return (fresh * self.prompt + cached * self.cached + written * write + completion * self.completion) / 1e6

    def worst(self, prompt: int, completion: int) -> float:
        """The most that so many tokens can cost."""
        dearest = max(self.prompt, self.cached, self.cache_write or 0.0)
        return (prompt * dearest + completion * self.completion) / 1e6


FREE = Price(prompt=0.0, cached=0.0, completion=0.0)


@dataclass(frozen=True)
class Prices:
    """Prices by the words that name a model."""

    by_model: dict[str, Price]
    as_of: str

    def of(self, spec: ModelSpec) -> Price | None:
        """The model's price, a dated version's by its name without the date; None when unknown. Our machine is free."""
        if spec.provider == "local":
            return FREE
        return self.by_model.get(str(spec)) or self.by_model.get(_DATED.sub("", str(spec)))


def load_prices(override: Path | None = None) -> Prices:
    """Our prices, with those of the user's file before them. BadInput when that file can't be used."""
    ours = _read(_OURS)
    if override is None:
        return Prices(_prices(ours, _OURS), str(ours["as_of"]))
    theirs = _read(override)
    return Prices({**_prices(ours, _OURS), **_prices(theirs, override)}, str(theirs.get("as_of", ours["as_of"])))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"the prices file {path} can't be read: {error}") from error


def _prices(loaded: dict[str, Any], path: Path) -> dict[str, Price]:
    models = loaded.get("models")
    if not isinstance(models, dict):
        raise BadInput(f'the prices file {path} has no [models] with lines like "openai:NAME" = {{ prompt = 1.0, … }}')
    try:
        return {name: Price.model_validate(price) for name, price in models.items()}
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise BadInput(f"the prices file {path}: {where}: {error.errors()[0]['msg']}") from None
