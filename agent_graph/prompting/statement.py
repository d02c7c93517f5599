"""What a model is told that reads a statement: the words in numbered pieces, and what was measured of the data."""

from __future__ import annotations

from collections.abc import Sequence

from agent_graph import register
from agent_graph.artifacts import ColumnProfile, Profile, Specification
from agent_graph.prompting import Prompt, environment
from agent_graph.prompting.columns import facts
from agent_graph.prompting.names import runs
from agent_graph.prompting.tokens import tokens
from agent_graph.prompting.untrusted import quoted, sealed

COLUMNS_ROOM = 7_000  # tokens for the main table's columns
SIDES_ROOM = 500  # for those of all side tables
STATEMENT_ROOM = 1_500  # for all pieces
DESCRIBED = 120  # characters of a data dictionary's words on a column
GIVEN = ("target", "task", "metric", "time_column", "group_column")


def statement_prompt(specification: Specification, profile: Profile, pieces: Sequence[str]) -> Prompt:
    """Both messages: the first is the same for every statement. No rows are shown: some will be sealed."""
    given = [(name, value) for name in GIVEN if (value := getattr(specification, name)) is not None]
    given += [(setting.key, setting.value) for setting in specification.options]
    task = environment().get_template("intake/task.md.jinja").render(
        pieces=pieces,
        piece_room=max(20, STATEMENT_ROOM // max(1, len(pieces))),
        given=given,
        tables=profile.tables,
        joins=profile.joins,
        to_predict=[table.name for table in profile.to_predict],
        lines=_lines(profile.main.columns, profile.main.rows, COLUMNS_ROOM),
        sides=_sides(profile),
    )  # fmt: skip
    system = environment().get_template("intake/system.md.jinja").render(kinds=list(register.kinds().values()))
    return Prompt(system=sealed(system.strip() + "\n"), task=sealed(task.strip() + "\n"))


def _lines(columns: Sequence[ColumnProfile], rows: int, room: int) -> list[str]:
    """A line for each column; in a table too wide for that, of each what there is room for, and the rest by name."""
    full = [_told(column, rows) for column in columns]
    if tokens("\n".join(full)) <= room:
        return full
    short = [f"{quoted(column.name)}: {column.kind}, {column.distinct} distinct" for column in columns]
    if tokens("\n".join(short)) <= room:
        return short
    names = runs([column.name for column in columns])
    kept = len(names)
    while kept > 1 and tokens(quoted(names[:kept])) > room:
        kept = kept * 3 // 4
    rest = f" and {len(names) - kept} more" if kept < len(names) else ""
    return [f"{quoted(names[:kept])}{rest}"]


def _told(column: ColumnProfile, rows: int) -> str:
    described = f"; described as {quoted(column.description[:DESCRIBED])}" if column.description else ""
    return f"{quoted(column.name)}: {facts(column, rows)}{described}"


def _sides(profile: Profile) -> list[str]:
    sides = [
        (table.name, runs([column.name for column in table.columns]))
        for table in profile.tables[1:]
    ]  # fmt: skip
    lines = []
    for name, names in sides:
        room = SIDES_ROOM // len(sides)
        kept = len(names)
        while kept > 1 and tokens(quoted(names[:kept])) > room:
            kept = kept * 3 // 4
        lines.append(f"side table {quoted(name)} has {quoted(names[:kept])}")
    return lines
