"""What a request must look like: a JSON object with `rows`, whose fields are the raw columns of config/data.yaml."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, create_model
from starlette.requests import Request

from telco_churn.config import load
from telco_churn.data.casts import MEANT, cast
from telco_churn.data.landing import main_source

SHOWN_FAULTS = 20
JSON_TYPES: dict[str, Any] = {"int": int, "float": float, "bool": bool, "string": str, "datetime": str}
Record = dict[str, Any]
Content = dict[str, Any]  # of an answer, ready for JSON


class RefusedError(Exception):
    """A request that isn't answered: HTTP status, reason (a metric's label), message, the faulty fields."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        fields: tuple[dict[str, Any], ...] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.fields = fields
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Refusal:
    """What a caller gets who isn't answered."""

    status: int
    headers: dict[str, str]
    content: Content


def refusal(refused: RefusedError) -> Refusal:
    """Status, headers and JSON of a refusal: why, and when to come back."""
    headers = {} if refused.retry_after_s is None else {"Retry-After": str(refused.retry_after_s)}
    if refused.status == 408:
        headers["Connection"] = "close"  # nobody waits for the rest of that body
    content: Content = {"error": refused.reason, "message": refused.message}
    if refused.fields:
        content["fields"] = list(refused.fields)
    return Refusal(refused.status, headers, content)


class RowReader:
    """Turns a request's body into records with raw column names; refuses it with the field that is wrong."""

    def __init__(self, max_rows: int) -> None:
        self._max_rows = max_rows
        self.fields = tuple(column["name"] for column in request_columns())
        row = row_model()
        self._names = [(name, field.alias or name) for name, field in row.model_fields.items()]
        rows = Annotated[list[row], Field(min_length=1, max_length=max_rows)]  # type: ignore[valid-type]
        self.model: type[BaseModel] = create_model("PredictRequest", __config__=ConfigDict(extra="forbid"), rows=rows)

    def read(self, body: bytes) -> list[Record]:
        """The rows of the body as records; every known column is a key, absent optional ones are None."""
        try:
            request: Any = self.model.model_validate_json(body)
        except ValidationError as error:
            raise self._refusal(error) from None
        return [{column: getattr(row, name) for name, column in self._names} for row in request.rows]

    def _refusal(self, error: ValidationError) -> RefusedError:
        """The answer for a body that doesn't validate; never repeats a value of the caller's."""
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        kinds = {fault["type"] for fault in faults}
        if "json_invalid" in kinds:
            return RefusedError(400, "malformed_json", "the body is no JSON")
        if any(fault["type"] == "too_long" and fault["loc"] == ("rows",) for fault in faults):
            return RefusedError(413, "too_many_rows", f"at most {self._max_rows} rows a request; send several requests")
        fields = tuple(_fault(fault) for fault in faults[:SHOWN_FAULTS])
        first = fields[0]
        where = f"row {first['row']}, field {first['field']}" if first["row"] is not None else first["field"]
        return RefusedError(422, "invalid_field", f"{where}: {first['problem']}", fields)


def _fault(fault: Any) -> dict[str, Any]:
    location = fault["loc"]
    row = next((part for part in location if isinstance(part, int)), None)
    names = [part for part in location if isinstance(part, str) and part != "rows"]
    return {"row": row, "field": names[0] if names else "rows", "problem": fault["msg"].removeprefix("Value error, ")}


async def read_body(request: Request, max_bytes: int, within_s: float) -> bytes:
    """The body of a JSON request, never more than `max_bytes` of it in memory; refused with 408, 413 or 415."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise RefusedError(415, "media_type", "send Content-Type: application/json")
    declared = request.headers.get("content-length", "0")
    too_large = RefusedError(413, "body_too_large", f"the body may have {max_bytes:,} bytes; send fewer rows a request")
    if declared.isdigit() and int(declared) > max_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    raise too_large
    except TimeoutError:  # a slow caller holds one of the few places
        raise RefusedError(408, "slow_body", f"the body wasn't here within {within_s:g} s") from None
    return bytes(body)


def request_columns() -> list[dict[str, Any]]:
    """Columns that a caller sends, as config/data.yaml describes them."""
    columns: list[dict[str, Any]] = load("data")["columns"]
    return columns


def row_model() -> type[BaseModel]:
    """A model of one row: a field for each column, known to callers by the raw column's name."""
    fields: dict[str, Any] = {f"column_{i}": _field(column) for i, column in enumerate(request_columns())}
    return create_model("Row", __config__=ConfigDict(extra="forbid"), **fields)


def _field(column: dict[str, Any]) -> tuple[Any, Any]:
    """The type of one column and whether it must be there."""
    kind = JSON_TYPES[column["dtype"]]
    shown = kind | None if column["nullable"] else kind
    checked = Annotated[Any, PlainValidator(value_check(column), json_schema_input_type=shown)]
    return checked, Field(default=... if column["required"] else None, alias=column["name"])


def value_check(column: dict[str, Any]) -> Callable[[Any], Any]:
    """A function that casts one JSON value as the file reader would; its ValueError says what the value must be."""
    tokens = main_source()["dialect"]["null_tokens"]
    low, high = column.get("minimum"), column.get("maximum")
    low, high = -math.inf if low is None else low, math.inf if high is None else high

    def check(value: Any) -> Any:
        if isinstance(value, (list, dict)):
            raise ValueError("must be a single value")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("must be finite; a missing value is null")
        try:
            typed = cast(value, column, tokens)
        except (ValueError, OverflowError):
            raise ValueError(f"must be a {MEANT[column['dtype']]}") from None
        if typed is None and not column["nullable"]:
            raise ValueError("must not be missing")
        if isinstance(typed, float) and not low <= typed <= high:
            raise ValueError(f"must lie between {low:g} and {high:g}")
        return typed

    return check
