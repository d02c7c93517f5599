"""The pages of docs/adding are true: each is applied to a copy of the repository, and what it says to run is run there.

Before it is applied, its commands fail: so they show something. The one step that is played is the installation of a
package, which would ask a registry for its build backend: its metadata are written as an installer would.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "adding").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?(?: (\+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".agent-graph", "__pycache__", ".*_cache", "results", "dist", "node_modules"
)
SECONDS = 300


@dataclass(frozen=True)
class Block:
    """One block of a page: a file, what is added to one, an edit of one; without a path, commands."""

    language: str
    path: str
    added: bool
    text: str

    def apply(self, root: Path) -> None:
        """Do to the copy what the page says."""
        file = root / self.path
        if self.language == "diff":
            lines = self.text.splitlines()
            old, new = ("\n".join(line[1:] for line in lines if line[:1] in (" ", sign)) for sign in "-+")
            text = file.read_text("utf-8")
            assert text.count(old) == 1, f"{self.path} holds {old!r} {text.count(old)} times"
            file.write_text(text.replace(old, new), "utf-8")
            return
        assert self.added == file.is_file(), f"{self.path} is {'not ' if self.added else ''}there already"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((file.read_text("utf-8") if self.added else "") + self.text, "utf-8")


def blocks(page: Path) -> Iterator[Block]:
    for language, path, added, text in BLOCK.findall(page.read_text("utf-8")):
        yield Block(language, path, bool(added), text)


def install(root: Path) -> None:
    """What an installer writes of the packages in the copy's folders, for whoever looks there."""
    for project in root.glob("*/pyproject.toml"):
        told = tomllib.loads(project.read_text("utf-8"))["project"]
        info = project.parent / f"{told['name'].replace('-', '_')}-{told['version']}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {told['name']}\nVersion: {told['version']}\n")
        entries = [f"[{group}]\n{name} = {value}\n" for group, all_of in told["entry-points"].items()
                   for name, value in all_of.items()]  # fmt: skip
        (info / "entry_points.txt").write_text("".join(entries))


def run(command: str, root: Path) -> subprocess.CompletedProcess[str]:
    """A command of the page, with this interpreter's programs in the place of .venv's."""
    here = [str(root), *(str(project.parent) for project in root.glob("*/pyproject.toml"))]
    ours = ("PYTEST_", "AGENT_GRAPH_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"PYTHONPATH": os.pathsep.join(here), "PYTHONDONTWRITEBYTECODE": "1"}
    words = shlex.split(command.replace(".venv/bin/", f"{Path(sys.executable).parent}/"))
    if words[1:3] == ["-m", "pytest"]:
        words += ["-p", "no:cacheprovider", f"--basetemp={root / 'made'}"]
    return subprocess.run(
        words, cwd=root, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository without what is made."""
    return Path(shutil.copytree(ROOT, tmp_path / "copy", ignore=LEFT_OUT, symlinks=True))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_says_is_enough_and_what_it_says_to_run_is_green(page: Path, copy: Path) -> None:
    told = list(blocks(page))
    commands = [line for block in told if not block.path for line in block.text.splitlines()]
    assert commands
    assert run(commands[0], copy).returncode != 0, "this shows nothing: it is green without what the page adds"
    for block in told:
        if block.path:
            block.apply(copy)
    install(copy)
    for command in commands:
        done = run(command, copy)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}"
    files = [block.path for block in told if block.path.endswith(".py")]
    ours = [path for path in files if (ROOT / path.split("/")[0]).is_dir()]  # what others lint is theirs to say
    for words, held in (("format --check", files), ("check", ours or ["pyproject.toml"])):
        done = run(f".venv/bin/python -m ruff {words} --no-cache {' '.join(held)}", copy)
        assert done.returncode == 0, done.stdout


def test_every_page_is_named_in_contributing() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert len(PAGES) == 4
    assert [page.name for page in PAGES if f"docs/adding/{page.name}" not in text] == []
