"""The designs of the committed example, from which any stack's project can be rendered in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import get_type_hints

import pytest

from agent_graph.roles import ROLES
from agent_graph.state import BASIS_KEYS, RunState
from agent_graph.writing import contribution
from evals.example import STATE
from evals.stacks import built_with, stack_of

Project = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def designs() -> RunState:
    """What the example was rendered from."""
    kept, shapes = json.loads(STATE.read_text("utf-8")), get_type_hints(RunState)
    return {key: shapes[key].model_validate(kept[key]) for key in BASIS_KEYS if key in kept}  # type: ignore[return-value]


@pytest.fixture(scope="session")
def project(designs: RunState) -> Project:
    """All files of the example's project, by path, built with other options: `project(serving="…")`."""

    def made(**chosen: str) -> dict[str, str]:
        state = built_with(designs, stack_of(**chosen))
        return {path: text for role in ROLES for path, text in contribution.files_of(role, state).items()}

    return made
