"""Packages of strangers that bring an option or a kind of problem, installed for one test."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent_graph import register
from agent_graph.writing import rendering

CACHED = (register.options, register.seen_by, register.kinds, register._loaded, rendering.for_files)


def install(site: Path, package: str, group: str, source: Path | str) -> None:
    """A package of a folder, or of one module's text, with its entry point."""
    if isinstance(source, Path):
        shutil.copytree(source, site / package)
    else:
        (site / package).mkdir()
        (site / package / "__init__.py").write_text(source)
    info = site / f"{package}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{package} = {package}\n")
    forget()


def forget() -> None:
    """What was found before is looked for again."""
    for cached in CACHED:
        cached.cache_clear()


@contextmanager
def gone_afterwards() -> Iterator[None]:
    """Nothing of strangers is known any more when it ends."""
    yield
    forget()
    for name in [name for name in sys.modules if name.startswith("stranger")]:
        del sys.modules[name]
