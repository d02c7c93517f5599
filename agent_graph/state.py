"""What flows along the graph: one typed value a key, and one writer for each."""

from __future__ import annotations

from typing import Any, TypedDict

from agent_graph import register
from agent_graph.artifacts import (
    Authorship,
    DataDesign,
    DeploymentDesign,
    FeatureDesign,
    GateResult,
    HardeningDesign,
    Manifest,
    MonitoringDesign,
    Note,
    Problem,
    Profile,
    ProofResult,
    Reading,
    Review,
    Sealed,
    SignOff,
    Specification,
    Stack,
    TrainingDesign,
    UserEdit,
)
from agent_graph.role import Inputs, Role

GRAPH_VERSION = 3  # raise it when a node or a key of the state changes: a run of another version isn't resumed


class RunState(TypedDict, total=False):
    """One run. What stands before intake's keys is the input of a run or of a rerun."""

    specification: Specification
    graph_version: int
    tries: int
    revision: int  # number of the work that is being done: 1 is the first run
    notes: tuple[Note, ...]  # feedback that holds, oldest first
    user_edits: tuple[UserEdit, ...]
    # intake
    profile: Profile
    reading: Reading
    problem: Problem
    manifest: Manifest
    stack: Stack
    sealed: Sealed
    # one design a role
    data: DataDesign
    features: FeatureDesign
    training: TrainingDesign
    hardening: HardeningDesign
    deployment: DeploymentDesign
    monitoring: MonitoringDesign
    # one gate a role
    data_engineer_gate: GateResult
    data_scientist_gate: GateResult
    ml_engineer_gate: GateResult
    python_pro_gate: GateResult
    mlops_gate: GateResult
    observability_gate: GateResult
    # who made each design
    data_engineer_authorship: Authorship
    data_scientist_authorship: Authorship
    ml_engineer_authorship: Authorship
    python_pro_authorship: Authorship
    mlops_authorship: Authorship
    observability_authorship: Authorship
    # what a person said of each design, and of the whole code
    data_engineer_review: Review
    data_scientist_review: Review
    ml_engineer_review: Review
    python_pro_review: Review
    mlops_review: Review
    observability_review: Review
    sign_off: SignOff
    # prove, report
    proof: ProofResult
    report: str  # path of execution_report.json


DESIGN_KEYS = ("data", "features", "training", "hardening", "deployment", "monitoring")
BASIS_KEYS = ("specification", "profile", "problem", "manifest", "stack", *DESIGN_KEYS)


def gate_of(role: str) -> str:
    """Name of a role's gate, which is its node and its key."""
    return f"{role}_gate"


def review_of(role: str) -> str:
    """Name of the stop at which a person may look at a role's design, which is its node and its key."""
    return f"{role}_review"


def authorship_of(role: str) -> str:
    """Name of the key that tells who made a role's design."""
    return f"{role}_authorship"


def inputs_of(role: Role, state: RunState) -> Inputs:
    """What the role knows now: the facts, the designs before its own, and what people said and did to its work."""
    known: dict[str, Any] = {key: state[key] for key in role.reads.model_fields if key in state}  # type: ignore[literal-required]
    known["stack"] = state.get("stack", Stack()).seen(register.seen_by(role.name))
    edits = tuple(edit for edit in state.get("user_edits", ()) if edit.owner == role.name)
    return role.reads(**{**known, "notes": notes_of(role.name, state), "edits": edits})


def notes_of(role: str, state: RunState) -> tuple[Note, ...]:
    """The feedback that holds for a role: from reruns, from its reviews, from the look at the whole code."""
    review: Review = state.get(review_of(role), Review())  # type: ignore[assignment]
    said = (*state.get("notes", ()), *review.notes, *state.get("sign_off", SignOff()).notes)
    return tuple(note for note in said if note.role == role)
