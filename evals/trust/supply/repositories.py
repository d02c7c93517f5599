"""Hostile git repositories: each would run a program of its own under plain git; agent-graph's git never runs it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent_graph.workspace import Workspace
from evals.trust.ground import child

WAIT = 120.0  # seconds one attack may take; most take two
HELD = "held"
ANN = "ann <ann@agent-graph.invalid>"
FIRST = {"a.py": "x = 1\n" * 10, "b.py": "y = 1\n"}
AGAIN = {"a.py": "x = 1\n" * 9 + "z = 2\n", "b.py": "y = 2\n"}
ATTRIBUTES = "*.py filter=m merge=m diff=m\n"
HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-checkout", "post-merge", "post-rewrite",
         "reference-transaction", "post-index-change", "pre-merge-commit", "pre-auto-gc")  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """A project under attack: its folder, and a program that leaves a mark when it runs."""

    project: Path
    outside: Path
    program: Path

    def git(self, *words: str, at: Path | None = None) -> None:
        """Git as a person's, with no guard but a name."""
        name = ("-c", "user.name=u", "-c", "user.email=u@e", "-c", "protocol.file.allow=always")
        subprocess.run(["git", *name, *words], cwd=at or self.project, env=self.plain, capture_output=True, check=False)

    @property
    def plain(self) -> dict[str, str]:
        """The environment of a person without any configuration."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        return {**kept, "HOME": str(self.outside), "GIT_CONFIG_NOSYSTEM": "1"}

    def attributes(self, *, info: bool = False) -> None:
        """Every Python file passes through a filter, a merge driver and a differ named `m`."""
        if info:
            (self.project / ".git/info").mkdir(exist_ok=True)
            (self.project / ".git/info/attributes").write_text(ATTRIBUTES)
        (self.project / ".gitattributes").write_text(ATTRIBUTES)
        self.git("add", "--all")
        self.git("commit", "-qm", "user: attributes")

    def drivers(self, path: Path) -> None:
        """The programs of `m`, as a configuration file."""
        keys = {"filter": ("clean", "smudge", "process"), "merge": ("driver",), "diff": ("textconv", "command")}
        lines = [
            f'[{kind} "m"]\n' + "".join(f"{key} = {self.program}\n" for key in names) for kind, names in keys.items()
        ]
        with path.open("a", encoding="utf-8") as config:
            config.write("".join(lines))


def hooks(g: Ground) -> None:
    for name in HOOKS:
        hook = g.project / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_bytes(g.program.read_bytes())
        hook.chmod(0o755)


def hooks_elsewhere(g: Ground) -> None:
    hooks(g)
    (g.project / ".git/hooks").rename(g.outside / "hooks")
    g.git("config", "core.hooksPath", str(g.outside / "hooks"))


def hooks_of_the_user(g: Ground) -> None:
    hooks(g)
    (g.project / ".git/hooks").rename(g.outside / "hooks")
    (g.outside / ".gitconfig").write_text(f"[core]\nhooksPath = {g.outside / 'hooks'}\n")


def filters(g: Ground) -> None:
    g.attributes()
    g.drivers(g.project / ".git/config")


def filters_of_the_repository_alone(g: Ground) -> None:
    g.attributes(info=True)
    g.drivers(g.project / ".git/config")


def included(condition: str) -> Callable[[Ground], None]:
    def plant(g: Ground) -> None:
        g.attributes(info=True)
        g.drivers(g.outside / "more.cfg")
        with (g.project / ".git/config").open("a", encoding="utf-8") as config:
            config.write(f"[{condition}]\npath = {g.outside / 'more.cfg'}\n")

    return plant


def settings_of_one_working_tree(g: Ground) -> None:
    g.attributes(info=True)
    g.git("config", "extensions.worktreeConfig", "true")
    for name in ("config.worktree", "worktrees/agents/config.worktree"):
        g.drivers(g.project / ".git" / name)


def file_watcher(g: Ground) -> None:
    g.git("config", "core.fsmonitor", str(g.program))


def programs_of_the_configuration(g: Ground) -> None:
    for key in ("diff.external", "core.pager", "core.editor", "core.sshCommand", "gpg.program", "core.askPass",
                "core.alternateRefsCommand", "tar.tar.command", "pager.status", "pager.diff"):  # fmt: skip
        g.git("config", key, str(g.program))
    for key in ("commit.gpgSign", "tag.gpgSign", "merge.verifySignatures"):
        g.git("config", key, "true")
    for name in ("status", "merge", "commit-tree", "update-ref"):
        g.git("config", f"alias.{name}", f"!{g.program}")


def submodule(g: Ground) -> None:
    inner = g.outside / "inner"
    inner.mkdir()
    (inner / "f").write_text("1")
    for words in (("init", "-q"), ("add", "--all"), ("commit", "-qm", "one")):
        g.git(*words, at=inner)
    g.git("submodule", "add", "-q", str(inner), "inner")
    g.git("commit", "-qm", "user: a submodule")
    there = g.project / "inner"
    (there / ".gitattributes").write_text("* filter=m\n")
    g.git("config", "filter.m.clean", str(g.program), at=there)
    g.git("config", "core.fsmonitor", str(g.program), at=there)
    for key, value in (("submodule.recurse", "true"), ("submodule.inner.ignore", "none")):
        g.git("config", key, value)
    (there / "f").write_text("2")


ATTACKS: dict[str, Callable[[Ground], None]] = {
    "hooks": hooks,
    "hooks elsewhere (core.hooksPath)": hooks_elsewhere,
    "hooks of the user's own configuration": hooks_of_the_user,
    "filters, merge drivers, differs": filters,
    "the same by .git/info/attributes": filters_of_the_repository_alone,
    "included configuration": included("include"),
    "configuration for working trees only": included('includeIf "gitdir:**/worktrees/**"'),
    "configuration for the agents' branch only": included('includeIf "onbranch:agents"'),
    "settings of one working tree": settings_of_one_working_tree,
    "a file watcher": file_watcher,
    "pager, editor, ssh, gpg, aliases": programs_of_the_configuration,
    "a submodule with programs of its own": submodule,
}


def fault_of(attack: str) -> str | None:
    """Attack one project; None when plain git runs the program and no work of agents does."""
    with tempfile.TemporaryDirectory(prefix="trust-git-") as name:
        ended = child.run(_tried, (attack,), Path(name), WAIT, HOME=name)
    said = ended.out.strip() or f"ended with {ended.code}: {ended.err.strip()[-200:]}"
    return None if said == HELD else said


def _tried(attack: str) -> None:
    """In a child whose home is the folder that it is in."""
    outside = Path.cwd()
    ran, program = outside / "ran", outside / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $@" >> {ran}\ncat 2>/dev/null\n')
    program.chmod(0o755)
    made = Workspace(outside / "project", outside / "record")
    made.create()
    made.commit("ann", ANN, "first", FIRST)
    ground = Ground(made.path, outside, program)
    ATTACKS[attack](ground)
    ran.unlink(missing_ok=True)
    _all_commands(made, outside)
    if ran.exists():
        print(f"ran {ran.read_text().splitlines()[0].split('/')[-1][:120]}")
        return
    _plain_git(ground)
    print(HELD if ran.exists() else "plain git doesn't run it either, so nothing was tried")


def _all_commands(made: Workspace, outside: Path) -> None:
    """What new, rerun, diff, history, accept and revert do with the repository."""
    (made.path / "b.py").write_text("y = 3\n")
    first = made.head()
    agents = made.agents_head()
    made.adopt_edits()
    made.commit("ann", ANN, "again", {**AGAIN, "b.py": "y = 1\n"})
    made.edits(["b.py"])
    made.changes(first, made.head())
    made.checkout(outside / "clean")
    other = made.beside("other")
    other.commit("ann", ANN, "otherwise", {"a.py": "q = 1\n", "b.py": "y = 1\n"})
    made.keep("agent-graph/r1", made.head())
    made.restore(other.agents_head(), made.owned(), {}, "accept")
    made.put_away("other")
    made.restore(agents, made.owned(), {}, "revert")
    made.text("a.py")


def _plain_git(g: Ground) -> None:
    """The control: a person works in the same repository."""
    (g.project / "a.py").write_text("x = 5\n")
    worktree = g.outside / "tree"
    for words in (("status",), ("diff",), ("--paginate", "status"), ("add", "--all"), ("commit", "-m", "user: more"),
                  ("worktree", "add", "--force", str(worktree), "agents"), ("checkout", "HEAD~1", "--", "a.py"),
                  ("archive", "HEAD", "-o", str(g.outside / "a.tar"))):  # fmt: skip
        g.git(*words)
    for tree in (worktree, g.outside / "record" / "agents"):
        if tree.is_dir():
            (tree / "a.py").write_text("x = 6\n")
            g.git("add", "--all", at=tree)
            g.git("commit", "-qam", "user: there", at=tree)
