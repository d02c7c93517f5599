"""The user's words as a specification, or one line on what can't be used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent_graph import rendering
from agent_graph.artifacts import Setting, Specification
from agent_graph.errors import BadInput

MAX_STATEMENT = 20_000


def specify(
    statement: str, data: tuple[str, ...], *, options: Mapping[str, str], name: str | None, **wishes: Any
) -> Specification:
    """The user's words as a specification. BadInput names what can't be used."""
    if not statement.strip():
        raise BadInput("the statement is empty; say in a sentence what you want to predict, and for what")
    if len(statement) > MAX_STATEMENT:
        raise BadInput(
            f"the statement has {len(statement):,} characters; {MAX_STATEMENT:,} are the limit, so shorten it"
        )
    if not data:
        raise BadInput("no data; name a file, a folder or a glob with --data")
    for path in data:
        if not any(c in path for c in "*?[") and not Path(path).expanduser().exists():
            raise BadInput(f"no such file: {Path(path).expanduser().absolute()}; check the path")
    unsafe = "".join(sorted({c for c in statement if ord(c) < 32 and c not in "\n\r\t"}))
    if unsafe:
        raise BadInput(f"the statement has control characters ({unsafe!r}); remove them")
    _known(options)
    try:
        return Specification(
            name=project_name(name or Path(data[0]).name),
            statement=" ".join(statement.split()),
            data=tuple(str(Path(path).expanduser().absolute()) for path in data),
            options=tuple(Setting(key=key, value=value) for key, value in sorted(options.items())),
            **wishes,
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = str(first["loc"][0]).replace("_s", "") if first["loc"] else "specification"
        raise BadInput(f"{where}: {first['msg']} (given: {first['input']!r})") from error


def _known(options: Mapping[str, str]) -> None:
    """Turn away an option that there isn't."""
    if not options:
        return
    from agent_graph import framing  # a second to import, and most calls set no option

    known = rendering.options()
    for key, value in options.items():
        if key not in known and key not in framing.OPTIONS:
            names = ", ".join((*known, *framing.OPTIONS))
            raise BadInput(f"--set {key}={value}: there is no option {key!r}; known are {names}")
        if key in known and value not in known[key]:
            raise BadInput(f"--set {key}={value}: {key} may be {' or '.join(known[key])}; {value!r} isn't built")


def project_name(text: str) -> str:
    """A folder name in `[a-z0-9-]`; BadInput when nothing is left of the text."""
    name = (
        re.sub(r"[^a-z0-9]+", "-", re.sub(r"(\.(csv|tsv|txt|parquet|jsonl|json|gz))+$", "", text.lower()))
        .strip("-")[:60]
        .strip("-")
    )
    if not name:
        raise BadInput(f"{text!r} gives no project name; choose one with --name")
    return name
