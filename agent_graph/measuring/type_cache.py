"""What mypy found out of the libraries, kept from one project to the next: reading them takes most of its time.

The cell in which it is made holds no code of a project: mypy's settings, as the project has them, and a module of ours
that imports what the project's modules import. So no project can leave in it what another one is judged by.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from agent_graph.bench import Bench
from agent_graph.measuring import reading
from agent_graph.sandbox import Step
from agent_graph.workspace import remove

MOUNT = "types"
FOLDER = ".types"  # in the cell that makes it
KEPT = 6  # caches on this machine, some 35 MB each
MOST_NAMES = 500
SETTINGS = re.compile(r"^\[\[?tool\.mypy\b.*?(?=^\[(?!\[?tool\.mypy\b)|\Z)", re.MULTILINE | re.DOTALL)


def made(bench: Bench) -> Path | None:
    """The folder of a cache for this runtime, these settings and these imports, made where there is none yet.

    None where the settings can't be read, or mypy left nothing: then it starts from nothing, as ever.
    """
    settings, names = _settings(bench.tree), imported(bench.tree, bench.manifest.package)
    if settings is None or len(names) > MOST_NAMES:
        return None
    text = "".join(f"import {name}\n" for name in names)
    facts = "\0".join((bench.sandbox.runtime.name, settings, text))
    kept = bench.cache / "types" / hashlib.sha256(facts.encode()).hexdigest()[:24]
    if not kept.is_dir():
        _make(bench, settings, text, kept)
    if kept.is_dir():
        kept.touch()  # it's the oldest ones that are forgotten
        return kept
    return None


def imported(tree: Path, package: str) -> list[str]:
    """Modules that src imports and that are neither its own nor the interpreter's."""
    own = {package, *sys.stdlib_module_names}
    found: set[str] = set()
    for module in reading.modules(tree):
        if not module.path.startswith("src/"):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
    return sorted(name for name in found if name.split(".")[0] not in own)


def _settings(tree: Path) -> str | None:
    """The tables of pyproject.toml that are mypy's, as they are written."""
    try:
        return "".join(SETTINGS.findall((tree / "pyproject.toml").read_text("utf-8"))) or None
    except (OSError, ValueError):
        return None


def _make(bench: Bench, settings: str, text: str, kept: Path) -> None:
    empty, libraries = bench.scratch / "no-store", bench.scratch / "types-tree"
    (libraries / "src").mkdir(parents=True)
    (libraries / "pyproject.toml").write_text(settings, "utf-8")
    (libraries / "src" / "libraries.py").write_text(text, "utf-8")
    step = Step("libraries", ("mypy", "--cache-dir", FOLDER, "--no-color-output"), timeout_s=120)
    result, out = replace(bench, tree=libraries, store=empty).session([step], collect=(FOLDER,), preload=())
    if result.step("libraries").status != "exit" or not (out / FOLDER).is_dir():
        return
    new = kept.with_name(f"{kept.name}-{os.getpid()}")
    with suppress(OSError):  # another run was as quick, or the disk is full: then mypy starts from nothing
        kept.parent.mkdir(parents=True, exist_ok=True)
        for old in sorted(kept.parent.iterdir(), key=lambda path: path.stat().st_mtime)[: -KEPT + 1]:
            remove(old)
        shutil.copytree(out / FOLDER, new)
        new.rename(kept)
    remove(new)
