"""The user's words as a specification, or one line on what can't be used."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent_graph import register
from agent_graph.artifacts import Setting, Specification
from agent_graph.errors import BadInput

MAX_STATEMENT = 20_000
LONGEST_NAME = 60
LONGEST_SHOWN = 200  # signs of a path in a message


def specify(
    statement: str, data: tuple[str, ...], *, options: Mapping[str, str], name: str | None, **wishes: Any
) -> Specification:
    """The user's words as a specification. BadInput names what can't be used."""
    if not statement.strip():
        raise BadInput("the statement is empty; say in a sentence what you want to predict, and for what")
    if not data:
        raise BadInput("no data; name a file, a folder or a glob with --data")
    for path in data:
        _there(path)
    said("statement", statement)
    for what, text in {"name": name, **dict(zip(data, data, strict=True)), **options, **wishes}.items():
        _written(what, text)
    _known(options)
    _there_is(wishes)
    try:
        return Specification(
            name=default_name(data) if name is None else _chosen(name),
            statement=" ".join(statement.split()),
            data=tuple(str(Path(path).expanduser().absolute()) for path in data),
            options=tuple(Setting(key=key, value=value) for key, value in sorted(options.items())),
            **wishes,
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = str(first["loc"][0]).replace("_s", "") if first["loc"] else "specification"
        raise BadInput(f"{where}: {first['msg']} (given: {first['input']!r})") from error


def said(what: str, text: str) -> None:
    """BadInput when a person's words (a statement, a note) can't be used as text."""
    if len(text) > MAX_STATEMENT:
        raise BadInput(f"the {what} has {len(text):,} characters; {MAX_STATEMENT:,} are the limit, so shorten it")
    if unsafe := "".join(sorted({c for c in text if ord(c) < 32 and c not in "\n\r\t"})):
        raise BadInput(f"the {what} has control characters ({unsafe!r}); remove them")
    _written(what, text)


def _written(what: str, text: object) -> None:
    """Turn away a text of half signs, which the terminal makes of bytes that are no UTF-8: no file could hold it."""
    if isinstance(text, str) and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise BadInput(f"{what!r} holds bytes that are no UTF-8 ({text[:80]!r}); write or name it in UTF-8")


def _there(path: str) -> None:
    """Turn away a path that leads nowhere."""
    place = os.path.abspath(os.path.expanduser(path))
    shown = place if len(place) <= LONGEST_SHOWN else f"{place[:LONGEST_SHOWN]}…"
    if os.path.exists(place):
        return
    if not any(sign in path for sign in "*?["):
        raise BadInput(f"no such file: {shown}; check the path")
    if not glob.glob(place):
        raise BadInput(f"no file matches {shown}; check the pattern")


def default_name(data: tuple[str, ...]) -> str:
    """What a project on these data is called where nobody says. BadInput when they give no name."""
    return project_name(_stem(data[0]))


def _stem(path: str) -> str:
    """What a project is named after: the file or folder, for a pattern without letters the folder it is in."""
    name = Path(path).name
    return name if re.search(r"[A-Za-z0-9]", name.split(".")[0]) else Path(path).absolute().parent.name


def _known(options: Mapping[str, str]) -> None:
    """Turn away an option that there isn't."""
    if not options:
        return
    from agent_graph.intake import framing  # a second to import, and most calls set no option

    known = {choice: register.named(choice) for choice in register.choices()}
    for key, value in options.items():
        if key not in known and key not in framing.OPTIONS:
            names = ", ".join((*known, *framing.OPTIONS))
            raise BadInput(f"--set {key}={value}: there is no option {key!r}; known are {names}")
        if key in known and value not in known[key]:
            raise BadInput(f"--set {key}={value}: {key} may be {' or '.join(known[key])}; {value!r} isn't built")


def _there_is(wishes: Mapping[str, Any]) -> None:
    """Turn away a kind of problem or a metric that there isn't."""
    for what, known in (("task", register.kinds()), ("metric", register.metrics())):
        said = wishes.get(what)
        if said is not None and said not in known:
            raise BadInput(f"{what} {said!r} is unknown; there are {', '.join(known)}")


def _chosen(name: str) -> str:
    """A name that a person gave. It may be written in any letters, but is no path and isn't cut."""
    if len(name) > LONGEST_NAME or name.startswith(".") or re.search(r"[/\\\0]", name):
        raise BadInput(
            f"--name {name[:80]!r} can't be a folder's name; use small letters, digits and hyphens, "
            f"{LONGEST_NAME} at most"
        )
    return project_name(name)


def project_name(text: str) -> str:
    """A folder name in `[a-z0-9-]`; BadInput when nothing is left of the text."""
    name = (
        re.sub(r"[^a-z0-9]+", "-", re.sub(r"(\.(csv|tsv|txt|parquet|jsonl|json|gz))+$", "", text.lower()))
        .strip("-")[:LONGEST_NAME]
        .strip("-")
    )
    if not name:
        raise BadInput(f"{text!r} gives no project name; choose one with --name")
    return name
