"""The ratchet: where a score can be measured, a model's design stands only if it isn't worse than the playbook's."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent_graph import feedback
from agent_graph.artifacts import Artifact, Check
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import tracking
from agent_graph.measuring.blocks import blocks
from agent_graph.measuring.metrics import better, score
from agent_graph.measuring.pool import beside
from agent_graph.measuring.predictions import Answer, InvalidPredictions, read_out_of_fold
from agent_graph.measuring.scoring import standard_error
from agent_graph.role import Role
from agent_graph.roles import BY_NAME, ROLES
from agent_graph.sandbox import Step
from agent_graph.state import DESIGN_KEYS, RunState, inputs_of
from agent_graph.workspace import remove
from agent_graph.writing import formatting, rendering
from agent_graph.writing.contribution import files_of, render_context

NAME = "no_worse_than_playbook"
OUT_OF_FOLD = "artifacts/oof.csv"
TUNED = "config/tuned.json"  # what a search found and a gate adopted
Scored = tuple[Answer, NDArray[np.generic]]
FEWEST = 50  # rows of the playbook's out of fold, for a score that says something
SAME = 1e-6  # how far predictions may move, against the largest of them, when code is written anew


class Unmeasured(Exception):
    """A design that couldn't be trained, with the end of what it said."""


def held(role: Role, state: RunState, bench: Bench, *, on: bool) -> tuple[Check, ...]:
    """The check of a model's design against its peer; none for a role that no score can measure.

    Both are trained on the open rows in the same way, and the host scores their out-of-fold predictions: worse than the
    playbook's by more than a standard error of the difference (paired bootstrap) is a failed check. Code that was
    written anew could write any prediction down, labels being at hand where it runs; so the peer of a design with edits
    is the same design without them, and its predictions have to stay as they were.
    """
    if role.scored is None:
        return ()
    findings = Findings(role.name)
    if not on:
        findings.not_checked(NAME, "the ratchet is turned off")
        return tuple(findings.checks)
    state = until(role, state)
    design, peer = _design(role, state), _peer(role, state)
    if peer == design:
        findings.not_checked(NAME, "the model's design is the playbook's own, so there is nothing to compare")
    elif files := _both(findings, role, state, {**state, role.writes: peer}, bench):  # type: ignore[misc]
        judge(findings, bench, *files, edited=bool(role.edits(design)))
    return tuple(findings.checks)


def _both(findings: Findings, role: Role, mine: RunState, theirs: RunState, bench: Bench) -> tuple[Path, Path] | None:
    """The out-of-fold predictions of both; None, and a finding, when one can't be trained."""
    searched = role.scored == "searched"

    def trained(state: RunState) -> Path | Unmeasured:
        try:
            return _predicted(_completed(role, state), bench, searched=searched)
        except Unmeasured as error:
            return error

    if searched:  # each has so many seconds for its search, which the other one would take from it
        own, other = trained(mine), trained(theirs)
    else:
        own, other = beside(lambda: trained(mine), lambda: trained(theirs))
    if isinstance(own, Unmeasured):
        findings.add(NAME, False, f"the design can't be trained: {own}")
        return None
    if isinstance(other, Unmeasured):
        findings.not_checked(NAME, f"the playbook's design can't be trained: {other}")
        return None
    return own, other


def basis(role: Role, state: RunState, *, on: bool) -> str:
    """What the check of a model's design depends on beside the designs up to its role and the files: its peer."""
    if role.scored is None:
        return ""
    return _peer(role, state).model_dump_json(exclude={"decisions"}) if on else "the ratchet is turned off"


def judge(findings: Findings, bench: Bench, mine: Path, theirs: Path, *, edited: bool = False) -> None:
    """Compare two files of out-of-fold predictions, the design's and its peer's, on every row of the peer's.

    A design that leaves out rows of its peer's has failed: it could be leaving out the hard ones. `edited`: no
    prediction may move.
    """
    try:
        own = read_out_of_fold(mine, bench.sealed, bench.problem)
    except InvalidPredictions as error:
        findings.add(NAME, False, f"the design's out-of-fold predictions can't be scored: {error}")
        return
    try:
        other = read_out_of_fold(theirs, bench.sealed, bench.problem)
    except InvalidPredictions as error:
        findings.not_checked(NAME, f"the playbook's out-of-fold predictions can't be scored: {error}")
        return
    asked, absent = len(other[0].rows), len(np.setdiff1d(other[0].rows, own[0].rows))
    if absent:
        findings.add(
            NAME,
            False,
            f"{absent:,} of the {asked:,} rows that the playbook's design predicts out of fold are left out, so the "
            "scores can't be compared: validate on these rows at least",
        )
    elif edited:
        _unmoved(findings, own[0], other[0])
    elif asked < FEWEST:
        findings.not_checked(NAME, f"only {asked} rows are predicted out of fold")
    else:
        _score(findings, bench, own, other)


def _unmoved(findings: Findings, own: Answer, other: Answer) -> None:
    _, left, right = np.intersect1d(own.rows, other.rows, assume_unique=True, return_indices=True)
    moved = np.abs(own.values[left] - other.values[right]).reshape(len(left), -1).max(axis=1)
    bar = SAME * max(1.0, float(np.abs(other.values).max(initial=0.0)))
    worst, rows = float(moved.max(initial=0.0)), int((moved > bar).sum())
    added = len(own.rows) - len(left)
    findings.add(
        NAME,
        not rows and not added,
        f"{rows:,} of {len(left):,} out-of-fold predictions moved by more than {bar:.2g} against the design without "
        f"its edits, {added:,} were added; the largest move is {worst:.2g}: edits must leave predictions as they were",
        largest_move=worst,
    )


def _score(findings: Findings, bench: Bench, mine: Scored, theirs: Scored) -> None:
    problem, (own, truth), (other, _) = bench.problem, mine, theirs
    _, left, right = np.intersect1d(own.rows, other.rows, assume_unique=True, return_indices=True)
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


def _design(role: Role, state: RunState) -> Artifact:
    design: Artifact = state[role.writes]  # type: ignore[literal-required]
    return design


def _peer(role: Role, state: RunState) -> Artifact:
    """What a design is measured against: itself without its edits, else the playbook's design of the role."""
    design = _design(role, state)
    if role.edits(design):
        return design.model_copy(update={"edits": ()})
    return feedback.answered(role, inputs_of(role, state), BY_NAME)[0]


def until(role: Role, state: RunState) -> RunState:
    """Without the designs after the role's: in a later run they are there already, and may hold code of their own."""
    later = DESIGN_KEYS[DESIGN_KEYS.index(role.writes) + 1 :]
    return {key: value for key, value in state.items() if key not in later}  # type: ignore[return-value]


def _completed(role: Role, state: RunState) -> RunState:
    """With a training design by the playbook where none was made yet: features alone have no score."""
    trainer = BY_NAME["ml_engineer"]
    if ROLES.index(role) < ROLES.index(trainer):
        return {**state, trainer.writes: feedback.answered(trainer, inputs_of(trainer, state), BY_NAME)[0]}  # type: ignore[misc]
    return state


def _predicted(state: RunState, bench: Bench, *, searched: bool) -> Path:
    """Train the project of these designs in the cell; its out-of-fold predictions, kept by content."""
    files = rendering.render(rendering.own(rendering.SKELETON), render_context(state))
    for role in ROLES:
        if state.get(role.writes) is not None:
            files |= files_of(role, state)
    files = formatting.formatted(files)
    if not searched and (bench.tree / TUNED).is_file():  # the recipe that the project will be trained with
        files[TUNED] = (bench.tree / TUNED).read_text("utf-8")
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
    session, out = trial.session(steps, collect=(OUT_OF_FOLD,), preload=tracking.learn(trial))
    for step in steps:
        done = session.step(step.name)
        if not done.ok:
            raise Unmeasured(f"{step.name}: {done.status} {done.rc}: {last_lines(done.err or done.out, 6)}")
    return out / OUT_OF_FOLD
