"""A pydantic model's JSON schema in the dialect that servers can enforce: OpenAI's strict one."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

MOST_PROPERTIES, MOST_DEPTH, MOST_ENUM = 5000, 10, 1000
_KEPT = {
    "type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "description", "pattern",
    "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems",
}  # fmt: skip
_DROPPED = {"title", "default", "examples", "discriminator", "uniqueItems", "minLength", "maxLength", "deprecated"}
_FORMATS = {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}


class SchemaNotStrict(TypeError):
    """The model has a field that the strict dialect can't express; the text names the path."""


def strict_schema(model: type[BaseModel]) -> dict[str, Any]:
    """JSON schema of `model`: every property required, no other ones, only keywords that servers enforce.

    What is left out (lengths, uniqueness) is still held by validation. SchemaNotStrict for free keys (dict), Any,
    tuples of fixed length, and sizes beyond OpenAI's limits.
    """
    return copy.deepcopy(_cached(model))


@lru_cache(maxsize=64)
def _cached(model: type[BaseModel]) -> dict[str, Any]:
    raw = model.model_json_schema()
    definitions = raw.get("$defs", {})
    root = definitions[_target(raw)] if "$ref" in raw else {key: raw[key] for key in raw if key != "$defs"}
    schema = _strict(root, definitions, model.__name__)
    if schema.get("type") != "object":
        raise SchemaNotStrict(f"{model.__name__}: the answer must be an object, not {schema.get('type', 'a union')}")
    if definitions:
        schema["$defs"] = {name: _strict(part, definitions, name) for name, part in definitions.items()}
    _within_limits(schema, model.__name__)
    return schema


def _strict(schema: Any, definitions: dict[str, Any], path: str) -> dict[str, Any]:
    if not isinstance(schema, dict) or not schema.keys() & {"type", "anyOf", "oneOf", "allOf", "enum", "const", "$ref"}:
        raise SchemaNotStrict(f"{path} may be anything: give it a type")
    if "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key not in {"$ref", *_DROPPED}}
        if not beside:
            return {"$ref": schema["$ref"]}
        return _strict({**definitions[_target(schema)], **beside}, definitions, path)  # a $ref must stand alone
    if "allOf" in schema:
        return _unwrapped(schema, definitions, path)
    if "const" in schema:
        schema = {**{key: value for key, value in schema.items() if key != "const"}, "enum": [schema["const"]]}
    if "oneOf" in schema:
        schema = {**{key: value for key, value in schema.items() if key != "oneOf"}, "anyOf": schema["oneOf"]}
    unknown = schema.keys() - _KEPT - _DROPPED
    if unknown:
        raise SchemaNotStrict(f"{path}: strict schemas know no {', '.join(sorted(unknown))}")
    return _parts({key: schema[key] for key in schema if key in _KEPT}, definitions, path)


def _unwrapped(schema: dict[str, Any], definitions: dict[str, Any], path: str) -> dict[str, Any]:
    if len(schema["allOf"]) != 1:
        raise SchemaNotStrict(f"{path}: strict schemas know no allOf")
    rest = {key: value for key, value in schema.items() if key != "allOf"}
    return _strict({**schema["allOf"][0], **rest}, definitions, path)


def _parts(kept: dict[str, Any], definitions: dict[str, Any], path: str) -> dict[str, Any]:
    if kept.get("format") not in _FORMATS:
        kept.pop("format", None)
    if "anyOf" in kept:
        kept["anyOf"] = [_strict(part, definitions, path) for part in kept["anyOf"]]
    if kept.get("type") == "array":
        if "items" not in kept:
            raise SchemaNotStrict(f"{path} holds items of any type: give them one")
        kept["items"] = _strict(kept["items"], definitions, f"{path}[]")
    if kept.get("type") == "object":
        if kept.get("additionalProperties") or "properties" not in kept:
            raise SchemaNotStrict(f"{path} has free keys: use a list of named values")
        properties = kept["properties"]
        kept["properties"] = {name: _strict(part, definitions, f"{path}.{name}") for name, part in properties.items()}
        kept["required"] = list(properties)
        kept["additionalProperties"] = False
    return kept


def _within_limits(schema: dict[str, Any], name: str) -> None:
    definitions = schema.get("$defs", {})
    every = list(_walk(schema, definitions, 0, ()))
    for found, most, what in (
        (sum(len(part.get("properties", ())) for part, _ in every), MOST_PROPERTIES, "properties"),
        (sum(len(part.get("enum", ())) for part, _ in every), MOST_ENUM, "enum values"),
        (max(depth for _, depth in every), MOST_DEPTH, "levels"),
    ):
        if found > most:
            raise SchemaNotStrict(f"{name} has {found} {what}; strict schemas may have {most}")


def _walk(schema: dict[str, Any], definitions: dict[str, Any], depth: int, seen: tuple[str, ...]) -> Any:
    """Every schema inside, with its depth of objects; a reference is followed once on each way down."""
    if "$ref" in schema:
        name = _target(schema)
        if name not in seen:
            yield from _walk(definitions[name], definitions, depth, (*seen, name))
        return
    depth += schema.get("type") == "object"
    yield schema, depth
    for part in (
        *schema.get("properties", {}).values(),
        *schema.get("anyOf", ()),
        *filter(None, [schema.get("items")]),
    ):
        yield from _walk(part, definitions, depth, seen)


def _target(schema: dict[str, Any]) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[-1]
