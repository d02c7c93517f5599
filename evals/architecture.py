"""Write docs/architecture.md: the house on one page, drawn from the code and from the contract that holds it."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
HOUSE = "agent_graph"
HEAD = """# The house on one page

`make architecture` writes this page from the code: floors are those of the import contract in `pyproject.toml`, what a
room is for is the first sentence of its docstring, and an arrow is an import. Imports go down only; on a floor, rooms
with a bar between them don't know each other. No two modules import each other in a circle.

A run goes along the [graph](graph.mmd): `graph` calls the four verbs (`intake`, `design`, `proof`, `reporting`); these
are handed what is chosen from the three wings (`roles`, `kinds`, `options`), which nobody names: roles by their own
face, kinds and options by the `register`. How it came to be stands in [decisions](decisions).

"""


def floors() -> list[list[list[str]]]:
    """Rooms from the top floor down; on a floor, groups that don't know each other."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers: list[str] = next(each["layers"] for each in config["contracts"] if each["type"] == "layers")
    return [[re.split(r"\s*:\s*", group) for group in re.split(r"\s*\|\s*", layer)] for layer in layers]


def arrows() -> set[tuple[str, str]]:
    """Which room imports which, imports for types included."""
    graph = grimp.build_graph(HOUSE, exclude_type_checking_imports=False)
    found = set()
    for module in graph.modules:
        for other in graph.find_modules_directly_imported_by(module):
            pair = (module.split(".")[1:2], other.split(".")[1:2])
            if pair[0] and pair[1] and pair[0] != pair[1]:
                found.add((pair[0][0], pair[1][0]))
    return found


def purpose(room: str) -> str:
    """The first sentence of a room's docstring. ValueError when it has none."""
    folder = ROOT / HOUSE / room
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    text = " ".join((ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split())
    if not text:
        raise ValueError(f"{path} says nothing of itself")
    return re.split(r"(?<=[.!?])\s", text)[0].replace("|", r"\|")


def page() -> str:
    """The page."""
    known = arrows()
    lines = ["| floor | room | what it is for | imports |", "|---:|---|---|---|"]
    drawn = ["```mermaid", "flowchart TD"]
    stairs = floors()
    for place, floor in enumerate(stairs):
        number = len(stairs) - place
        drawn.append(f"  subgraph {number}")
        for group in floor:
            for room in group:
                below = ", ".join(f"`{other}`" for one, other in sorted(known) if one == room)
                lines.append(f"| {number} | `{room}` | {purpose(room)} | {below or 'nothing'} |")
                drawn.append(f"    {room}")
        drawn.append("  end")
    near = {(room, other) for room, other in known if _nearest(room, other, known)}
    drawn += [f"  {room} --> {other}" for room, other in sorted(near)]
    told = "Arrows that follow from others are left out of the picture, not of the table."
    return HEAD + "\n".join([*drawn, "```", "", told, "", *lines, ""])


def _nearest(room: str, other: str, known: set[tuple[str, str]]) -> bool:
    """Whether no third room stands between the two."""
    return not any((room, third) in known and (third, other) in known for third in {each for _, each in known})


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
