"""Intake: from words and files to a settled question, a sealed hold-out and an empty repository."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent_graph import __version__, formatting, profiling, rendering
from agent_graph.artifacts import Problem, Profile, Specification, manifest_for
from agent_graph.context import Context, Event
from agent_graph.intake import framing, sealing
from agent_graph.team import BY_NAME
from agent_graph.workspace import write_atomic


def understand(specification: Specification, context: Context) -> tuple[Profile, Problem]:
    """Profile the data and frame the question. BadInput when either can't be used."""
    started = time.monotonic()
    profile = _profile(specification, context)
    main = profile.main
    context.emit(
        Event(
            "intake",
            "",
            f"{main.name}: {main.rows:,} rows, {len(main.columns)} columns, {len(profile.tables) - 1} side tables",
            seconds=time.monotonic() - started,
        )
    )
    profile, problem = _framed(specification, profile)
    context.emit(Event("intake", "", _summary(problem), seconds=time.monotonic() - started))
    return profile, problem


def settle(
    specification: Specification, profile: Profile, answers: Mapping[str, str]
) -> tuple[Specification, Profile, Problem]:
    """Take a person's answers, by topic, into the specification and frame the question anew."""
    for topic, choice in answers.items():
        specification = framing.answer(specification, profile, topic, choice)
    return specification, *_framed(specification, profile)


def _framed(specification: Specification, profile: Profile) -> tuple[Profile, Problem]:
    """The question, and the profile with the suspects of its target."""
    problem = framing.frame(specification, profile)
    suspects = framing.find_suspects(specification, profile, problem.target, problem.task)
    return profile.model_copy(update={"suspects": suspects}), problem


def found(specification: Specification, profile: Profile, problem: Problem, context: Context) -> dict[str, Any]:
    """Seal the hold-out, name everything once, lay the skeleton.

    Returns the manifest, the seal, and the profile of the open rows, from which every design is made.
    """
    started = time.monotonic()
    manifest = manifest_for(specification.name)
    sealed = sealing.seal(specification, profile, problem, context.sealed)
    profile = profiling.profile_part(profile, Path(sealed.open_dir))  # from here on nobody knows the sealed rows
    context.emit(
        Event(
            "intake",
            "",
            f"{sealed.holdout_rows:,} rows sealed, {sealed.open_rows:,} open",
            seconds=time.monotonic() - started,
        )
    )
    workspace = context.workspace
    if not (workspace.path / ".git").exists():
        workspace.create()
    files = rendering.render(
        rendering.SKELETON,
        {
            "specification": specification,
            "profile": profile,
            "problem": problem,
            "manifest": manifest,
            "statement": specification.statement,
        },
    )
    owner = BY_NAME[rendering.SKELETON_OWNER]
    workspace.commit(owner.name, owner.author, "python-pro: the skeleton", formatting.formatted(files))
    return {"manifest": manifest, "sealed": sealed, "profile": profile}


def _profile(specification: Specification, context: Context) -> Profile:
    """The profile, read once for the same bytes."""
    key = hashlib.sha256(__version__.encode())
    for path in profiling.files(specification.data):
        stat = Path(path).stat()
        key.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}\n".encode())
    cached = context.cache / "profiles" / f"{key.hexdigest()[:32]}.json"
    with suppress(FileNotFoundError, ValidationError):  # a damaged one is made again
        return Profile.model_validate_json(cached.read_bytes())
    profile = profiling.profile(specification.data, on_progress=lambda text: context.emit(Event("intake", "", text)))
    write_atomic(cached, profile.model_dump_json())
    return profile


def _summary(problem: Problem) -> str:
    target = problem.target
    split = problem.split.kind + (f" by {', '.join(problem.split.columns)}" if problem.split.columns else "")
    leaks = problem.used("leak")
    kept_out = f"; left out as leaks: {', '.join(leaks)}" if leaks else ""
    return f"{problem.task} for {target.column!r} by {problem.metric}, split {split}{kept_out}"
