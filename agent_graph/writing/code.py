"""A slot's source as a part of a generated module: text in, text out; nothing here runs it.

The header is written anew, so that names and types are the project's; the body stays as it was written. The text enters
a template's output as a value, which jinja never reads again: `{{` in a source is only text.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable

from agent_graph.artifacts import HardeningDesign, Slot

INDENT = "    "
WIDTH = 100


def imports(slots: Iterable[Slot]) -> str:
    """The import lines of all the sources, each once."""
    lines = {ast.unparse(node): None for slot in slots for node in ast.parse(slot.source).body if _imports(node)}
    return "\n".join(lines)


def function(slot: Slot) -> str:
    """The function under a typed header; without a docstring of its own it gets `why`.

    ValueError when the source holds no function of that name: it wasn't inspected.
    """
    source = normal(slot.source)
    found = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == slot.name]
    if len(found) != 1 or not slot.name.isidentifier():
        raise ValueError(f"slot {slot.name!r} holds no function of that name")
    node = found[0]
    typed = ", ".join(f"{argument.arg}: np.ndarray" for argument in node.args.args)
    documented = ast.get_docstring(node) is not None
    body, indent = _body(node, source)
    head = [f"def {slot.name}({typed}) -> Any:"]
    return "\n".join([*head, *([] if documented else docstring(slot.why, indent)), *body])


def normal(source: str) -> str:
    """The source with plain line ends."""
    return source.replace("\r\n", "\n")


def docstring(text: str, indent: str) -> list[str]:
    """Lines of a docstring in which nothing can end it: no quotes, backslashes, braces of templates, odd characters."""
    plain = " ".join(text.split()).translate({ord('"'): "'", ord("\\"): "/", ord("{"): "(", ord("}"): ")"})
    plain = "".join(character if character.isprintable() else "?" for character in plain)
    plain = plain or "written for this project"
    plain = plain[:1].upper() + plain[1:] + ("" if plain.endswith((".", "?", "!")) else ".")
    first, *rest = textwrap.wrap(plain, WIDTH)
    if not rest:
        return [f'{indent}"""{first}"""']
    return [f'{indent}"""{first}', *(f"{indent}{line}" for line in rest), f'{indent}"""']


def extra_tests(design: HardeningDesign) -> dict[str, str]:
    """The design's own test modules, by path."""
    return {path_of(each.name): _with_reason(each.source, each.why) for each in design.unit_tests}


def edits(design: HardeningDesign) -> dict[str, str]:
    """The files that the design writes anew, by path."""
    return {each.path: normal(each.source).rstrip("\n") + "\n" for each in design.edits}


def path_of(name: str) -> str:
    """Where a further test module lies."""
    return f"tests/unit/test_extra_{name}.py"


def _with_reason(source: str, why: str) -> str:
    source = normal(source).strip("\n") + "\n"
    if ast.get_docstring(ast.parse(source)) is not None:
        return source
    return "\n".join([*docstring(why, ""), "", source])


def _imports(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", "") != "__future__"


def _body(node: ast.FunctionDef, source: str) -> tuple[list[str], str]:
    """The lines below the header, with the comments that stand above the first statement, and their indent."""
    first, lines = node.body[0], source.split("\n")
    indent = lines[first.lineno - 1][: first.col_offset]
    if indent.strip():  # the body begins on the header's last line
        return textwrap.indent("\n".join(ast.unparse(each) for each in node.body), INDENT).split("\n"), INDENT
    start = first.lineno - 1
    while lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return lines[start : node.end_lineno], indent
