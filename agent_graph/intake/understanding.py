"""Intake: from words and files to a settled question, a sealed hold-out and an empty repository."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent_graph import profiling, register
from agent_graph.artifacts import Event, Problem, Profile, Reading, Specification, manifest_for
from agent_graph.context import Colleague, Context
from agent_graph.errors import BadInput, NotBuiltYet
from agent_graph.intake import framing, sealing
from agent_graph.intake.framing.unbuilt import built
from agent_graph.intake.hearing import Heard, hear, heard_again
from agent_graph.intake.stack import settle as settle_stack
from agent_graph.profiling.labels import label
from agent_graph.resources import VERSION
from agent_graph.roles import BY_NAME
from agent_graph.state import RunState
from agent_graph.telling import readings
from agent_graph.telling.words import rare_words
from agent_graph.workspace import write_atomic
from agent_graph.writing import formatting, rendering
from agent_graph.writing.contribution import render_context

SAID_BY = {"event": "positive_class"}  # what an answer's topic is called among the options


def understand(specification: Specification, context: Context) -> Heard:
    """Profile the data and read the statement beside it. BadInput when either, or what was given beside them, can't be
    used; NotBuiltYet for a given kind of problem that is read and not built."""
    started = time.monotonic()
    if not built(specification.task):
        raise NotBuiltYet(register.kind(str(specification.task)).refusal)
    profile = profiled(specification.data, context.cache, context.emit)
    main = profile.main
    context.emit(
        Event(
            "intake",
            "",
            f"{main.name}: {main.rows:,} rows, {len(main.columns)} columns, {len(profile.tables) - 1} side tables",
            seconds=time.monotonic() - started,
        )
    )
    for table in profile.tables:
        for note in table.notes:
            context.emit(Event("intake", "", f"{table.name}: {note}"))
    return _answerable(considered(specification, profile, context.colleague, context.emit))


def settle(specification: Specification, heard: Heard, answers: Mapping[str, str]) -> tuple[Specification, Heard]:
    """Take a person's answers, by topic, into the specification and read anew. BadInput when one can't be used."""
    if not answers:
        return specification, heard
    for topic, choice in answers.items():
        specification = framing.answer(specification, heard.profile, SAID_BY.get(topic, topic), choice)
    return specification, _answerable(_with_refusal(specification, heard_again(specification, heard)))


def frame(
    specification: Specification, profile: Profile, reading: Reading, emit: Callable[[Event], None]
) -> tuple[Profile, Problem]:
    """The question as it will be built, and the profile with its suspects, after the person has heard how it was read.

    NotBuiltYet for a kind of problem that is read and not built.
    """
    started = time.monotonic()
    for line in (
        readings.headline(reading, said=specification.target is not None),
        *readings.foretold(reading),
    ):
        emit(Event("told", "", line))
    if reason := readings.unbuilt(reading):
        raise NotBuiltYet(reason)
    problem = framing.frame(specification, profile, reading)
    if problem.target.rare:
        emit(Event("told", "", f"classes of {problem.target.column!r}: {rare_words(problem.target)}"))
    suspects = framing.left_out(specification, profile, problem.target, problem.task, reading)
    emit(Event("intake", "", _summary(problem), seconds=time.monotonic() - started))
    return profile.model_copy(update={"suspects": suspects}), problem


def considered(
    specification: Specification, profile: Profile, colleague: Colleague | None, emit: Callable[[Event], None]
) -> Heard:
    """The statement heard, once what was given beside it holds: BadInput when that can't be used.

    `refused` of the reading says why nothing would be made of it, whatever a person answered; then it asks nothing. Of
    data that nothing can be made of no model is asked.
    """
    framing.refuse_given(specification, profile)
    usable = not _refusal(specification, profile, None)
    return _with_refusal(specification, hear(specification, profile, colleague if usable else None, emit))


def _with_refusal(specification: Specification, heard: Heard) -> Heard:
    why = _refusal(specification, heard.profile, heard.reading)
    return replace(heard, reading=heard.reading.model_copy(update={"refused": why, "asks": ()})) if why else heard


def _refusal(specification: Specification, profile: Profile, reading: Reading | None) -> str:
    """Why nothing can be built, by the data and then by a reading, whatever is answered; "" where something can."""
    try:
        framing.refuse_data(profile)
        if reading is None or reading.refused:
            return reading.refused if reading else ""
        settle_stack(specification, reading)
        if built(reading.task):
            framing.refuse_no_inputs(specification, profile)
    except BadInput as error:
        return str(error)
    return ""


def _answerable(heard: Heard) -> Heard:
    if heard.reading.refused:
        raise BadInput(heard.reading.refused)
    return heard


def found(
    specification: Specification,
    profile: Profile,
    problem: Problem,
    context: Context,
    reading: Reading,
) -> dict[str, Any]:
    """Settle the stack, seal the hold-out, name everything once, lay the skeleton.

    Returns the stack, the manifest, the seal, and the profile of the open rows, from which every design is made.
    BadInput when the words ask for two options of a choice, or for two that can't live together.
    """
    started = time.monotonic()
    stack = settle_stack(specification, reading)
    manifest = manifest_for(specification.name)
    sealed = sealing.seal(specification, profile, problem, context.sealed)
    answered = label(problem.target, problem.task).is_not_null()
    profile = profiling.profile_part(profile, Path(sealed.open_dir), answered)  # nobody knows the sealed rows any more
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
    settled: RunState = {
        "specification": specification,
        "profile": profile,
        "problem": problem,
        "manifest": manifest,
        "stack": stack,
    }
    files = rendering.render(rendering.own(rendering.SKELETON), render_context(settled))
    owner = BY_NAME[rendering.SKELETON_OWNER]
    workspace.commit(owner.name, owner.author, "python-pro: the skeleton", formatting.formatted(files))
    return {"manifest": manifest, "stack": stack, "sealed": sealed, "profile": profile}


def profiled(data: tuple[str, ...], cache: Path, emit: Callable[[Event], None]) -> Profile:
    """The profile, made once for the same bytes."""
    key = hashlib.sha256(VERSION.encode())
    for path in profiling.files(data):
        stat = Path(path).stat()
        key.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}\n".encode())
    cached = cache / "profiles" / f"{key.hexdigest()[:32]}.json"
    with suppress(FileNotFoundError, ValidationError):  # a damaged one is made again
        return Profile.model_validate_json(cached.read_bytes())
    profile = profiling.profile(data, on_progress=lambda text: emit(Event("intake", "", text)))
    write_atomic(cached, profile.model_dump_json())
    return profile


def _summary(problem: Problem) -> str:
    target = problem.target
    split = problem.split.kind + (f" by {', '.join(problem.split.columns)}" if problem.split.columns else "")
    leaks = problem.used("leak")
    kept_out = f"; left out as leaks: {', '.join(leaks)}" if leaks else ""
    return f"{problem.task} for {target.column!r} by {problem.metric}, split {split}{kept_out}"
