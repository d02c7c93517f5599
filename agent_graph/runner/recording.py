"""Finished work becomes a revision: its score, cost and commits, its designs and report, and how it compares."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_graph.artifacts import ROLE_NAMES, Comparison, ExecutionReport, Usage
from agent_graph.context import Context
from agent_graph.errors import BadInput
from agent_graph.proof.comparing import compared
from agent_graph.runner import records
from agent_graph.runner.checkpoints import THREAD, graph
from agent_graph.runner.records import Request, Underway
from agent_graph.state import DESIGN_KEYS, authorship_of
from agent_graph.workspace import Workspace, copy_linked, remove, revisions
from agent_graph.workspace.revisions import Revision, Work

PREDICTIONS = "predictions.csv"  # of the sealed rows, kept for comparisons
STORES = ("before", "store")  # of a run: what gates kept for later gates


def on_record(
    request: Request, context: Context, underway: Underway, values: Mapping[str, Any], seconds: float
) -> tuple[Revision, Comparison | None]:
    """Put the state that a run ended in on record; None when there was nothing to compare it with."""
    home = context.home or context.folder
    main = Workspace(Path(request.path), home)
    made = Path(values["report"]).read_text("utf-8")
    work = described(context, underway, values, ExecutionReport.model_validate_json(made), seconds)
    known = (each for each in revisions.all_of(home) if each.checkpoint_id == work.checkpoint_id)
    revision = next(known, None) or revisions.record(  # it is known when the run was killed just after this
        main,
        work,
        {revisions.DESIGNS: designs_text(values), revisions.REPORT: made},
        made_in=context.workspace if underway.alternative else None,
    )
    keep(context, home, revision.number)
    return revision, _comparison(home, _former(home, revision.number), revision, values)


def _former(home: Path, number: int) -> Revision | None:
    """What was in force before a revision."""
    earlier = [each for each in revisions.all_of(home) if each.number < number and each.alternative_to is None]
    return earlier[-1] if earlier else None


def described(
    context: Context, underway: Underway, values: Mapping[str, Any], report: ExecutionReport, seconds: float
) -> Work:
    """What the history says of the work."""
    proof = report.proof
    promise, holdout = (proof.promise, proof.holdout) if proof else (None, None)
    names = [underway.role] if underway.role else list(ROLE_NAMES)
    authors = dict.fromkeys(each.author for name in names if (each := values.get(authorship_of(name))))
    with graph(context.folder) as built:
        checkpoint = built.get_state(THREAD).config["configurable"]["checkpoint_id"]
    return Work(
        role=underway.role,
        note=underway.note,
        author=", ".join(authors),
        verdict=report.verdict,
        metric=report.problem.metric,
        score=holdout.score if holdout else None,
        score_noise=(promise.high - promise.low) / 3.92 if promise else None,  # of a 95 % interval
        checks_passed=report.count("passed"),
        checks_failed=report.count("failed"),
        usage=_spent(values, underway.revision),
        seconds=round(seconds, 1),
        created=records.now(),
        commit=context.workspace.head(),
        agents_commit=context.workspace.agents_head(),
        tree=context.workspace.tree(),
        checkpoint_id=checkpoint,
        thread=underway.alternative,
        alternative_to=underway.alternative_to,
        looked=proof.looked if proof else 0,
        reverted_to=None,
    )


def designs_text(values: Mapping[str, Any]) -> str:
    """The designs by key, as JSON."""
    known = {key: values[key].model_dump(mode="json") for key in DESIGN_KEYS if key in values}
    return json.dumps(known, indent=1, ensure_ascii=False)


def kept_in(home: Path, number: int) -> Path:
    """Where a revision's predictions and its gates' stores are kept."""
    return home / "kept" / f"{number:04}"


def keep(context: Context, home: Path, number: int) -> None:
    """Keep what a return to this revision needs, all of it or nothing."""
    target = kept_in(home, number)
    draft = target.with_name(f".{target.name}")
    remove(draft)
    draft.mkdir(parents=True)
    keep_stores(context.folder, draft)
    if (context.folder / "proof" / PREDICTIONS).is_file():
        shutil.copyfile(context.folder / "proof" / PREDICTIONS, draft / PREDICTIONS)
    remove(target)
    draft.rename(target)


def keep_stores(source: Path, target: Path) -> None:
    """Give `target` what the gates of `source` kept, as links to the same files, which are never written into.

    BadInput, and nothing removed, when there is no such source.
    """
    if not source.is_dir():
        raise BadInput(f"{source} is gone, and with it what the gates kept; restore it from a backup")
    for name in STORES:
        if (source / name).is_dir():
            copy_linked(source / name, target / name)
        else:
            remove(target / name)


def _comparison(home: Path, former: Revision | None, latter: Revision, values: Mapping[str, Any]) -> Comparison | None:
    if former is None or former.metric != latter.metric:
        return None
    before, after = (kept_in(home, each.number) / PREDICTIONS for each in (former, latter))
    if not before.is_file() or not after.is_file():
        return None
    return compared(former.number, before, after, values["problem"], values["sealed"], values["profile"])


def _spent(values: Mapping[str, Any], revision: int) -> Usage:
    """What models cost in one revision."""
    authorships = [values.get(authorship_of(name)) for name in ROLE_NAMES]
    authorships.append(reading.authorship if (reading := values.get("reading")) else None)
    return sum((each.usage for each in authorships if each and each.revision == revision), Usage())
