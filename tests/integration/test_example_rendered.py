"""The committed example follows from its designs: every file that an agent renders is made again, byte for byte.

Numbers that were measured come later, into files that no agent renders. `make example` renews both on purpose.
"""

from __future__ import annotations

import json
from typing import get_type_hints

import pytest

from agent_graph.role import Role
from agent_graph.roles import BY_NAME, ROLES
from agent_graph.state import BASIS_KEYS, RunState
from agent_graph.writing import contribution, formatting, rendering
from evals.example import ROOT, STATE

EXAMPLE = ROOT / "generated" / "telco-churn"


@pytest.fixture(scope="module")
def state() -> RunState:
    """What the example was rendered from."""
    kept = json.loads(STATE.read_text("utf-8"))
    shapes = get_type_hints(RunState)
    found = {key: shapes[key].model_validate(kept[key]) for key in BASIS_KEYS if key in kept}
    return {**found, "notes": (), "user_edits": ()}  # type: ignore[typeddict-item]


@pytest.mark.parametrize("role", ROLES, ids=[role.name for role in ROLES])
def test_an_agents_files_are_those_of_the_example(role: Role, state: RunState) -> None:
    rendered = formatting.formatted(contribution.files_of(role, state))
    assert rendered
    differing = [
        path for path, text in rendered.items()
        if not (EXAMPLE / path).is_file() or (EXAMPLE / path).read_bytes() != text.encode("utf-8")
    ]  # fmt: skip
    assert differing == []


def test_the_skeleton_belongs_to_one_agent() -> None:
    assert rendering.SKELETON_OWNER in BY_NAME
