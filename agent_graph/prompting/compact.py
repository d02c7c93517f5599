"""A design as JSON, whole where there is room, else as tables that say less of each row but something of all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from agent_graph.artifacts import Artifact
from agent_graph.prompting.names import runs
from agent_graph.prompting.tokens import tokens
from agent_graph.prompting.untrusted import quoted

NAMING = ("name", "column", "what", "key", "table")  # the field that tells rows apart, the first that they have
REASON = "why"


def compact(design: Mapping[str, Any], room: int) -> str:
    """JSON of a design (as plain values) in at most `room` tokens, if there is a way.

    Lists of objects become tables: what all rows share is said once, rows that differ by name only stand together;
    while that is too long, reasons go first, then the longest list gives up its longest field and tells its range.
    """
    text = quoted(design)
    if tokens(text) <= room:
        return text
    tables = {key: _Table(value) for key, value in design.items() if _is_table(value)}
    rest = tokens(quoted({key: value for key, value in design.items() if key not in tables}))
    while rest + sum(table.size for table in tables.values()) > room:
        giving = [table for table in tables.values() if table.can_give]
        if not giving:
            break
        widest = max(giving, key=lambda table: (REASON in table.told, table.size))
        tables |= {key: widest.giving_up() for key, table in tables.items() if table is widest}
    return quoted({key: tables[key].plain if key in tables else value for key, value in design.items()})


def brief(design: Artifact, plain: Sequence[str], lists: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What another role needs of a design: these fields, and these fields of the items of these lists."""
    whole = design.model_dump(mode="json")
    said = {name: whole[name] for name in plain if whole[name] not in (None, [])}
    return said | {
        name: [{key: item[key] for key in fields} for item in whole[name]]
        for name, fields in lists.items()
        if whole.get(name)
    }


def _is_table(value: object) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(isinstance(item, dict) for item in value)


@dataclass(frozen=True)
class _Table:
    """Objects of one shape, told in fewer and fewer words."""

    items: Sequence[dict[str, Any]]
    left_out: tuple[str, ...] = ()
    few_names: bool = False

    @cached_property
    def key(self) -> str:
        return next((name for name in NAMING if name in self.items[0]), next(iter(self.items[0])))

    @cached_property
    def same(self) -> dict[str, Any]:
        first = self.items[0]
        return {f: v for f, v in first.items() if f != self.key and all(item[f] == v for item in self.items)}

    @cached_property
    def told(self) -> list[str]:
        """Fields that are told row by row, the name not among them."""
        return [f for f in self.items[0] if f != self.key and f not in self.same and f not in self.left_out]

    @cached_property
    def size(self) -> int:
        return tokens(f", {quoted(self.plain)}") + 4  # its own name and comma

    @property
    def can_give(self) -> bool:
        return bool(self.told) or not self.few_names

    def giving_up(self) -> _Table:
        """Without its reasons, else without the field that takes most room; after the last, without most names."""
        if not self.told:
            return replace(self, few_names=True)
        longest = max(self.told, key=lambda f: (f == REASON, sum(len(quoted(item[f])) for item in self.items)))
        return replace(self, left_out=(*self.left_out, longest))

    @cached_property
    def plain(self) -> dict[str, Any]:
        """What stands in the prompt."""
        groups: dict[str, tuple[list[str], list[Any]]] = {}
        for item in self.items:
            values = [item[f] for f in self.told]
            groups.setdefault(quoted(values), ([], values))[0].append(item[self.key] or "(none)")
        rows = [[self._names(names), *values] for names, values in groups.values()]
        said: dict[str, Any] = {"rows_in_all": len(self.items)}
        if self.same:
            said |= {"same_in_all": self.same}
        if self.left_out:
            said |= {"differs": {f: self._range(f) for f in self.left_out}}
        if set(self.left_out) - {REASON} and not self.few_names:
            said |= {"first_in_full": self.items[0]}
        return {**said, "fields": [self.key, *self.told], "rows": rows}

    def _names(self, names: list[str]) -> object:
        told = runs(names)
        if self.few_names and len(told) > 4:
            return [*told[:3], f"… {len(told) - 3} more"]
        return told[0] if len(told) == 1 else told

    def _range(self, name: str) -> str:
        values = [item[name] for item in self.items if item[name] is not None]
        if values and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
            return f"{min(values):.4g} to {max(values):.4g}"
        return f"{len({quoted(value) for value in values})} different"
