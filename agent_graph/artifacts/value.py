"""What every value on an edge is: frozen, closed, comparable, and known by its content."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, SerializerFunctionWrapHandler, model_serializer
from pydantic_core import CoreSchema


class Artifact(BaseModel):
    """A frozen value without room for unknown fields."""

    NAMED_BY: ClassVar[tuple[str, ...]] = ()  # fields that tell one from another in a list; () = its name, path, key …

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    def fingerprint(self) -> str:
        """SHA-256 of the value's JSON, in hexadecimal."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Grown(Artifact):
    """An artifact that got fields later: while one holds its default, it isn't written, so nothing older changes."""

    LATER: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _without_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = handler(self)
        fields = type(self).model_fields
        for name in self.LATER:
            if getattr(self, name) == fields[name].default:
                written.pop(name, None)
        return written

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Nobody is asked for these fields: they are facts, not decisions."""
        schema = handler(core)
        for name in cls.LATER:
            handler.resolve_ref_schema(schema).get("properties", {}).pop(name, None)
        return schema


class Setting(Artifact):
    """One named value; a list of them stands where a dict can't (strict JSON schemas know no free keys)."""

    key: str
    value: str


class Decision(Artifact):
    """A choice that a reader of the generated project may ask about, with its reason."""

    what: str
    choice: str
    why: str
