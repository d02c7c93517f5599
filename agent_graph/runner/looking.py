"""What became of a project: its state, its prompts, its revisions, and what differs between two of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from agent_graph.artifacts import Artifact, Comparison, ExecutionReport, changes_of
from agent_graph.errors import BadInput
from agent_graph.llm.spec import INTAKE
from agent_graph.role import Role
from agent_graph.runner import records
from agent_graph.runner.checkpoints import THREAD, graph
from agent_graph.runner.recording import PREDICTIONS, kept_in
from agent_graph.state import RunState, inputs_of
from agent_graph.workspace import Workspace, revisions
from agent_graph.workspace.revisions import FileChange, Revision


class Changed(Artifact):
    """One thing that differs: a field of a design, a check. "" where a side has none."""

    role: str
    what: str
    before: str
    after: str


class Difference(Artifact):
    """Two revisions side by side."""

    before: Revision
    after: Revision
    comparison: Comparison | None  # on the same sealed rows; None when one has no valid predictions
    decisions: tuple[Changed, ...]  # of the designs, field by field
    checks: tuple[Changed, ...]  # whose verdict changed
    files: tuple[FileChange, ...]


def state(name: str) -> dict[str, Any]:
    """The last checkpoint of a project's run: its artifacts by key."""
    with graph(_folder(name)) as built:
        return dict(built.get_state(THREAD).values)


def prompts(name: str, role: str | None = None) -> tuple[Mapping[str, Any], ...]:
    """Every call to a model in a run and whether it was sent, and for intake and roles that made none what would be.

    Each with role, label, model, fate ("begun": the run was killed before it knew), why it wasn't sent, mode (how the
    answer's shape was asked for), system, task, again (the messages after those) and schema.
    """
    from agent_graph.design.asking import UNTOLD, kept
    from agent_graph.roles import ROLES

    wanted = INTAKE if role == INTAKE else records.role_named(role) if role else None
    values = cast(RunState, state(name))
    calls = list(kept(_folder(name)))
    if not any(call["role"] == INTAKE for call in calls) and values.get("reading"):
        said = {"role": INTAKE, "label": "would be sent", "fate": "would be sent"}
        calls.insert(0, {**UNTOLD, **said, **_would_be_read(values)})
    for one in ROLES:
        if not any(call["role"] == one.name for call in calls) and one.writes in values:
            said = {"role": one.name, "label": "would be sent", "fate": "would be sent"}
            calls.append({**UNTOLD, **said, **_would_be(one, values, _sample_rows(_folder(name)))})
    return tuple(call for call in calls if wanted in (None, call["role"]))


def _would_be(role: Role, values: RunState, rows: int) -> dict[str, Any]:
    from agent_graph.design import agent
    from agent_graph.llm import strict_schema

    text = agent.prompt(role, inputs_of(role, values), samples=agent.samples(values, rows))
    return {"system": text.system, "task": text.task, "schema": strict_schema(changes_of(role.returns))}


def _would_be_read(values: RunState) -> dict[str, Any]:
    """What a model would be sent that reads the statement; the profile is that of the open rows by now."""
    from agent_graph.intake.by_model.asking import request_for
    from agent_graph.llm import strict_schema

    pieces = tuple(entry.words for entry in values["reading"].ledger)
    asked = request_for(values["specification"], values["profile"], pieces)
    return {"system": asked.system, "task": asked.task, "schema": strict_schema(asked.schema)}


def _sample_rows(folder: Path) -> int:
    """How many rows the run's wishes let a prompt show."""
    from agent_graph.design.asking import Asking

    request = records.load(folder, records.Request, records.REQUEST)
    return Asking.model_validate_json(request.asking).sample_rows if request and request.asking else 0


def history(name: str) -> tuple[Revision, ...]:
    """The revisions of a project, oldest first."""
    return revisions.all_of(_folder(name))


def diff(name: str, span: str = "", agent: str | None = None) -> Difference:
    """Two revisions side by side: `span` is "1..3", or "2" for what changed with it; the last one by default.

    `agent` keeps what is one role's. BadInput when there is no such revision or role.
    """
    folder, role = _folder(name), records.role_named(agent) if agent else None
    before, after = (revisions.one(folder, number) for number in _span(folder, name, span))
    workspace = Workspace(Path(records.project(name).path), folder)
    return Difference(
        before=before,
        after=after,
        comparison=_compared(folder, before, after),
        decisions=tuple(each for each in _decisions(folder, before, after) if role in (None, each.role)),
        checks=tuple(each for each in _checks(folder, before, after) if role in (None, each.role)),
        files=revisions.diff(workspace, before, after, role).files,
    )


def _folder(name: str) -> Path:
    return records.runs_folder() / records.project(name).name


def _span(folder: Path, name: str, span: str) -> tuple[int, int]:
    known = revisions.all_of(folder)
    if match := re.fullmatch(r"(\d+)(?:\.\.(\d+))?", span):
        first, second = int(match[1]), match[2]
        return (first, int(second)) if second else (_previous(known, first), first)
    if span:
        raise BadInput(f"{span!r} is no span of revisions; write 1..3, or 3")
    if not known:
        raise BadInput(f"{name} has no revision yet; agent-graph resume {name} finishes its run")
    return _previous(known, known[-1].number), known[-1].number


def _previous(known: tuple[Revision, ...], number: int) -> int:
    """What a revision was made from."""
    mine = next((each for each in known if each.number == number), None)
    if mine is not None and mine.alternative_to is not None:
        return mine.alternative_to
    earlier = [each.number for each in known if each.number < number and each.alternative_to is None]
    if not earlier:
        raise BadInput(f"there is no revision before {number} to compare it with")
    return earlier[-1]


def _compared(folder: Path, before: Revision, after: Revision) -> Comparison | None:
    from agent_graph.proof.comparing import compared

    files = [kept_in(folder, each.number) / PREDICTIONS for each in (before, after)]
    if before.metric != after.metric or not all(path.is_file() for path in files):
        return None
    with graph(folder) as built:
        values = built.get_state(THREAD).values
    problem = values["problem"].model_copy(update={"metric": after.metric})
    return compared(before.number, files[0], files[1], problem, values["sealed"], values["profile"])


def _decisions(folder: Path, before: Revision, after: Revision) -> list[Changed]:
    """Fields of the designs that differ; lists of named things differ thing by thing."""
    from agent_graph.artifacts import changed_fields
    from agent_graph.roles import ROLES

    sides = [json.loads(revisions.text_of(folder, each.number, revisions.DESIGNS)) for each in (before, after)]
    found = []
    for role in ROLES:
        designs = [role.returns.model_validate(side[role.writes]) for side in sides if role.writes in side]
        if len(designs) == 2:
            for what, old, new in changed_fields(*designs):
                found.append(Changed(role=role.name, what=what, before=old, after=new))
    return found


def _checks(folder: Path, before: Revision, after: Revision) -> list[Changed]:
    texts = [revisions.text_of(folder, each.number, revisions.REPORT) for each in (before, after)]
    old, new = ({c.name: c for c in ExecutionReport.model_validate_json(text).checks} for text in texts)
    return [
        Changed(
            role=(new.get(name) or old[name]).owner,
            what=name,
            before=old[name].verdict if name in old else "",
            after=new[name].verdict if name in new else "",
        )
        for name in dict.fromkeys([*old, *new])
        if (old[name].verdict if name in old else "") != (new[name].verdict if name in new else "")
    ]
