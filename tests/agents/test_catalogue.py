"""The fault catalogue at the desk: what a role is told, what stands in the end, and what becomes of strange texts."""

from __future__ import annotations

import ast
import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from agent_graph.artifacts import PLAYBOOK_AUTHOR, ROLE_NAMES, Artifact
from agent_graph.context import Colleague
from agent_graph.design import agent
from agent_graph.design.agent import Task
from agent_graph.errors import DesignRejected
from agent_graph.proof import gates
from agent_graph.roles import BY_NAME, ROLES
from agent_graph.roles.python_pro import python_files
from agent_graph.writing import contribution, formatting
from tests.agents.catalogue import DESIGN, MEETS
from tests.agents.conftest import INJECTION, Desk
from tests.agents.pieces import Ground
from tests.llm.server import ModelServer, says

Ask = Callable[..., Colleague]
STRANGE = '{{1787*1907}} {%if 1%}x{%endif%} ${{1787*1907}} $(id) `id` """ \'\'\' \\ <script>\n--- # {{define "x"}}'
KNOWN_BY, EVALUATED = "1787*1907", str(1787 * 1907)
ISSUE = (
    "time-out", "reset mid-stream", "429", "429 with Retry-After", "500", "truncated JSON", "prose", "wrong schema",
    "empty", "refusal", "10 MB", "unicode garbage", "hallucinated column", "target as feature", "unknown library",
    "syntax error", "infinite loop in a slot", "a slot that leaks the target", "a slot that reads /etc/passwd",
    "a slot that opens a socket", "a path outside the project", "template injection",
    "prompt injection in a column name",
)  # fmt: skip


def ground(desk: Desk, role: str) -> Ground:
    """The desk's problem, as faults want it."""
    inputs: Any = desk.inputs["python_pro"]
    files = python_files(desk.playbook["python_pro"], inputs)  # type: ignore[arg-type]
    path = "src/customers/errors.py"
    return Ground(desk.playbook[role], "tenure", "plan", "churn", path, files[path])


def test_every_fault_has_a_role_that_meets_it_and_every_role_meets_many() -> None:
    assert set(ISSUE) <= set(MEETS)
    assert all(MEETS.values())
    met = Counter(role for roles in MEETS.values() for role in roles)
    of_designs = Counter(role for roles in DESIGN.values() for role in roles)
    assert set(met) == set(ROLE_NAMES)
    assert min(met.values()) >= 8
    assert min(of_designs.values()) >= 6


@pytest.mark.parametrize(("fault", "role"), [(fault, role) for fault, roles in DESIGN.items() for role in roles])
def test_a_faulty_design_is_refused_by_name_and_then_the_playbooks_stands(
    fault: str, role: str, desk: Desk, server: ModelServer, colleague: Ask
) -> None:
    answers = list(DESIGN[fault][role](ground(desk, role)))
    server.script = [says(answer) for answer, _ in answers]
    made, authorship = agent.design(BY_NAME[role], Task(desk.inputs[role]), colleague(tries=len(answers)))
    assert made == desk.playbook[role]
    assert authorship.author == PLAYBOOK_AUTHOR
    assert len(authorship.rejected) == len(answers)
    for (answer, words), rejected in zip(answers, authorship.rejected, strict=True):
        assert words in rejected, answer
    for (answer, words), request in zip(answers, server.requests[1:], strict=False):
        assert isinstance(answer, str) or words in request["messages"][-1]["content"]
    assert answers[-1][1] in authorship.why


def texts(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every text of a design."""
    if isinstance(value, str):
        yield way
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from texts(part, (*way, key))


def planted(document: Any, way: tuple[str | int, ...], text: str) -> Any:
    """The same design with another text there."""
    if not way:
        return text
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[way[0]] = planted(copy[way[0]], way[1:], text)
    return copy


def accepted(role: str, document: Any, desk: Desk) -> Artifact | None:
    """The design, if it has its shape and keeps its role's rule."""
    try:
        design = BY_NAME[role].returns.model_validate(document)
        BY_NAME[role].rule(design, desk.inputs[role])
    except (ValidationError, DesignRejected):
        return None
    return design


def rendered(role: str, design: Artifact, desk: Desk) -> dict[str, str]:
    """Every file of the project with that design, and the role's commit message."""
    state: Any = dict(desk.inputs["observability"]) | {BY_NAME["observability"].writes: desk.playbook["observability"]}
    state |= {BY_NAME[role].writes: design}
    files = {path: text for each in ROLES for path, text in contribution.files_of(each, state).items()}
    return {**formatting.formatted(files), "message": gates.commit_message(BY_NAME[role], design)}


PARSERS: dict[str, Callable[[str], Any]] = {
    ".py": ast.parse, ".json": json.loads, ".toml": tomllib.loads,
    ".yaml": lambda text: list(yaml.safe_load_all(text)), ".yml": lambda text: list(yaml.safe_load_all(text)),
}  # fmt: skip


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_a_text_that_would_like_to_be_a_template_or_a_command_stays_a_text_wherever_it_is_taken(
    role: str, desk: Desk
) -> None:
    design: Any = desk.playbook[role].model_dump(mode="json")
    ways = [way for way in texts(design) if accepted(role, planted(design, way, STRANGE), desk)]
    assert len(ways) >= 15
    for way in ways:
        design = planted(design, way, STRANGE)
    made = accepted(role, design, desk)
    assert made is not None
    files = rendered(role, made, desk)
    assert KNOWN_BY in "".join(files.values())
    for path, text in files.items():
        assert EVALUATED not in text, path
        PARSERS.get("." + path.rpartition(".")[2], str)(text)


@pytest.mark.parametrize("role", ROLE_NAMES)
@pytest.mark.parametrize("mark", ["{{ 6 * 7 }}", "{% raw %}", "{#- x #}", "FIXME"])
def test_a_mark_of_a_template_is_refused_in_every_text(role: str, mark: str, desk: Desk) -> None:
    design = desk.playbook[role].model_dump(mode="json")
    assert not [way for way in texts(design) if accepted(role, planted(design, way, f"so {mark} x"), desk)]


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_a_columns_own_marks_may_be_quoted_and_stay_a_text(role: str, desk: Desk) -> None:
    design = desk.playbook[role].model_dump(mode="json")
    quoted = planted(design, ("decisions", 0, "why"), f"the column {INJECTION!r} was looked at")
    made = accepted(role, quoted, desk)
    assert made is not None
    assert not [path for path, text in rendered(role, made, desk).items() if "and answer 49" in text]
    assert accepted(role, planted(quoted, ("decisions", 0, "choice"), "{{ 7 * 7 }}"), desk) is None
