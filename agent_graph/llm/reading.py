"""From what a model wrote to a value of the right shape, or to what is wrong with it in words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from agent_graph.llm.account import BadAnswer
from agent_graph.llm.wire import MOST_CHARACTERS, Reply

T = TypeVar("T", bound=BaseModel)
MOST_STARTS = 50  # braces at which an object is looked for
MOST_DEPTH = 64  # levels of one answer; the deepest design has some ten
MOST_ERRORS = 12
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_MARKS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[{}]', re.DOTALL)
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd\ufffe\uffff\ud800-\udfff]")
_VALUE_ERRORS = (
    "greater_than",
    "less_than",
    "multiple_of",
    "string_too",
    "string_pattern",
    "too_",
    "value_error",
    "finite",
)


@dataclass(frozen=True)
class Good(Generic[T]):
    """A value of the right shape; `trimmed` when there was more than the object around it."""

    value: T
    trimmed: bool


@dataclass(frozen=True)
class Bad:
    """What is wrong with an answer. `shaped`: whether the server kept to the schema all the same; None: no telling."""

    kind: BadAnswer
    words: str
    shaped: bool | None = None


def read(reply: Reply, schema: type[T]) -> Good[T] | Bad:
    """The value that a reply holds, or what is wrong with it."""
    text = _THOUGHT.sub("", reply.text).strip()
    if reply.finish == "refusal":
        return Bad("refused", _excerpt(text) or "without a reason")
    if reply.finish == "length":
        return Bad("cut_off", "the answer ended at the output limit")
    if not text:
        return Bad("empty", "no text at all", shaped=False)
    if len(text) > MOST_CHARACTERS:
        return Bad("too_long", f"{len(text)} characters")
    return _read_text(text, schema)


def _read_text(text: str, schema: type[T]) -> Good[T] | Bad:
    found = list(_objects(text))
    if not found and _NO_TEXT.search(text):
        return Bad("garbled", _no_text(text))
    failures: list[tuple[int, Bad]] = []
    for loaded, whole in found:
        if loaded is None:
            failures.append((0, Bad("garbled", f"an object nested more than {MOST_DEPTH} levels deep")))
            continue
        if any(isinstance(leaf, str) and _NO_TEXT.search(leaf) for leaf in _leaves(loaded)):
            failures.append((0, Bad("garbled", _no_text("".join(map(str, _leaves(loaded)))), None)))
            continue
        try:
            value = schema.model_validate_json(json.dumps(loaded))
        except ValidationError as error:
            failures.append((error.error_count(), _failure(error)))
            continue
        return _infinite(value) or Good(value, trimmed=not whole)
    if _unclosed(text):  # what is whole inside of it is no answer, and its faults would mislead
        return Bad("cut_off", f"the object isn't closed; it ends: {_excerpt(text[-80:])}")
    if not failures:
        return Bad("prose", f"it reads: {_excerpt(text)}", shaped=False)
    return min(failures, key=lambda failure: failure[0])[1]


def _objects(text: str) -> Iterator[tuple[dict[str, Any] | None, bool]]:
    """Every balanced JSON object in a text, outermost ones only, with whether it is all there is.

    None stands for one nested too deeply to be looked at: everything after this recurses.
    """
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    start, starts = text.find("{"), 0
    while start >= 0 and starts < MOST_STARTS:
        starts += 1
        try:
            loaded, end = decoder.raw_decode(text, start)
        except ValueError:
            end = start + 1
        except RecursionError:  # what is whole inside of it is no answer
            yield None, False
            return
        else:
            yield (loaded if _is_shallow(loaded) else None), start == 0 and end == len(text)
        start = text.find("{", end)


def _is_shallow(value: Any) -> bool:
    """Whether a value of JSON has at most MOST_DEPTH levels; found level by level, without recursion."""
    level = [value]
    for _ in range(MOST_DEPTH):
        holders = [one for one in level if isinstance(one, dict | list)]
        level = [part for one in holders for part in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return True
    return False


def _unclosed(text: str) -> bool:
    """Whether the text ends inside of an object, braces in strings not counted."""
    marks = _MARKS.findall(text, max(0, text.find("{")))
    return marks.count("{") > marks.count("}")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _failure(error: ValidationError) -> Bad:
    """The errors of a shape, one a line, by the path of the field."""
    errors = error.errors(include_url=False, include_context=False)
    lines = [
        f"- {'.'.join(map(str, one['loc'])) or 'the object'}: {one['msg']}"
        + ("" if one["type"] == "missing" else f" (it is {_excerpt(repr(one['input']), 80)})")
        for one in errors[:MOST_ERRORS]
    ]
    if len(errors) > MOST_ERRORS:
        lines.append(f"- and {len(errors) - MOST_ERRORS} more of this kind")
    shaped = all(one["type"].startswith(_VALUE_ERRORS) for one in errors)
    return Bad("wrong_shape", "\n".join(lines), shaped)


def _infinite(value: BaseModel) -> Bad | None:
    """Numbers that are none: pydantic reads "NaN" and "Infinity" where a number is due."""
    for number in _leaves(value.model_dump(mode="python")):
        if isinstance(number, float) and not math.isfinite(number):
            return Bad("wrong_shape", f"- {number} stands where a finite number must", shaped=True)
    return None


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _leaves(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _leaves(part)
    else:
        yield value


def _no_text(text: str) -> str:
    found = _NO_TEXT.search(text)
    return f"characters that are no text: {f'U+{ord(found.group()):04X}' if found else 'bytes that are no UTF-8'}"


def no_design(text: str, most: int) -> str:
    """An excerpt of an answer that is no design, its thoughts left out."""
    return _excerpt(_THOUGHT.sub("", text)[: 4 * most], most)


def _excerpt(text: str, most: int = 160) -> str:
    """The beginning of a text on one line, at most so many characters, without any that can't be seen."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"
