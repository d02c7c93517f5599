"""The user's wishes from a YAML file and the command line, which wins."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from agent_graph.errors import BadInput

KNOWN = (
    "statement",
    "data",
    "target",
    "task",
    "metric",
    "time_column",
    "group_column",
    "name",
    "budget",
    "options",
    "seed",
)
LARGEST_SPEC = 1 << 20  # bytes
KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "data": ((str, list), "a path or a list of paths"),
    "budget": ((str, int, float), "a time such as 20s, 5m or 1h"),
    "options": ((dict, list), "a mapping, or a list of key=value"),
    "seed": ((int,), "an integer"),
}
TEXT = ((str,), "a text (in quotes, if it looks like a number)")


def gather(spec: Path | None, **given: Any) -> dict[str, Any]:
    """Arguments for `runner.new`. BadInput names the wish that can't be used."""
    wishes = _read(spec) if spec else {}
    options = {**_options(wishes.pop("options", {})), **_options(given.pop("options") or [])}
    wishes |= {key: value for key, value in given.items() if value is not None}
    if not wishes.get("statement"):
        raise BadInput('no statement; say what you want to predict: agent-graph new "…" --data FILE')
    data = wishes.get("data") or []
    budget = wishes.pop("budget", None)
    wishes["data"] = [data] if isinstance(data, str) else [str(item) for item in data]
    return {**wishes, "options": options, **({"budget_s": seconds(str(budget))} if budget is not None else {})}


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.exists() and not path.is_file() and not path.is_dir():  # a device may never end
            raise BadInput(f"--spec {path} is a pipe or a device: give a file")
        with path.open("rb") as stream:
            written = stream.read(LARGEST_SPEC + 1)
        if len(written) > LARGEST_SPEC:
            raise BadInput(f"--spec {path} is larger than {LARGEST_SPEC:,} bytes: shorten it")
        document = yaml.safe_load(written.decode("utf-8"))
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise BadInput(f"--spec {path} is no YAML: it isn't written in UTF-8") from error
        raise BadInput(f"--spec {path} can't be read: {getattr(error, 'strerror', None) or error}: check it") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise BadInput(f"--spec {path} is no YAML: {' '.join(str(error).split())[:160]}: correct it") from error
    if not isinstance(document, dict):
        raise BadInput(f"--spec {path} must be a mapping with keys among {', '.join(KNOWN)}")
    unknown = sorted(set(map(str, document)) - set(KNOWN))
    if unknown:
        raise BadInput(f"--spec {path} has unknown keys: {', '.join(unknown)}; known are {', '.join(KNOWN)}")
    for key, value in document.items():
        _check(key, value, f"--spec {path}")
    return {key: value for key, value in document.items() if value is not None}


def _check(key: str, value: Any, where: str) -> None:
    """BadInput unless a value of the file is of its key's kind; an empty one counts as not given."""
    types, wanted = KINDS.get(key, TEXT)
    items = value if key == "data" and isinstance(value, list) else []
    if isinstance(value, bool) or not isinstance(value, (*types, type(None))):
        raise BadInput(f"{where}: {key} is {str(value)[:80]!r}, but must be {wanted}")
    if wrong := [item for item in items if not isinstance(item, str)]:
        raise BadInput(f"{where}: {key} holds {str(wrong[0])[:80]!r}, but must be {wanted}")


def _options(given: Any) -> dict[str, str]:
    if isinstance(given, dict):
        return {str(key): str(value) for key, value in given.items()}
    pairs = [str(item).partition("=") for item in given]
    for key, sign, _ in pairs:
        if not sign or not key:
            raise BadInput(f"--set {key!r} must be written as key=value")
    return {key: value for key, _, value in pairs}


def seconds(text: str) -> float:
    """`20s`, `5m`, `1.5h` or a bare number of seconds; BadInput else."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|m|h|)\s*", text)
    if not match or float(match[1]) <= 0:
        raise BadInput(f"--budget {text[:40]!r} is no time; write it like 20s, 5m or 1h")
    return float(match[1]) * {"s": 1, "": 1, "m": 60, "h": 3600}[match[2]]
