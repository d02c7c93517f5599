"""The ratchet: where a score can be measured, a model's design stands only if it isn't worse than the playbook's."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent_graph import agent, formatting, rendering
from agent_graph.artifacts import Check
from agent_graph.checks.bench import LEARN, Bench, Findings, last_lines
from agent_graph.checks.blocks import blocks
from agent_graph.checks.metrics import better, score
from agent_graph.checks.predictions import Answer, InvalidPredictions, read_out_of_fold
from agent_graph.checks.scoring import standard_error
from agent_graph.contribution import files_of, render_context
from agent_graph.role import Role
from agent_graph.sandbox import Step
from agent_graph.state import RunState, inputs_of
from agent_graph.team import BY_NAME, ROLES
from agent_graph.workspace import remove

NAME = "no_worse_than_playbook"
SEARCHED = {"data_scientist": False, "ml_engineer": True, "python_pro": False}  # roles whose work a score can measure
OUT_OF_FOLD = "artifacts/oof.csv"
Scored = tuple[Answer, NDArray[np.generic]]
FEWEST = 50  # rows that both designs must have predicted out of fold


class Unmeasured(Exception):
    """A design that couldn't be trained, with the end of what it said."""


def held(role: Role, state: RunState, bench: Bench, *, on: bool) -> tuple[Check, ...]:
    """The check of a model's design against the playbook's; none for a role that no score can measure.

    Both are trained on the open rows in the same way, and the host scores their out-of-fold predictions: worse by more
    than a standard error of the difference (paired bootstrap) is a failed check.
    """
    if role.name not in SEARCHED:
        return ()
    findings = Findings(role.name)
    if not on:
        findings.not_checked(NAME, "the ratchet is turned off")
        return tuple(findings.checks)
    peer = _by_playbook(role, state)
    if peer[role.writes] == state[role.writes]:  # type: ignore[literal-required]
        findings.not_checked(NAME, "the model's design is the playbook's own, so there is nothing to compare")
        return tuple(findings.checks)
    try:
        mine = _answer(_completed(role, state), bench, searched=SEARCHED[role.name])
    except (Unmeasured, InvalidPredictions) as error:
        findings.add(NAME, False, f"the design can't be trained: {error}")
        return tuple(findings.checks)
    try:
        theirs = _answer(_completed(role, peer), bench, searched=SEARCHED[role.name])
    except (Unmeasured, InvalidPredictions) as error:
        findings.not_checked(NAME, f"the playbook's design can't be trained: {error}")
        return tuple(findings.checks)
    _compare(findings, bench, mine, theirs)
    return tuple(findings.checks)


def _compare(findings: Findings, bench: Bench, mine: Scored, theirs: Scored) -> None:
    problem, (own, truth), (other, _) = bench.problem, mine, theirs
    _, left, right = np.intersect1d(own.rows, other.rows, assume_unique=True, return_indices=True)
    if len(left) < FEWEST:
        findings.not_checked(NAME, f"only {len(left)} rows were predicted out of fold by both")
        return
    near = blocks(bench, bench.sealed.open_dir)
    inside = None if near is None else near[own.rows[left]]
    truth, values, peers = truth[left], own.values[left], other.values[right]
    scores = [score(problem, problem.metric, truth, answer) for answer in (values, peers)]
    gain, noise = better(problem.metric, *scores), standard_error(problem, truth, values, peers, inside)
    findings.add(
        NAME,
        gain >= -noise,
        f"{problem.metric} {scores[0]:.4g} out of fold, the playbook's design {scores[1]:.4g}; standard error of the "
        f"difference {noise:.2g}, {len(left):,} rows",
        model=scores[0],
        playbook=scores[1],
        uplift=gain,
        standard_error=noise,
    )


def _by_playbook(role: Role, state: RunState) -> RunState:
    """The same run with the playbook's design of this role."""
    return {**state, role.writes: agent.playbook(role, inputs_of(role, state))}  # type: ignore[misc]


def _completed(role: Role, state: RunState) -> RunState:
    """With a training design by the playbook where none was made yet: features alone have no score."""
    trainer = BY_NAME["ml_engineer"]
    if ROLES.index(role) < ROLES.index(trainer):
        return {**state, trainer.writes: agent.playbook(trainer, inputs_of(trainer, state))}  # type: ignore[misc]
    return state


def _answer(state: RunState, bench: Bench, *, searched: bool) -> Scored:
    return read_out_of_fold(_predicted(state, bench, searched=searched), bench.sealed, bench.problem)


def _predicted(state: RunState, bench: Bench, *, searched: bool) -> Path:
    """Train the project of these designs in the cell; its out-of-fold predictions, kept by content."""
    files = rendering.render(rendering.SKELETON, render_context(state))
    for role in ROLES:
        if state.get(role.writes) is not None:
            files |= files_of(role, state)
    files = formatting.formatted(files)
    key = hashlib.sha256(repr((sorted(files.items()), bench.sealed.digest, searched)).encode()).hexdigest()[:32]
    kept = bench.cache / "ratchet" / f"{key}.csv"
    if not kept.is_file():
        trial = _staged(files, state, bench, key)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(_trained(trial, searched=searched), kept)
    return kept


def _staged(files: dict[str, str], state: RunState, bench: Bench, key: str) -> Bench:
    tree = bench.scratch / f"ratchet-{key[:8]}"
    remove(tree)
    for name, text in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return dataclasses.replace(
        bench,
        tree=tree,
        store=bench.scratch / f"ratchet-{key[:8]}-store",
        features=state.get("features"),
        training=state.get("training"),
    )


def _trained(trial: Bench, *, searched: bool) -> Path:
    budget = trial.training.budget_s if trial.training else 0.0
    longest = 120 + 6 * budget
    search = [trial.command("tune", "--budget", f"{budget:g}", timeout_s=2 * budget + 60)] if searched else []
    steps: list[Step] = [trial.command("ingest"), *search, trial.command("train", timeout_s=longest)]
    session, out = trial.session(steps, collect=(OUT_OF_FOLD,), preload=LEARN)
    for step in steps:
        done = session.step(step.name)
        if not done.ok:
            raise Unmeasured(f"{step.name}: {done.status} {done.rc}: {last_lines(done.err or done.out, 6)}")
    return out / OUT_OF_FOLD
