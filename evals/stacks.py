"""The same project built with other options: designs that stand, with what two of them must say of the stack."""

from __future__ import annotations

from agent_graph import register
from agent_graph.artifacts import Chosen, DeploymentDesign, HardeningDesign, Stack
from agent_graph.intake.stack import held
from agent_graph.measuring.serving import serving
from agent_graph.state import RunState
from agent_graph.writing import packages


def stack_of(**chosen: str) -> Stack:
    """Every choice with its default, but what is chosen. BadInput when two of them can't live together."""
    names = {name: chosen.get(name, choice.default) for name, choice in register.choices().items()}
    return held(
        Stack(chosen=tuple(Chosen(choice=c, option=o, confidence=1.0, reason="chosen") for c, o in names.items()))
    )


def built_with(designs: RunState, stack: Stack) -> RunState:
    """These designs under another stack: the packages that it needs and the paths that are probed; no more changes."""
    members = tuple(member.kind for member in designs["training"].members)
    hardening: HardeningDesign = designs["hardening"].model_copy(
        update={"dependencies": packages.runtime(members, stack), "dev_dependencies": packages.dev(stack)}
    )
    service = serving(stack)
    paths = {"liveness_path": service.alive, "readiness_path": service.ready}
    deployment: DeploymentDesign = designs["deployment"].model_copy(update=paths)
    return {**designs, "stack": stack, "hardening": hardening, "deployment": deployment}
