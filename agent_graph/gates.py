"""A gate: a role's design becomes files, the files a commit, and the commit is measured."""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent_graph import formatting, ratchet
from agent_graph.artifacts import ROLE_NAMES, Artifact, Authorship, Check, Decision, GateResult, HardeningDesign
from agent_graph.checks.bench import Bench
from agent_graph.context import Context, Event
from agent_graph.contribution import files_of
from agent_graph.role import Role
from agent_graph.state import DESIGN_KEYS, RunState, authorship_of, gate_of
from agent_graph.workspace import remove

Judge = Callable[[Bench], tuple[Check, ...]]


def run_gate(role: Role, state: RunState, context: Context) -> GateResult:
    """Render and commit the role's contribution, then measure it.

    A redesign that renders to the same files isn't measured again: its result stands.
    """
    started = time.monotonic()
    former: GateResult | None = state.get(gate_of(role.name))  # type: ignore[assignment]
    tree_before = context.workspace.tree()
    contribute(role, state, context)
    proof = state.get("proof")
    if former is not None and not former.passed and context.workspace.tree() == tree_before:
        return former.model_copy(update={"attempt": former.attempt + 1})
    rewind(context, role)
    judge: Judge = importlib.import_module(f"agent_graph.checks.{role.name}").run
    bench = bench_for(state, context)
    try:
        context.emit(Event("gate", role.name, "measuring"))
        checks = judge(bench)
        authorship: Authorship = state.get(authorship_of(role.name), Authorship())  # type: ignore[assignment]
        if authorship.by_model and all(check.verdict != "failed" for check in checks):
            checks = (*checks, *ratchet.held(role, state, bench, on=context.ratchet))
        if bench.adopted:
            context.workspace.adopt(
                role.name,
                role.author,
                f"{role.name.replace('_', '-')}: {', '.join(bench.adopted)}, found by the search",
                bench.adopted,
            )
    finally:
        remove(bench.scratch)
    result = GateResult(
        role=role.name,
        attempt=1 if former is None else former.attempt + 1,
        commit=context.workspace.head(),
        checks=checks,
        seconds=round(time.monotonic() - started, 2),
    )
    announce(result.checks, role.name, context)
    verdict = "passed" if result.passed else "failed"
    again = " (after the proof)" if proof else ""
    context.emit(Event("gate", role.name, f"gate {verdict}{again}", verdict, result.seconds))
    return result


def rewind(context: Context, role: Role) -> None:
    """Give a gate the store that the gates before it left: remembered at its first try, returned to at every other.

    What later gates remembered is forgotten: it holds what this role is about to make anew.
    """
    remembered = context.folder / "before"
    for later in ROLE_NAMES[ROLE_NAMES.index(role.name) + 1 :]:
        remove(remembered / later)
    before = remembered / role.name
    source, target = (before, context.store) if before.is_dir() else (context.store, before)
    remove(target)
    source.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target, copy_function=os.link)  # files are replaced whole, never written into


def contribute(role: Role, state: RunState, context: Context) -> str:
    """Render the role's files and commit them under its name; returns the commit."""
    design: Artifact = state[role.writes]  # type: ignore[literal-required]
    files = files_of(role, state)
    message = commit_message(role, design)
    owned = {name for name, who in context.workspace.owned().items() if who == role.name}
    files |= {name: _kept(context, name) for name in owned & set(_MADE) - set(files)}
    edits = [each.path for each in design.edits] if isinstance(design, HardeningDesign) else ()
    return context.workspace.commit(role.name, role.author, message, formatting.formatted(files), edits)


_MADE = ("config/tuned.json",)  # files that a command of the project made and the gate adopted


def _kept(context: Context, name: str) -> str:
    return (context.workspace.path / name).read_text("utf-8")


def bench_for(state: RunState, context: Context, *, fresh: bool = False) -> Bench:
    """A bench with a clean checkout of the current commit; `fresh` forgets what earlier gates kept."""
    designs: dict[str, Any] = {key: state.get(key) for key in DESIGN_KEYS}
    scratch = Path(tempfile.mkdtemp(prefix="bench-", dir=_scratch(context)))
    return Bench(
        tree=context.workspace.checkout(scratch / "tree"),
        store=scratch / "store" if fresh else context.store,
        sandbox=context.cell(),
        specification=state["specification"],
        profile=state["profile"],
        problem=state["problem"],
        manifest=state["manifest"],
        sealed=state["sealed"],
        cache=context.cache,
        scratch=scratch,
        on_step=lambda step: context.emit(Event("step", "", step.name, seconds=step.seconds)),
        **designs,
    )


def _scratch(context: Context) -> Path:
    folder = context.folder / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def announce(checks: tuple[Check, ...], role: str, context: Context) -> None:
    """Tell each check as it was found."""
    for check in checks:
        context.emit(Event("check", role, check.name, check.verdict, check.seconds))


def commit_message(role: Role, design: Artifact) -> str:
    """A short subject, then every decision with its reason, so that `git log` tells why a line is there."""
    decisions: tuple[Decision, ...] = getattr(design, "decisions", ())
    topics = ", ".join(" ".join(decision.what.split()) for decision in decisions)
    subject = textwrap.shorten(f"{role.name.replace('_', '-')}: {topics}", 72, placeholder=" …")
    lines = [f"{decision.what}: {decision.choice}. {decision.why}" for decision in decisions]
    body = [textwrap.fill(" ".join(line.split()), 100, initial_indent="- ", subsequent_indent="  ") for line in lines]
    return "\n".join([subject, "", *body])


def headline(design: Artifact) -> str:
    """A design in one line: its first decisions."""
    decisions: tuple[Decision, ...] = getattr(design, "decisions", ())
    line = "; ".join(" ".join(f"{decision.what}: {decision.choice}".split()) for decision in decisions[:3])
    return line[:160] or type(design).__name__
