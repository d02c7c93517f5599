"""Small faults planted in source text, one at a time: tests that don't notice them don't test.

The operators are the classic ones (DeMillo, Lipton & Sayward 1978; Offutt's sufficient set 1996). A mutant is a splice
of the original text, so that its line numbers stay and the change reads as one line of a diff.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agent_graph.measuring.mutation_operators import Change, changes
from agent_graph.measuring.syntax import syntax_tree

QUIET_PATHS = ("__init__", "__main__", "log", "plots", "conftest")  # their faults hurt nobody's numbers


@dataclass(frozen=True)
class Mutant:
    """One planted fault: where, what, and the whole module with it."""

    path: str  # below the project's root, POSIX
    line: int
    operator: str
    before: str
    after: str
    source: str

    @property
    def change(self) -> str:
        """The fault in one line: `src/x/drift.py:41 a < b -> a <= b`."""
        return f"{self.path}:{self.line} {_short(self.before)} -> {_short(self.after)}"


def candidates(path: str, source: str) -> list[Mutant]:
    """Every mutant of one module, in the order of its lines; an unparsable module has none."""
    return [mutant for mutant in _planted(path, source) if _parses(mutant)]


def _planted(path: str, source: str) -> list[Mutant]:
    """The same, and some that are no Python."""
    try:
        tree = syntax_tree(source)
    except SyntaxError:
        return []
    lines = source.encode().splitlines(keepends=True)
    return [mutant for change in changes(tree) if (mutant := _plant(path, lines, change)) is not None]


def sample(sources: Mapping[str, str], count: int, weights: Mapping[str, int] | None = None) -> tuple[Mutant, ...]:
    """A deterministic sample, spread over modules and operators.

    Modules take turns, in an order that only a hash knows, so that any head of the sample is spread too; one whose stem
    has a weight of 3 in `weights` takes three places in a round (default 1, 0 leaves it out). Within a module the
    operator that was used least comes first, ties by a hash of the change.
    """
    pools: list[list[Mutant]] = []
    places: list[tuple[str, int]] = []  # a hash, and the number of the pool
    for path in sorted(sources):
        stem = Path(path).stem
        weight = 0 if stem in QUIET_PATHS else (weights or {}).get(stem, 1)
        pool = sorted(_planted(path, sources[path]), key=_rank) if weight > 0 else []
        if pool:
            places += [(_hash(f"{path}:{turn}"), len(pools)) for turn in range(weight)]
            pools.append(pool)
    chosen: list[Mutant] = []
    used: Counter[str] = Counter()
    while len(chosen) < count and any(pools):
        for _, place in sorted(places):
            if len(chosen) < count and (mutant := _draw(pools[place], used)) is not None:
                chosen.append(mutant)
    return tuple(chosen)


def write(mutants: tuple[Mutant, ...], folder: Path) -> None:
    """Lay each mutant down as `<folder>/<number>/{mutant.json,module.py}` for the probe in the cell."""
    for number, mutant in enumerate(mutants):
        home = folder / str(number)
        home.mkdir(parents=True)
        (home / "module.py").write_text(mutant.source, encoding="utf-8")
        facts = {"path": mutant.path, "line": mutant.line, "operator": mutant.operator}
        (home / "mutant.json").write_text(json.dumps(facts), encoding="utf-8")


def _plant(path: str, lines: list[bytes], change: Change) -> Mutant | None:
    """Splice one change into the text; None when nothing changed."""
    node = change.node
    if node.end_lineno is None or node.end_col_offset is None:
        return None
    first, last = node.lineno - 1, node.end_lineno - 1
    head, tail = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
    whole = b"".join(lines[first : last + 1])
    before = whole[len(head) : len(whole) - len(tail)].decode()
    padding = "\n" * before.count("\n")  # keeps the numbers of the lines below
    text = b"".join([*lines[:first], head, change.text.encode(), tail.rstrip(b"\n"), b"\n", padding.encode()])
    source = (text + b"".join(lines[last + 1 :])).decode()
    return Mutant(path, node.lineno, change.operator, before, change.text, source) if before != change.text else None


def _rank(mutant: Mutant) -> str:
    return _hash(f"{mutant.path}:{mutant.line}:{mutant.operator}:{mutant.before}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _draw(pool: list[Mutant], used: Counter[str]) -> Mutant | None:
    """Take the next one out of a pool; None when nothing in it is Python. Most are never drawn, so it is asked now."""
    while pool:
        mutant = min(pool, key=lambda each: used[each.operator])  # the first of equals: the pool is ranked
        pool.remove(mutant)
        if _parses(mutant):
            used[mutant.operator] += 1
            return mutant
    return None


def _parses(mutant: Mutant) -> bool:
    try:
        syntax_tree(mutant.source)
    except SyntaxError:
        return False
    return True


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."


def sources(tree: Path, package: str) -> dict[str, str]:
    """The text of every module of the package, by its path below the project's root."""
    return {path.relative_to(tree).as_posix(): text for path, text in _modules(tree / "src" / package)}


def _modules(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*.py")):
        if path.is_file() and not path.is_symlink():
            yield path, path.read_text(encoding="utf-8", errors="replace")
