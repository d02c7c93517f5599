"""A gate: a role's design becomes files, the files a commit, and the commit is measured."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable

from agent_graph import register
from agent_graph.artifacts import Artifact, Authorship, Check, Decision, Event, GateResult
from agent_graph.bench import Bench
from agent_graph.context import Context
from agent_graph.measuring.pool import beside
from agent_graph.option import Choice, Option
from agent_graph.proof import ratchet
from agent_graph.proof.staging import bench_for, later_than, measured_key
from agent_graph.role import Role
from agent_graph.state import RunState, authorship_of, gate_of
from agent_graph.workspace import copy_linked, remove, write_atomic
from agent_graph.writing import formatting
from agent_graph.writing.contribution import files_of

MADE = (ratchet.TUNED,)  # files that a command of the project made and the gate adopted
Judge = Callable[[Bench], tuple[Check, ...]]


def run_gate(role: Role, state: RunState, context: Context) -> GateResult:
    """Render and commit the role's contribution, then measure it; what was measured before isn't measured again."""
    started = time.monotonic()
    former = _former(role, state)
    contribute(role, state, context)
    bench = bench_for(state, context, before=role)
    try:
        if former is not None and former.key == (key := _key(role, state, context, bench)):
            if former.passed:
                context.emit(Event("gate", role.name, "nothing to measure anew: its result stands", "passed"))
                return former.model_copy(update={"revision": state["revision"], "attempt": 1})
            if former.revision == state["revision"]:
                return former.model_copy(update={"attempt": former.attempt + 1})
        checks = _measured(role, state, context, bench)
        key = _key(role, state, context, bench)
    finally:
        remove(bench.scratch)
    attempt = former.attempt + 1 if former is not None and former.revision == state["revision"] else 1
    result = GateResult(
        role=role.name,
        attempt=attempt,
        revision=state["revision"],
        key=key,
        commit=context.workspace.head(),
        checks=checks,
        seconds=round(time.monotonic() - started, 2),
    )
    announce(result.checks, role.name, context)
    verdict = "passed" if result.passed else "failed"
    proof = state.get("proof")
    again = " (after the proof)" if proof is not None and proof.revision == state["revision"] else ""
    context.emit(Event("gate", role.name, f"gate {verdict}{again}", verdict, result.seconds))
    return result


def _former(role: Role, state: RunState) -> GateResult | None:
    return state.get(gate_of(role.name))  # type: ignore[return-value]


def _by_model(role: Role, state: RunState) -> bool:
    authorship: Authorship = state.get(authorship_of(role.name), Authorship())  # type: ignore[assignment]
    return authorship.by_model


def _key(role: Role, state: RunState, context: Context, bench: Bench) -> str:
    """What the verdict depends on; a model's design also on the ratchet, so one that passed without it is measured."""
    against = ratchet.basis(role, state, on=context.ratchet) if _by_model(role, state) else ""
    return measured_key(role, state, bench, against)


def judge_of(role: Role) -> Judge:
    """Who measures the role's work: its gate, then the choices that it owns and their options.

    The seam at which tests and trials put another.
    """

    def judge(bench: Bench) -> tuple[Check, ...]:
        held = register.held_to(role.name, bench.stack)
        after = [each for each in held if not _beside(each)]

        def at_once() -> tuple[Check, ...]:
            return tuple(check for each in held if _beside(each) for check in each.check(bench))

        mine, theirs = beside(lambda: role.gate(bench), at_once) if len(after) < len(held) else (role.gate(bench), ())
        return (*mine, *theirs, *(check for each in after for check in each.check(bench)))

    return judge


def _beside(each: Choice | Option) -> bool:
    return (each if isinstance(each, Choice) else register.choices()[each.choice]).beside


def _measured(role: Role, state: RunState, context: Context, bench: Bench) -> tuple[Check, ...]:
    rewind(context, role)
    context.emit(Event("gate", role.name, "measuring"))
    checks = judge_of(role)(bench)
    if _by_model(role, state) and all(check.verdict != "failed" for check in checks):
        checks = (*checks, *ratchet.held(role, state, bench, on=context.ratchet))
    if bench.adopted:
        found = f"{role.name.replace('_', '-')}: {', '.join(bench.adopted)}, found by the search"
        context.workspace.adopt(role.name, role.author, found, bench.adopted)
        for name, text in bench.adopted.items():
            write_atomic(bench.tree / name, text)
    return checks


def rewind(context: Context, role: Role) -> None:
    """Give a gate the store that the gates before it left: remembered at its first try, returned to at every other.

    What later gates remembered is forgotten: it holds what this role is about to make anew.
    """
    remembered = context.folder / "before"
    for later in later_than(role):
        remove(remembered / later)
    before = remembered / role.name
    source, target = (before, context.store) if before.is_dir() else (context.store, before)
    source.mkdir(parents=True, exist_ok=True)
    copy_linked(source, target)


def contribute(role: Role, state: RunState, context: Context) -> str:
    """Render the role's files and commit them under its name; returns the commit."""
    design: Artifact = state[role.writes]  # type: ignore[literal-required]
    files = files_of(role, state)
    message = commit_message(role, design)
    owned = {name for name, who in context.workspace.owned().items() if who == role.name}
    files |= {name: context.workspace.latest(name) for name in owned & set(MADE) - set(files)}
    edits = tuple(role.edits(design))
    return context.workspace.commit(role.name, role.author, message, formatting.formatted(files), edits)


def announce(checks: tuple[Check, ...], role: str, context: Context) -> None:
    """Tell each check as it was found."""
    for check in checks:
        why = check.evidence if check.verdict == "failed" else ""
        context.emit(Event("check", role, check.name, check.verdict, check.seconds, why))


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
