"""The mlops engineer as data: what is read, what is decided, and what must be true of it."""

from __future__ import annotations

import math

from agent_graph import inspection
from agent_graph.artifacts import Check, DeploymentDesign
from agent_graph.bench import Bench
from agent_graph.errors import DesignRejected
from agent_graph.measuring.serving import serving
from agent_graph.role import Role
from agent_graph.roles.mlops.inputs import MlopsInputs
from agent_graph.roles.mlops.playbook.bounds import canary_grows, cron, limits_hold, scaling_is_possible
from agent_graph.roles.mlops.playbook.design import playbook
from agent_graph.roles.mlops.wishes.deployment import WISHES


def rule(design: DeploymentDesign, inputs: MlopsInputs) -> None:
    """Raise `DesignRejected` when the deployment can't work, contradicts itself or leaves the manifest."""
    inspection.prose(design, inputs)
    scaling_is_possible(design)
    limits_hold(design)
    _prior_fits(design, inputs)
    cron(design.schedule, "schedule")
    canary_grows(design)
    service = serving(inputs.stack)
    if (design.liveness_path, design.readiness_path) != (service.alive, service.ready):
        raise DesignRejected(
            f"liveness_path must be {service.alive} and readiness_path {service.ready}: the service answers there"
        )


def _prior_fits(design: DeploymentDesign, inputs: MlopsInputs) -> None:
    classes = inputs.problem.target.classes
    if tuple(prior.label for prior in design.class_prior) != classes:
        raise DesignRejected(f"class_prior must name the classes {list(classes)} in this order")
    shares = [prior.share for prior in design.class_prior]
    if classes and (min(shares) < 0 or abs(sum(shares) - 1) > 1e-6):
        raise DesignRejected(f"the shares of class_prior must be >= 0 and add up to 1, not {sum(shares):g}")
    if (design.value_prior is None) != bool(classes):
        raise DesignRejected("value_prior is a number exactly when the target is one (no classes)")
    if design.value_prior is not None and not math.isfinite(design.value_prior):
        raise DesignRejected("value_prior must be finite")
    buckets = design.value_buckets
    if not buckets or not all(map(math.isfinite, buckets)) or list(buckets) != sorted(set(buckets)):
        raise DesignRejected("value_buckets must be finite, strictly ascending and not empty")


def gate(bench: Bench) -> tuple[Check, ...]:
    """What is measured of the files of this design; loaded when it is needed."""
    from agent_graph.roles.mlops.checks import gate

    return gate.run(bench)


ROLE = Role(
    name="mlops",
    title="MLOps engineer",
    reads=MlopsInputs,
    returns=DeploymentDesign,
    writes="deployment",
    playbook=playbook,
    rule=rule,
    gate=gate,
    wishes=WISHES,
    shipped=True,
)
