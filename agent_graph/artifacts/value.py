"""What every value on an edge is: frozen, closed, comparable, and known by its content."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Artifact(BaseModel):
    """A frozen value without room for unknown fields."""

    NAMED_BY: ClassVar[tuple[str, ...]] = ()  # fields that tell one from another in a list; () = its name, path, key …

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    def fingerprint(self) -> str:
        """SHA-256 of the value's JSON, in hexadecimal."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Setting(Artifact):
    """One named value; a list of them stands where a dict can't (strict JSON schemas know no free keys)."""

    key: str
    value: str


class Decision(Artifact):
    """A choice that a reader of the generated project may ask about, with its reason."""

    what: str
    choice: str
    why: str
