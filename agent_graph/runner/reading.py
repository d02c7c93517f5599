"""The reading alone, and the commands that go on with one: no project, no run, nothing written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agent_graph import profiling
from agent_graph.artifacts import Event, Profile, Reading, Specification, silent
from agent_graph.context import Colleague
from agent_graph.intake import understanding
from agent_graph.intake.specifying import default_name, specify
from agent_graph.llm import default_reader, require_new
from agent_graph.runner import records
from agent_graph.runner.records import Request
from agent_graph.settings import settings
from agent_graph.telling import readings

if TYPE_CHECKING:
    from agent_graph.design.asking import Asking

NAME = "reading"  # of a specification that no project is made of


def read(
    statement: str,
    data: list[str] | tuple[str, ...] | str,
    *,
    target: str | None = None,
    task: str | None = None,
    metric: str | None = None,
    time_column: str | None = None,
    group_column: str | None = None,
    options: Mapping[str, str] | None = None,
    asking: Asking | None = None,
    emit: Callable[[Event], None] = silent,
) -> Reading:
    """What a statement asks of its data, with its doubts, as `new` would understand it; no project is made or written.

    `asks` are the questions that `new` would put to somebody, `refused` the line with which it would turn this away.
    `asking` names the model that reads, and its bounds. BadInput when words or files, or what is given beside them,
    can't be used at all.
    """
    given = {"target": target, "task": task, "metric": metric}
    columns = {"time_column": time_column, "group_column": group_column}
    specification = _asked(statement, data, options, **given, **columns)
    with records.unwritable(NAME, settings().cache_dir):
        profile = _profile(specification, emit)
        with _reader(asking, emit) as colleague:
            return understanding.considered(specification, profile, colleague, emit).reading


@contextmanager
def _reader(asking: Asking | None, emit: Callable[[Event], None]) -> Iterator[Colleague | None]:
    """The door to whoever reads, open while it lasts; its answers are kept where there is a cache."""
    if asking is None and default_reader() is None:
        yield None
        return
    from agent_graph.design.asking import Asking, opened  # loads a model's client

    if asking is not None and asking.record:
        require_new(asking.record)
    cache = settings().cache_dir
    store = cache / "answers.sqlite" if cache.is_dir() and os.access(cache, os.W_OK) else None
    colleague = opened(asking or Asking(), emit, settings().prices_file, store=store)
    try:
        yield colleague
    finally:
        if colleague is not None:
            colleague.door.close()


def ways(
    reading: Reading,
    statement: str,
    data: list[str] | tuple[str, ...] | str,
    *,
    options: Mapping[str, str] | None = None,
    **wishes: str | None,
) -> tuple[str, ...]:
    """The commands to copy for the alternatives of a reading of these words and wishes."""
    return commands(Request(specification=_asked(statement, data, options, **wishes), path=""), reading)


def _asked(
    statement: str, data: list[str] | tuple[str, ...] | str, options: Mapping[str, str] | None, **wishes: str | None
) -> Specification:
    """What is asked, as a specification without a project."""
    paths = (data,) if isinstance(data, str) else tuple(data)
    return specify(statement, paths, name=NAME, options=options or {}, **wishes)


def commands(request: Request, reading: Reading) -> tuple[str, ...]:
    """A command to copy for each of a reading's alternatives, in their order; "" where no command can say it."""
    specification, words = request.specification, []
    if request.path:
        made = Path(request.path).parent
        words += ["--name", specification.name] if specification.name != default_name(specification.data) else []
        words += ["--out", str(made)] if made != settings().projects.absolute() else []
        words += [f"--budget={specification.budget_s:g}s"] if specification.budget_s != _default("budget_s") else []
        words += [f"--seed={specification.seed}"] if specification.seed else []
        words += [f"--review={','.join(request.review)}"] if request.review else []
        words += _of_models(request.asking)
    return tuple(readings.command(specification, each, tuple(words)) for each in reading.alternatives)


def _default(name: str) -> object:
    return Specification.model_fields[name].default


def _of_models(asking: str) -> list[str]:
    """The wishes about models, as words of the command line."""
    if not asking:
        return []
    from agent_graph.design.asking import FLAGS, Asking

    wishes, words = Asking.model_validate_json(asking), []
    for name, default in Asking():
        value, flag = getattr(wishes, name), FLAGS.get(name, f"--{name.replace('_', '-')}")
        if name == "models":
            words += [word for model in value for word in ("--model", model)]
        elif name == "patience":
            words += [f"--tries={value.tries}"] if value.tries != default.tries else []
        elif value != default:
            words.append(flag if isinstance(default, bool) else f"{flag}={value}")
    return words


def _profile(specification: Specification, emit: Callable[[Event], None]) -> Profile:
    """The profile, from the cache or into it where there is one that can be written."""
    cache = settings().cache_dir
    if cache.is_dir():
        with suppress(OSError):
            return understanding.profiled(specification.data, cache, emit)
    return profiling.profile(specification.data, on_progress=lambda text: emit(Event("intake", "", text)))
