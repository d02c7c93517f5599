"""A reading as others see it: its question in a line, its doubts, what became of each word, its JSON document."""

from __future__ import annotations

import shlex
from typing import Any

from agent_graph import register
from agent_graph.artifacts import (
    Candidate,
    Entry,
    ExecutionReport,
    Problem,
    Question,
    Reading,
    Setting,
    Specification,
)
from agent_graph.telling.words import shortened, visible

MOST_ASKED = 3  # questions that a person is asked at a terminal, most telling first
KEYS = ("entity", "series", "duration")  # parts that rest on the data more than on words
MEASURED = "(seen in the data)"
LONGEST = 90  # signs of a person's words in a line


def document(reading: Reading) -> dict[str, Any]:
    """The reading as the one JSON document of `read --json`: docs/reading.md has its keys."""
    kind, _, columns = (reading.split or "").partition(":")
    act = reading.act.model_dump(mode="json")
    return {
        "target": reading.target,
        "build": reading.build,
        "task": reading.task,
        "positive": reading.positive,
        "metric": reading.metric,
        "split": {"kind": kind or None, "columns": columns.split("+") if columns else []},
        "never": [{"column": barred.column, "why": barred.why} for barred in reading.never],
        "warned": [{"column": warned.column, "why": warned.why} for warned in reading.warned],
        "entity": reading.entity,
        "act": {**act, "threshold": _mapping(reading.act.threshold)},
        "horizon": reading.horizon,
        "series": reading.series,
        "event": reading.event,
        "duration": reading.duration,
        "wishes": {wish.key: wish.value for wish in reading.wishes},
        "confidence": reading.confidence,
        "asks": [question.model_dump(mode="json") for question in reading.asks],
        "alternatives": [candidate.model_dump(mode="json") for candidate in reading.alternatives],
        "ledger": [entry.model_dump(mode="json") for entry in reading.ledger],
        "refused": reading.refused or None,
        "by": reading.by,
        "differs": reading.differs or None,
        "statement": reading.statement,
        "table": reading.table,
    }


def _mapping(settings: tuple[Setting, ...]) -> dict[str, float | str]:
    """Bars by name, as numbers where they are numbers."""
    return {each.key: _number(each.value) for each in settings}


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def question_words(reading: Reading) -> str:
    """The question in a line: the person's words or what a row is, the answer's column, the task."""
    if reading.task is None:
        return "no question was found"
    spoken = next((p.words for p in reading.parts if p.topic in ("target", "event") and p.words), "")
    head = shortened(visible(spoken), LONGEST) or f"each {visible(reading.unit)}"
    return f"{head}: {_answer(reading)} ({reading.task})"


def _answer(reading: Reading) -> str:
    label, column = reading.label, visible(reading.target or reading.build)
    if reading.target is not None and label is not None and label.rule != "as_is":
        values = ", ".join(visible(value) for value in label.values)
        made = {
            "above": f"> {label.threshold}",
            "below": f"< {label.threshold}",
            "other_than": f"other than {values}",
            "one_of": f"one of {values}",
        }
        return f"{column} {made[label.rule]}"
    return f"{column} = {visible(reading.positive)}" if reading.positive is not None else column


def settled(reading: Reading, problem: Problem) -> Reading:
    """The reading of the question that was really built."""
    target, event = problem.target, register.kind_of(problem).event
    built = {"target": target.column, "label": target, "task": problem.task, "unit": problem.unit}
    return reading.model_copy(update={**built, "positive": target.classes[1] if event else None})


def sure_words(reading: Reading, *, said: bool) -> str:
    """How sure the question is. `said`: the person named the target, or answered. Open questions make it a guess."""
    if reading.asks:
        return f"{percent(reading.confidence)} sure; nobody confirmed it"
    return "as you said" if said else f"{percent(reading.confidence)} sure of the question"


def headline(reading: Reading, *, said: bool) -> str:
    """The question and how sure it is: what stands first wherever a verdict does."""
    return f"{question_words(reading)}, {sure_words(reading, said=said)}"


def percent(confidence: float) -> str:
    """A confidence as whole per cent; what nobody said is never wholly sure."""
    return f"{min(99, round(100 * confidence))} %"


def unbuilt(reading: Reading) -> str:
    """What to say of a kind of problem that is read and not built; "" for one that is."""
    return "" if reading.task is None else register.kind(reading.task).refusal


def foretold(reading: Reading) -> list[str]:
    """What a person has to know before the work starts, a line each: columns, words not understood, what can't be."""
    lines = [f"left out: {visible(each.column)} ({visible(each.why)}){_way_back(each.column, each.ground)}"
             for each in reading.never]  # fmt: skip
    lines += [
        f"looks like a leak and stays: {visible(each.column)} ({visible(each.why)}); "
        f"leave it out with --set {shlex.quote(f'drop={visible(each.column)}')}"
        for each in reading.warned
    ]
    if reading.differs:
        lines.append(f"without the model it would be read otherwise: {visible(reading.differs)}")
    if missed := [f'"{shortened(visible(e.words), LONGEST)}"' for e in reading.ledger if e.became == "not_understood"]:
        lines.append(f"not understood: {', '.join(missed)}")
    return lines + [
        f'can\'t be done here: "{shortened(visible(each.words), LONGEST)}" ({visible(each.what)})'
        for each in reading.ledger
        if each.became == "cannot"
    ]


def unheard(report: ExecutionReport) -> list[str]:
    """What of the statement was not understood, on a line; [] when all of it was."""
    return [line for line in foretold(report.reading) if line.startswith("not understood")] if report.reading else []


def _way_back(column: str, ground: str) -> str:
    return "" if ground == "asked" else f"; keep it with --set {shlex.quote(f'keep={visible(column)}')}"


def became_words(entry: Entry) -> str:
    """What became of a piece of the statement."""
    kinds = {"background": "background", "not_understood": "not understood", "cannot": "can't be done here"}
    return ": ".join(part for part in (kinds.get(entry.became, ""), visible(entry.what)) if part) or "taken"


def candidate_words(candidate: Candidate) -> str:
    """A reading that could be meant, in a few words."""
    answer = visible(candidate.target or candidate.build)
    event = f" = {visible(candidate.positive)}" if candidate.positive is not None else ""
    missing = "" if register.kind(candidate.task).built else ", which isn't built yet"
    return f"{answer}{event} ({candidate.task}{missing})"


def command(specification: Specification, candidate: Candidate, more: tuple[str, ...] = ()) -> str:
    """The command that goes on with a candidate, to copy; "" where a word of the command line can't say it.

    `more` are words for the end, which the specification doesn't hold.
    """
    if candidate.target is None:
        return ""
    statement = specification.statement
    head, tail = ([], ["--", statement]) if statement.startswith("-") else ([statement], [])
    words = [*head, *(word for path in specification.data for word in ("--data", path))]
    words += ["--target", candidate.target, "--task", candidate.task]
    options = {each.key: each.value for each in specification.options if each.key != "positive_class"}
    options |= {"positive_class": candidate.positive} if candidate.positive is not None else {}
    given = {"metric": specification.metric, "time-column": specification.time_column,
             "group-column": specification.group_column}  # fmt: skip
    words += [f"--{name}={value}" for name, value in given.items() if value is not None]
    words += [word for key, value in options.items() for word in ("--set", f"{key}={value}")]
    return shlex.join(["agent-graph", "new", *words, *more, "--yes", *tail])


def wanted(reading: Reading) -> tuple[Question, ...]:
    """What is put to a person: what is open, else what is worth asking of somebody who is there."""
    return reading.asks or reading.confirm


def inquiry(name: str, reading: Reading, wanted: tuple[Question, ...]) -> dict[str, Any]:
    """What stops a run for its open questions: whose they are, those to be answered, and the reading that has them."""
    return {
        "name": name,
        "optional": not reading.asks,  # whoever isn't there needn't be waited for
        "questions": [question.model_dump(mode="json") for question in wanted],
        "reading": reading.model_dump(mode="json"),
    }


def ledger_rows(report: ExecutionReport) -> list[tuple[str, str, str]]:
    """What was said, what became of it, and which check shows it, with its verdict; then what the data say: what
    a row is about, what tells series apart, how long something took."""
    verdicts = {check.name: check.verdict.replace("_", " ") for check in report.checks}
    reading = report.reading
    if reading is None:
        return []
    said = [
        (visible(each.words), became_words(each), f"{each.check}: {verdicts.get(each.check, 'not there')}")
        if each.check
        else (visible(each.words), became_words(each), "")
        for each in reading.ledger
    ]
    return said + [
        (MEASURED, f"{part.topic}: {visible(part.choice)} ({visible(part.reason)})", "")
        for part in reading.parts
        if part.topic in KEYS
    ]
