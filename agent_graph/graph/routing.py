"""Where a run goes next: pure choices over the state."""

from __future__ import annotations

from collections.abc import Callable

from agent_graph.artifacts import ROLE_NAMES, Artifact, Authorship, GateResult, Review
from agent_graph.state import RunState, authorship_of, gate_of, review_of

PROOFS = 2  # the project is proven at most so often: once, and once more after its owner mended it


def after_review(role: str, writes: str) -> Callable[[RunState], str]:
    """On to the gate with the design that a person let pass, else back to the role with what they said."""

    def choose(state: RunState) -> str:
        review: Review = state[review_of(role)]  # type: ignore[literal-required]
        design: Artifact = state[writes]  # type: ignore[literal-required]
        return gate_of(role) if review.approved == design.fingerprint() else role

    return choose


def after_gate(role: str, following: str) -> Callable[[RunState], str]:
    """Back to the role while it fails and has tries left, else on to the next node.

    A model's designs don't count: the playbook has its own tries behind them.
    """

    def choose(state: RunState) -> str:
        gate: GateResult = state[gate_of(role)]  # type: ignore[literal-required]
        authorship: Authorship = state.get(authorship_of(role), Authorship())  # type: ignore[assignment]
        return role if not gate.passed and gate.attempt - authorship.designs < state["tries"] else following

    return choose


def after_sign_off(state: RunState) -> str:
    """To the proof, or to the role that a person sent back."""
    return state["sign_off"].sent_back or "prove"


def after_prove(state: RunState) -> str:
    """To the first owner of a failed check, once; then to the report."""
    proof = state["proof"]
    if proof.attempt >= PROOFS:
        return "report"
    blamed = {check.owner for check in proof.failed}
    return next((role for role in ROLE_NAMES if role in blamed), "report")
