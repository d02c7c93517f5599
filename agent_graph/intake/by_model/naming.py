"""The shape of a model's reading, with the kinds of problem and the metrics that there are as its only names."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

from pydantic import create_model

from agent_graph import register
from agent_graph.artifacts import ModelReading
from agent_graph.artifacts.model_reading import Other


def schema() -> type[ModelReading]:
    """What a model is asked for."""
    return _of(tuple(register.kinds()), tuple(register.metrics()))


@lru_cache(maxsize=4)
def _of(kinds: tuple[str, ...], metrics: tuple[str, ...]) -> type[ModelReading]:
    task: Any = Literal[kinds]
    metric: Any = Literal[metrics]
    other = create_model("Other", __base__=Other, __doc__=Other.__doc__, task=(task, ...))
    return create_model(
        "ModelReading",
        __base__=ModelReading,
        __doc__=ModelReading.__doc__,
        task=(task, ...),
        others=(tuple[other, ...], ModelReading.model_fields["others"]),  # type: ignore[valid-type]
        metric=(metric | None, ...),
    )
