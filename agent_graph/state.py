"""What flows along the graph: one typed value a key, and one writer for each."""

from __future__ import annotations

from typing import TypedDict

from agent_graph.artifacts import (
    Authorship,
    DataDesign,
    DeploymentDesign,
    FeatureDesign,
    GateResult,
    HardeningDesign,
    Manifest,
    MonitoringDesign,
    Problem,
    Profile,
    ProofResult,
    Sealed,
    Specification,
    TrainingDesign,
)

GRAPH_VERSION = 1  # raise it when a node is renamed: a run of another version isn't resumed


class RunState(TypedDict, total=False):
    """One run. `specification`, `graph_version` and `tries` are its input."""

    specification: Specification
    graph_version: int
    tries: int
    # intake
    profile: Profile
    problem: Problem
    manifest: Manifest
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
    # prove, report
    proof: ProofResult
    report: str  # path of execution_report.json


DESIGN_KEYS = ("data", "features", "training", "hardening", "deployment", "monitoring")
BASIS_KEYS = ("specification", "profile", "problem", "manifest", *DESIGN_KEYS)


def gate_of(role: str) -> str:
    """Name of a role's gate, which is its node and its key."""
    return f"{role}_gate"


def authorship_of(role: str) -> str:
    """Name of the key that tells who made a role's design."""
    return f"{role}_authorship"
