"""What mypy found out of libraries is kept for this runtime, these settings and these imports, and for no others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from agent_graph.measuring import type_cache
from agent_graph.sandbox import Step

PROJECT = """[project]
name = "{name}"

[tool.mypy]
strict = true
files = ["src"]

[[tool.mypy.overrides]]
module = ["lightgbm.*"]
ignore_missing_imports = true

[tool.pytest.ini_options]
addopts = "-q"
"""


@dataclass
class Bench:
    """As much of a bench as the cache asks for; its cell notes what it is given, and leaves `found`."""

    tree: Path
    cache: Path
    scratch: Path
    store: Path
    manifest: Any = field(default_factory=lambda: SimpleNamespace(package="shop"))
    sandbox: Any = field(default_factory=lambda: SimpleNamespace(runtime=Path("/runtimes/one")))
    found: str | None = "numpy"
    seen: list[dict[str, str]] = field(default_factory=list)

    def session(self, steps: list[Step], *, collect: tuple[str, ...], preload: tuple[str, ...]) -> tuple[Any, Path]:
        files = {path.relative_to(self.tree).as_posix(): path.read_text() for path in self.tree.rglob("*.*")}
        self.seen.append(files)
        out = self.scratch / f"out-{len(self.seen)}"
        if self.found is not None:
            (out / collect[0]).mkdir(parents=True)
            (out / collect[0] / "cache.db").write_text(self.found)
        return SimpleNamespace(step=lambda name: SimpleNamespace(status="exit", rc=1)), out


def bench(tmp_path: Path, name: str, source: str, settings: str = PROJECT) -> Any:
    """A project of one module."""
    tree = tmp_path / name
    (tree / "src" / "shop").mkdir(parents=True)
    (tree / "src" / "shop" / "core.py").write_text(source)
    (tree / "pyproject.toml").write_text(settings.replace("{name}", name))
    scratch = tmp_path / f"scratch-{name}"
    scratch.mkdir()
    return Bench(tree, tmp_path / "cache", scratch, tmp_path / "store")


SOURCE = "import os\nimport numpy as np\nfrom pandas.api import types\nfrom shop.other import x\nfrom . import y\n"


def test_the_cell_that_makes_it_holds_settings_and_imports_and_no_code_of_the_project(tmp_path: Path) -> None:
    given = bench(tmp_path, "one", SOURCE + "print('code of the project')\n")
    made = type_cache.made(given)
    assert made is not None
    assert (made / "cache.db").read_text() == "numpy"
    (seen,) = given.seen
    assert set(seen) == {"pyproject.toml", "src/libraries.py"}
    assert seen["src/libraries.py"] == "import numpy\nimport pandas.api\n"
    assert seen["pyproject.toml"].count("[") == 5
    assert seen["pyproject.toml"].startswith("[tool.mypy]")
    assert "pytest" not in seen["pyproject.toml"]


def test_another_project_with_the_same_imports_takes_it_up_and_other_facts_make_another(tmp_path: Path) -> None:
    first = type_cache.made(bench(tmp_path, "one", SOURCE))
    second = bench(tmp_path, "two", SOURCE + "\nVALUE = 3\n")
    assert type_cache.made(second) == first
    assert not second.seen
    others = [
        bench(tmp_path, "three", SOURCE + "import yaml\n"),
        bench(tmp_path, "four", SOURCE, PROJECT.replace("strict = true", "strict = false")),
        replace(bench(tmp_path, "five", SOURCE), sandbox=SimpleNamespace(runtime=Path("/runtimes/two"))),
    ]
    folders = {type_cache.made(each) for each in others}
    assert len(folders) == 3
    assert not folders & {first, None}


def test_without_settings_or_a_cache_there_is_none_and_few_are_kept(tmp_path: Path) -> None:
    assert type_cache.made(bench(tmp_path, "bare", SOURCE, "[project]\n")) is None
    assert type_cache.made(replace(bench(tmp_path, "nothing", SOURCE), found=None)) is None
    for number in range(type_cache.KEPT + 3):
        latest = type_cache.made(bench(tmp_path, f"many{number}", f"import library{number}\n"))
    kept = list((tmp_path / "cache" / "types").iterdir())
    assert len(kept) == type_cache.KEPT
    assert latest in kept


def test_what_cannot_be_kept_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder can be made here")
    assert type_cache.made(bench(tmp_path, "one", SOURCE)) is None
