"""Pieces of answers for any problem: what a model puts into a design, with something wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from agent_graph.artifacts import Artifact, changes_of

MADE_UP = "made_up"
Answer = tuple[dict[str, Any] | str, str]  # what the model says, and what the refusal must say


@dataclass(frozen=True)
class Ground:
    """The problem that faults are made for."""

    design: Any  # the playbook's
    number: str  # a column of numbers, not missing
    text: str  # a column of texts
    target: str
    path: str  # of a Python file that the project has
    source: str  # its text

    def answer(self, **fields: Any) -> dict[str, Any]:
        """What the model changes."""
        return {**dict.fromkeys(changes_of(type(self.design)).model_fields), **fields}


Faulty = Callable[[Ground], Iterator[Answer]]


def put(*things: Artifact | dict[str, Any]) -> dict[str, Any]:
    """Things put into a list."""
    return {"remove": [], "put": [each if isinstance(each, dict) else each.model_dump(mode="json") for each in things]}


def slot(body: str, *inputs: str, name: str = "made", top: str = "") -> dict[str, Any]:
    """A function of columns whose body is that."""
    parameters = ", ".join(f"c{i}" for i in range(len(inputs)))
    source = f"{top}def {name}({parameters}):\n    {body}\n"
    return {"name": name, "inputs": list(inputs), "source": source, "why": "it helps"}


def custom_rule(body: str, *inputs: str, **words: str) -> dict[str, Any]:
    """The same as a quality rule."""
    return {**slot(body, *inputs, **words), "most": 0.01, "severity": "warning"}


def further_tests(source: str, name: str = "more") -> dict[str, Any]:
    """A further module of tests."""
    return {"name": name, "source": source, "why": "more is better"}


def feature(*columns: str, name: str = "made", transform: str = "number") -> dict[str, Any]:
    """A feature of these columns."""
    return {"name": name, "transform": transform, "columns": list(columns), "parameters": [], "why": "it helps"}


def edit(g: Ground, path: str = "", above: str = "", source: str = "") -> dict[str, Any]:
    """A file of the project with lines above it, or anew, or another file."""
    return {"path": path or g.path, "source": source or above + g.source, "why": "better"}


def in_slots(field: str, make: Callable[..., dict[str, Any]], *bodies: tuple[str, str, str]) -> Faulty:
    """The faulty bodies (imports above, body, words) in functions of one field."""

    def faulty(g: Ground) -> Iterator[Answer]:
        for top, body, words in bodies:
            yield g.answer(**{field: put(make(body, g.number, top=top))}), words

    return faulty


def in_code(*bodies: tuple[str, str, str]) -> dict[str, Faulty]:
    """The faulty bodies in the functions of both roles that write them."""
    return {
        "data_engineer": in_slots("custom_rules", custom_rule, *bodies),
        "data_scientist": _one_after_another(
            *(in_slots(field, slot, *bodies) for field in ("derived", "custom_slices"))
        ),
    }


def _one_after_another(*parts: Faulty) -> Faulty:
    return lambda g: (answer for part in parts for answer in part(g))
