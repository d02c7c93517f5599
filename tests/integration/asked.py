"""Whole runs whose roles are played by a scripted model on a real HTTP server."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_graph.artifacts import Artifact, Authorship, changes_of
from agent_graph.cli.commands import DEMO_STATEMENT
from tests.agents.pieces import Ground
from tests.changing import changes_between
from tests.integration.runs import TELCO, Made, command, run
from tests.llm.server import Exchange, ModelServer, Step, says

BUDGET = "20s"
PATH = "src/telco_churn/errors.py"
CLOCK = 0.005  # AUC: the search ends by the clock, so no two runs try quite the same
TITLES = {
    "data_engineer": "data engineer", "data_scientist": "data scientist", "ml_engineer": "ML engineer",
    "python_pro": "Python engineer", "mlops": "MLOps engineer", "observability": "observability engineer",
}  # fmt: skip


def asker(body: Mapping[str, Any]) -> str:
    """Which role asks, by its task's first line, however the answer's shape is asked for."""
    task = body["messages"][1]["content"]
    (role,) = [role for role, title in TITLES.items() if task.startswith(f"# You are the {title}")]
    return role


def by_role(scripts: Mapping[str, list[Step]]) -> Step:
    """A model that plays each role's own script, whose last step comes again and again."""
    left = {role: list(steps) for role, steps in scripts.items()}

    def step(exchange: Exchange) -> None:
        steps = left[asker(exchange.body)]
        (steps.pop(0) if len(steps) > 1 else steps[0])(exchange)

    return step


def asked_by_role(server: ModelServer) -> dict[str, list[dict[str, Any]]]:
    """What each role sent, in its order."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for body in server.requests:
        found[asker(body)].append(body)
    return found


def nothing_changed(design: Artifact) -> dict[str, Any]:
    """The answer that leaves the playbook's design as it is."""
    return dict.fromkeys(changes_of(type(design)).model_fields)


def changed(design: Artifact, **fields: Any) -> dict[str, Any]:
    """The answer that makes this of the playbook's design."""
    return changes_between(design, design.model_copy(update=fields)).model_dump(mode="json")


def answers(*designs: Any) -> list[Step]:
    """A script of answers."""
    return [says(answer) for answer in designs]


def made(folder: Path, server: ModelServer, *more: str) -> Made:
    """The example with that model behind every role."""
    asking = ("--model", "openai:stub", "--model", "intake=playbook", "--base-url", server.url, *more)
    words = ("--name", "telco-churn", "--budget", BUDGET, "--target", "churn")
    return run(folder, DEMO_STATEMENT, TELCO, *words, *asking)


def score(made: Made) -> float:
    """The score on the sealed rows."""
    assert made.report.proof is not None
    assert made.report.proof.holdout is not None
    return made.report.proof.holdout.score


def told(made: Made, *words: str) -> Any:
    """What a command says about the project, as JSON."""
    return json.loads(command(made.project.parents[1], *words, "--json").stdout)


def ground(telco: Made, design: Artifact) -> Ground:
    """The example, as faults want it."""
    return Ground(design, "tenure", "contract", "churn", PATH, (telco.project / PATH).read_text("utf-8"))


def authorships(made: Made) -> dict[str, Authorship]:
    """How each role's design came about."""
    found = {account.role: account.authorship for account in made.report.roles}
    assert all(found.values())
    return found  # type: ignore[return-value]
