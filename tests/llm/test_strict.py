"""Every design can be asked for in OpenAI's strict dialect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from jsonschema import Draft202012Validator
from openai.lib._pydantic import to_strict_json_schema
from pydantic import BaseModel, Field

from agent_graph.artifacts import ROLE_NAMES, Artifact
from agent_graph.llm import Request, SchemaNotStrict, strict_schema
from agent_graph.role import Role
from agent_graph.roles import ROLES
from tests.llm.conftest import OpenDoor
from tests.llm.server import Exchange, ModelServer, says

KNOWN = {
    "type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "description", "pattern",
    "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems",
    "$ref", "$defs",
}  # fmt: skip
DESIGNS = [role.returns for role in ROLES]


def parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every schema inside a schema."""
    yield schema
    inside = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values(), *schema.get("anyOf", [])]
    for part in inside + [schema[name] for name in ("items",) if name in schema]:
        yield from parts(part)


def test_there_are_six_designs_to_hold() -> None:
    assert len({design.__name__ for design in DESIGNS}) == len(ROLE_NAMES)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.__name__)
def test_a_design_is_valid_in_the_strict_dialect(design: type[Artifact]) -> None:
    schema = strict_schema(design)
    Draft202012Validator.check_schema(schema)
    for part in parts(schema):
        assert part.keys() <= KNOWN, part
        assert "$ref" not in part or part.keys() == {"$ref"}
        assert part.keys() & {"type", "anyOf", "$ref", "enum"}, part
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])
    assert schema["type"] == "object"
    assert schema["required"] == list(design.model_fields)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.__name__)
def test_openais_own_translation_of_a_design_asks_for_the_same_fields(design: type[Artifact]) -> None:
    theirs, ours = to_strict_json_schema(design), strict_schema(design)
    assert {name: part["required"] for name, part in theirs["$defs"].items() if "required" in part} == {
        name: part["required"] for name, part in ours["$defs"].items() if "required" in part
    }


def example(schema: dict[str, Any], defined: dict[str, Any]) -> Any:
    """A value that keeps to a schema, as a server that enforces it would make one."""
    if "$ref" in schema:
        return example(defined[schema["$ref"].rsplit("/", 1)[-1]], defined)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], defined)
    if schema["type"] == "object":
        return {name: example(part, defined) for name, part in schema["properties"].items()}
    if schema["type"] == "array":
        return [example(schema["items"], defined)]
    return {"string": "text", "integer": 1, "number": 0.5, "boolean": True}[schema["type"]]


def fills(exchange: Exchange) -> None:
    """Answer with whatever the schema asks for."""
    schema = exchange.body["response_format"]["json_schema"]["schema"]
    says(example(schema, schema.get("$defs", {})))(exchange)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_server_that_keeps_to_the_schema_answers_with_the_roles_design(
    server: ModelServer, open_door: OpenDoor, role: Role
) -> None:
    server.script = [fills]
    answer = open_door().ask(Request(role.name, "design 1", "You design.", "Design.", role.returns))
    assert isinstance(answer.value, role.returns)
    assert answer.incidents == ()


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str = Field(min_length=1, description="as called")


class Everything(BaseModel):
    """All that can be said."""

    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    friend: Cat = Field(description="the other one")
    colour: Colour
    many: list[Dog] = []
    word: str | None = None
    title: str = "a field called title"
    share: float = Field(ge=0, le=1)


class Tree(BaseModel):
    name: str
    below: list[Tree]


def test_what_the_dialect_lacks_is_said_otherwise() -> None:
    schema = strict_schema(Everything)
    text = json.dumps(schema)
    for word in ('"default"', '"oneOf"', '"discriminator"', '"const"', '"minLength"', '"allOf"'):
        assert word not in text
    assert "title" in schema["properties"]
    assert schema["properties"]["share"] == {"maximum": 1, "minimum": 0, "type": "number"}
    assert schema["$defs"]["Cat"]["properties"]["kind"] == {"enum": ["cat"], "type": "string"}
    assert schema["properties"]["friend"]["properties"].keys() == {"kind", "lives"}, (
        "a $ref stands alone or is written out"
    )
    assert schema["properties"]["friend"]["description"] == "the other one"
    good = {
        "pet": {"kind": "dog", "name": "Rex"}, "friend": {"kind": "cat", "lives": 7}, "colour": "red",
        "many": [], "word": None, "title": "x", "share": 0.5,
    }  # fmt: skip
    Draft202012Validator(schema).validate(good)
    Everything.model_validate(good)


def test_a_design_that_holds_itself_is_fine() -> None:
    Draft202012Validator(strict_schema(Tree)).validate({"name": "a", "below": [{"name": "b", "below": []}]})


def test_a_schema_may_be_changed_by_who_got_it() -> None:
    strict_schema(Tree).clear()
    assert strict_schema(Tree)["type"] == "object"


class FreeKeys(BaseModel):
    table: dict[str, int]


class Untyped(BaseModel):
    table: list[FreeKeys]
    anything: Any


class Pair(BaseModel):
    pair: tuple[int, str]


class Bare(BaseModel):
    things: list  # type: ignore[type-arg]


class Wide(BaseModel):
    word: Literal[tuple(f"w{i}" for i in range(1001))]  # type: ignore[valid-type]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (FreeKeys, "FreeKeys.table has free keys"),
        (Untyped, "Untyped.anything may be anything"),
        (Pair, "Pair.pair"),
        (Bare, r"Bare.things(\[\])? (may be|holds items of) any"),
        (Wide, "1001 enum values"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_path(model: type[BaseModel], words: str) -> None:
    with pytest.raises(SchemaNotStrict, match=words):
        strict_schema(model)
