"""A source as text, name and path: short, plain, and hiding nothing."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence

from agent_graph.artifacts import Artifact
from agent_graph.errors import AgentGraphError, DesignRejected
from agent_graph.role import Inputs
from agent_graph.writing import code, formatting

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
MOST_NAME = 50
MOST_LINES = {"function": 60, "tests": 300, "file": 800}
MOST_WIDTH = 200  # characters a line, on average
MARKS = re.compile(r"\{\{-?\s|\s-?\}\}|\{%[-+ ]|\s[-+]?%\}|\{#|\b(?:TODO|FIXME|XXX|HACK)\b")
SILENCED = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no cover|fmt:\s*(off|skip)|ruff:\s*noqa|mypy:)", re.I)
COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)")
QUOTED = "\0"  # where a text of the data stood
GIVEN = frozenset({"np", "Any", "Callable", "FUNCTIONS"})  # names of the module that the functions are put into
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def named(where: str, name: str) -> None:
    """Hold a name to snake_case without another meaning."""
    if not NAME.fullmatch(name) or len(name) > MOST_NAME:
        raise DesignRejected(f"{where}: the name must be snake_case of at most {MOST_NAME} characters")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name) or name in GIVEN:
        raise DesignRejected(f"{where}: the name has a meaning in Python or in this module; choose another")


def parsed(where: str, source: str, kind: str, former: str = "") -> ast.Module:
    """The tree of a source that is short, plain text, and hides nothing."""
    source = code.normal(source)
    lines = source.split("\n")
    most = max(MOST_LINES[kind], 2 * former.count("\n"))
    if len(lines) > most or len(source) > most * MOST_WIDTH:
        raise DesignRejected(f"{where}: {len(lines)} lines; at most {most} are taken")
    _plain_text(where, lines, frozenset(former.split("\n")))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
            ast.unparse(tree)  # as deep as rendering will go
    except SyntaxError as error:
        raise DesignRejected(f"{where}: line {error.lineno} is no Python: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError):
        raise DesignRejected(f"{where}: the source can't be parsed") from None
    return tree


def _plain_text(where: str, lines: list[str], known: frozenset[str]) -> None:
    for number, line in enumerate(lines, 1):
        if strange := [sign for sign in line if sign != "\t" and unicodedata.category(sign) in INVISIBLE]:
            raise DesignRejected(f"{where}: line {number} holds the invisible character U+{ord(strange[0]):04X}")
        cookie = COOKIE.match(line) if number <= 2 else None
        if cookie and cookie[1].lower().replace("_", "-") != "utf-8":
            raise DesignRejected(f"{where}: line {number} names another encoding; sources are UTF-8")
        if line in known:
            continue
        if mark := MARKS.search(line):
            raise DesignRejected(
                f"{where}: line {number} holds {mark[0].strip()!r}, a mark of a template or of unfinished work"
            )
        if SILENCED.search(line):
            raise DesignRejected(f"{where}: line {number} silences a tool; repair what it finds instead")


def prose(design: Artifact, inputs: Inputs) -> None:
    """Hold every word of a design to plain prose: no marks of templates or of unfinished work.

    Texts of the data themselves may hold anything; they are quoted wherever they go.
    """
    own = sorted(filter(MARKS.search, _texts_of_the_data(inputs)), key=len, reverse=True)
    for path, text in _texts(design.model_dump(), ""):
        for known in own:
            text = text.replace(known, QUOTED)
        mark = MARKS.search(text)
        if mark and not path.endswith(".source"):
            raise DesignRejected(f"{path[1:]} holds {mark[0].strip()!r}, a mark of a template or of unfinished work")


def _texts_of_the_data(inputs: Inputs) -> Iterator[str]:
    yield from (inputs.specification.statement, *inputs.problem.target.classes)
    for table in inputs.profile.tables:
        yield table.name
        for column in table.columns:
            yield from (column.name, *(level.value for level in column.levels))


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every text inside, with the way to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]")


def linted(files: Mapping[str, str]) -> None:
    """Hold texts to ruff with the rules of generated projects."""
    if not files:
        return
    try:
        complaints = formatting.complaints(files)
    except AgentGraphError as error:
        raise DesignRejected(f"ruff can't read it: {error}") from None
    if complaints:
        raise DesignRejected("ruff finds: " + "; ".join(complaints[:4]))


def kept_inside(where: str, faults: Sequence[str]) -> None:
    """Name the first thing that lies outside the fence."""
    if faults:
        raise DesignRejected(f"{where}: {faults[0]}")
