"""From the user's words and the data's profile to one settled question, each step with its reason."""

from __future__ import annotations

import difflib
from functools import lru_cache

from agent_graph.artifacts import Assumption, Problem, Profile, Setting, Specification, Suspect, Target, Task
from agent_graph.errors import BadInput
from agent_graph.intake.framing.absent import said_absent
from agent_graph.intake.framing.metric import settle_metric, top_k, wants_interval, wants_totals, with_metric
from agent_graph.intake.framing.split import settle_split
from agent_graph.intake.framing.statement import items, read_statement
from agent_graph.intake.framing.target import settle_target
from agent_graph.intake.framing.task import settle_task
from agent_graph.intake.framing.unbuilt import refuse_unbuilt
from agent_graph.intake.framing.uses import assign_uses
from agent_graph.intake.framing.wording import moment_of, title_of, unit_of
from agent_graph.profiling import Words
from agent_graph.profiling import suspects as suspects_of
from agent_graph.profiling.joins import joined_schema

__all__ = ["OPTIONS", "SURE_ENOUGH", "answer", "find_suspects", "frame", "questions", "with_metric"]
SURE_ENOUGH = 0.6  # below, a person is asked
FEWEST_ROWS = 50
OPTIONS = ("split", "positive_class", "keep", "drop")  # what `--set` may say about the question itself


def frame(specification: Specification, profile: Profile) -> Problem:
    """Settle target, task, metric, split and every column's use. BadInput or NotBuiltYet when that can't be done."""
    statement = read_statement(specification.statement)
    if profile.main.rows < FEWEST_ROWS:
        raise BadInput(f"table {profile.main.name!r} has {profile.main.rows} rows: give at least {FEWEST_ROWS}")
    _refuse_unjoined(profile)
    _refuse_unknown(specification, profile)
    if specification.target is None or specification.task in ("forecast", "survival"):
        refuse_unbuilt(specification, profile, statement)
    column, about_target = settle_target(specification, profile, statement)
    question = settle_task(specification, column, statement)
    metric, secondary, about_metric = settle_metric(specification, question.task, column, statement)
    suspects = find_suspects(specification, profile, question.target, question.task)
    leaks = frozenset(suspect.column for suspect in suspects)
    split, about_split = settle_split(specification, profile, statement, question.task, question.target, leaks)
    roles = assign_uses(profile, statement, question.target, split, suspects)
    if not any(role.use in ("feature", "time") for role in roles):
        raise BadInput(
            "no column is left to predict from: the others are identifiers, constant, or known only afterwards"
        )
    return Problem(
        title=title_of(specification.name), unit=unit_of(statement), moment=moment_of(statement),
        rows=profile.main.rows, task=question.task,
        metric=metric, secondary_metrics=secondary, target=question.target, split=split, columns=roles,
        wants_interval=question.task in ("regression", "count") and wants_interval(statement),
        top_k=top_k(statement, profile.main.rows) if question.task == "binary" else None,
        calibrated_totals=wants_totals(statement),
        assumptions=(about_target, *question.assumptions, about_metric, about_split),
    )  # fmt: skip


def _refuse_unjoined(profile: Profile) -> None:
    joined = {join.table for join in profile.joins}
    if alone := next((side.name for side in profile.tables[1:] if side.name not in joined), None):
        raise BadInput(
            f"table {alone!r} shares no key with {profile.main.name!r}: give both a column that names the same things, "
            "with each value once in the side table, or leave that table out"
        )


@lru_cache(maxsize=4)
def find_suspects(specification: Specification, profile: Profile, target: Target, task: Task) -> tuple[Suspect, ...]:
    """The profile's suspects for a target, and the columns that the statement itself says will not be there."""
    statement = read_statement(specification.statement)
    absent = said_absent(profile, statement, target)
    told = {suspect.column for suspect in absent}
    found = suspects_of(profile, target, task, Words(statement.known, moment_of(statement), items(statement.sources)))
    kept = set(_listed(specification, "keep"))
    dropped = tuple(
        Suspect(column=name, ground="known_afterwards", strength=1.0, why="left out as asked")
        for name in _listed(specification, "drop") if name not in told
    )  # fmt: skip
    return tuple(s for s in (*absent, *dropped, *(s for s in found if s.column not in told)) if s.column not in kept)


def _refuse_unknown(specification: Specification, profile: Profile) -> None:
    """BadInput when `keep` or `drop` names a column that there isn't."""
    known = joined_schema(profile.main, profile.tables[1:], profile.joins)
    for key in ("keep", "drop"):
        for name in _listed(specification, key):
            if name not in known:
                near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or known[:5]
                raise BadInput(f"--set {key}: there is no column {name!r}; did you mean {', '.join(map(repr, near))}?")


def _listed(specification: Specification, key: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in specification.option(key, "").split(",") if name.strip())


def questions(problem: Problem) -> tuple[Assumption, ...]:
    """The assumptions that a person should be asked about: not sure enough, and with something to choose from."""
    return tuple(a for a in problem.assumptions if a.confidence < SURE_ENOUGH and a.alternatives)


def answer(specification: Specification, profile: Profile, topic: str, choice: str) -> Specification:
    """The specification with a person's answer in it; frame it anew. BadInput when the choice isn't one."""
    changed: dict[str, object]
    if topic in ("target", "task", "metric"):
        changed = {topic: choice}
    else:
        kept = tuple(setting for setting in specification.options if setting.key != topic)
        changed = {"options": (*kept, Setting(key=topic, value=choice))}
    answered = Specification.model_validate({**specification.model_dump(), **changed})
    frame(answered, profile)
    return answered
