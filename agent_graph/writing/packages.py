"""What a project is installed with: the packages that its parts import, and its locks, cut from one that holds all.

There are two: `requirements.lock` is everything, `requirements-run.lock` what its commands need. Training is in both,
for one image serves and trains anew; what only tests and checks need is not shipped.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from agent_graph import register
from agent_graph.artifacts import MemberKind, Setting, Stack
from agent_graph.resources import resource

WHOLE = "_locks/whole.lock"  # of templates/; `make whole-lock` resolves it anew
MEMBERS: dict[MemberKind, str] = {"catboost": ">=1.2.8", "lightgbm": ">=4.7"}  # linear members need no more
SOURCE = "pyproject-toml"  # what a lock is made from, as `normal` has it
ASKER = re.compile(r"\s+#\s+(?:via\s+)?(?!via$)(\S+)$")
ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.MULTILINE)


def _settings(**floors: str) -> tuple[Setting, ...]:
    return tuple(Setting(key=name.replace("_", "-"), value=floor) for name, floor in floors.items())


ALWAYS = _settings(
    duckdb=">=1.4",
    joblib=">=1.4",
    matplotlib=">=3.10",
    numpy=">=2.2",
    optuna=">=5",
    pandas=">=3",
    pandera=">=0.35",
    prometheus_client=">=0.23",
    pyarrow=">=22",
    pydantic=">=2.13",
    pydantic_settings=">=2.12",
    pyyaml=">=6",
    scikit_learn=">=1.9",
    scipy=">=1.16",
    threadpoolctl=">=3.5",
    typer=">=0.29",
)
DEV = _settings(
    mypy=">=2",
    pandas_stubs=">=3",
    pytest=">=9",
    pytest_cov=">=7",
    ruff=">=0.16",
    types_pyyaml=">=6",
)


def runtime(members: Collection[MemberKind], stack: Stack) -> tuple[Setting, ...]:
    """What a project with these members and options imports when it runs, by name, each with the oldest that works."""
    kinds = _settings(**{kind: floor for kind, floor in MEMBERS.items() if kind in members})
    within = [option for option in register.chosen(stack) if option.lock is None]
    return _sorted((*ALWAYS, *kinds, *(each for option in within for each in option.packages)))


def dev(stack: Stack) -> tuple[Setting, ...]:
    """What its tests and checks need beside that, by name."""
    return _sorted((*DEV, *(each for option in register.chosen(stack) for each in option.dev_packages)))


def _sorted(settings: Iterable[Setting]) -> tuple[Setting, ...]:
    return tuple(sorted({each.key: each for each in settings}.values(), key=lambda each: each.key))


def lock(roots: Collection[str], head: str | None = None) -> str:
    """The whole lock cut to these packages and all that they ask for, comments on who asks included.

    `head` is its first lines, by default those of the whole. KeyError when the whole lock doesn't hold a package.
    """
    return _cut(frozenset(map(normal, roots)), head)


@lru_cache(maxsize=16)  # twenty files of a project ask for the same two
def _cut(wanted: frozenset[str], head: str | None) -> str:
    first, entries, askers = _whole()
    if lost := wanted - set(entries):
        raise KeyError(f"{WHOLE} doesn't hold {', '.join(sorted(lost))}")
    kept, grown = set[str](), set(wanted)
    while grown != kept:
        kept = set(grown)
        grown = kept | {name for name, by in askers.items() if by & kept}
    return (first if head is None else head) + "".join(
        _asked_by(text, kept) for name, text in entries.items() if name in kept
    )


def normal(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


@lru_cache(maxsize=1)
def _whole() -> tuple[str, dict[str, str], dict[str, frozenset[str]]]:
    """Its head, its entries by name, and for each the packages that ask for it."""
    text = (resource("templates") / WHOLE).read_text("utf-8")
    starts = [match.start() for match in ENTRY.finditer(text)]
    pieces = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    entries = {normal(ENTRY.match(piece)["name"]): piece for piece in pieces}  # type: ignore[index]
    return text[: starts[0]], entries, {name: frozenset(_askers(piece)) for name, piece in entries.items()}


def _askers(entry: str) -> list[str]:
    """Who asks for a package, as the comments below it say."""
    said = [found[1] for line in entry.splitlines() if (found := ASKER.match(line))]
    return [normal(name) for name in said]


def _asked_by(entry: str, kept: Collection[str]) -> str:
    """The entry without the askers that were cut away; the file that a lock is made from stays among them."""
    lines = [line for line in entry.splitlines() if not line.lstrip().startswith("#")]
    left = [name for name in _askers(entry) if name in kept or name == SOURCE]
    said = [f"    # via {left[0]}"] if len(left) == 1 else ["    # via", *(f"    #   {name}" for name in left)]
    return "\n".join([*lines, *(said if left else [])]).replace(SOURCE, "pyproject.toml") + "\n"
