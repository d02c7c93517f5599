"""What is put before a gate or the proof: a checkout with the files that belong there, and the key of all of it."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from agent_graph import register
from agent_graph.artifacts import ROLE_NAMES, Artifact, Event, Stack
from agent_graph.bench import Bench
from agent_graph.context import Context
from agent_graph.measuring.pool import Local
from agent_graph.resources import VERSION
from agent_graph.role import Role
from agent_graph.sandbox import contents
from agent_graph.state import DESIGN_KEYS, RunState
from agent_graph.workspace import RELEASE_OWNER, write_atomic
from agent_graph.writing import formatting, rendering
from agent_graph.writing.contribution import render_context


def bench_for(state: RunState, context: Context, *, before: Role | None = None, fresh: bool = False) -> Bench:
    """A bench with a clean checkout of the current commit; `fresh` forgets what earlier gates kept.

    The gate of the role `before` sees the project as it is when its turn has come, in a first run and in every later
    one: later roles' designs and files stay out, and so do the user's own tests, which may need them. The proof sees
    everything but the report.
    """
    known = DESIGN_KEYS if before is None else DESIGN_KEYS[: ROLE_NAMES.index(before.name) + 1]
    designs: dict[str, Any] = {key: state.get(key) for key in known}
    scratch = Path(tempfile.mkdtemp(prefix="bench-", dir=context.scratch))
    tree, owned = context.workspace.checkout(scratch / "tree"), context.workspace.owned()
    if before is None:
        leave_out(tree, [name for name, owner in owned.items() if owner == RELEASE_OWNER])
    else:
        leave_out(tree, _of_later(before, tree, owned))
        for name, text in early_skeleton(before, state).items():
            write_atomic(tree / name, text)
    cell = context.shipped() if before is not None and before.shipped else context.cell()
    return Bench(
        tree=tree,
        store=scratch / "store" if fresh else context.store,
        sandbox=cell,
        pool=Local(cell),
        specification=state["specification"],
        profile=state["profile"],
        problem=state["problem"],
        manifest=state["manifest"],
        sealed=state["sealed"],
        stack=state.get("stack", Stack()),
        environment=context.environment,
        cache=context.cache,
        scratch=scratch,
        on_step=lambda step: context.emit(Event("step", "", step.name, seconds=step.seconds)),
        **designs,
    )


def trained_tree(bench: Bench, owned: Mapping[str, str], last: Role) -> Path:
    """A copy of the bench's checkout, without the files that come after `last`."""
    tree = bench.scratch / f"until-{last.name}"
    shutil.copytree(bench.tree, tree, symlinks=True)
    leave_out(tree, _of_later(last, tree, owned))
    return tree


def later_than(role: Role) -> tuple[str, ...]:
    """The roles whose turn comes after this one's."""
    return ROLE_NAMES[ROLE_NAMES.index(role.name) + 1 :]


def measured_key(role: Role, state: RunState, bench: Bench, beside: str = "") -> str:
    """SHA-256 of all that a gate's verdict depends on: files, designs, data, the options checked, our own version.

    `beside` is what it depends on for this run only: what a model's design was measured against.
    """
    total = hashlib.sha256(f"{VERSION}\0{bench.sealed.digest}\0{bench.problem.fingerprint()}".encode())
    for key in DESIGN_KEYS[: ROLE_NAMES.index(role.name) + 1]:
        design: Artifact = state[key]  # type: ignore[literal-required]
        total.update(design.model_dump_json(exclude={"decisions"}).encode())
    total.update(contents(bench.tree).encode())
    for option in register.checked_at(role.name, bench.stack):  # one may bring a check and no file
        total.update(f"{option.choice}={option.name} {option.origin}\0".encode())
    total.update(f"{register.kind_of(bench.problem).origin}\0".encode())
    total.update(beside.encode())
    return total.hexdigest()


def proven_key(bench: Bench) -> str:
    """SHA-256 of what a proof depends on: the files, the data, the question, and our own version."""
    facts = f"{VERSION}\0{bench.sealed.digest}\0{bench.problem.fingerprint()}\0{contents(bench.tree)}"
    return hashlib.sha256(facts.encode()).hexdigest()


def _of_later(role: Role, tree: Path, owned: Mapping[str, str]) -> list[str]:
    """Files that come after the role's turn, and tests that no agent wrote."""
    later = {*later_than(role), RELEASE_OWNER}
    users = [path.relative_to(tree).as_posix() for path in (tree / "tests").rglob("*") if not path.is_dir()]
    return [*(name for name, owner in owned.items() if owner in later), *(name for name in users if name not in owned)]


def early_skeleton(role: Role, state: RunState) -> dict[str, str]:
    """The skeleton as it was laid, for the roles before its owner; a file of it that the user edited stays edited."""
    if rendering.SKELETON_OWNER not in later_than(role):
        return {}
    laid: Any = {key: value for key, value in state.items() if key not in DESIGN_KEYS}
    edited = {edit.path for edit in state["user_edits"]}
    files = formatting.formatted(rendering.render(rendering.own(rendering.SKELETON), render_context(laid)))
    return {name: text for name, text in files.items() if name not in edited}


def leave_out(tree: Path, names: Collection[str]) -> None:
    """Take files out of a checkout, and the folders that are empty then."""
    for name in names:
        (tree / name).unlink(missing_ok=True)
    for folder in sorted((path for path in tree.rglob("*") if path.is_dir() and not path.is_symlink()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
