"""A reading at the terminal: what was understood, what is open, the questions, and a command for each way to go on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from agent_graph import runner
from agent_graph.artifacts import Reading
from agent_graph.cli.screen import Voice, somebody
from agent_graph.errors import BadInput, NotBuiltYet, WaitsForPerson, one_line
from agent_graph.runner import words

if TYPE_CHECKING:
    from agent_graph.runner.models import Asking

GOES_ON, ASKS = 0, 6


def show(wishes: Mapping[str, Any], asking: Asking | None = None, *, as_json: bool) -> int:
    """Print the reading of these wishes; 0 when `new` would go on, 6 when it would ask. BadInput when it is refused."""
    wanted = {key: value for key, value in wishes.items() if key not in ("name", "budget_s", "seed")}
    try:
        reading = runner.read(**wanted, asking=asking)
    except (BadInput, NotBuiltYet) as refusal:
        if as_json:
            _print(words.document(_refused(str(wanted["statement"]), str(refusal))))
        raise
    if as_json:
        _print(words.document(reading))
    if reading.refused:
        raise BadInput(reading.refused)
    if not as_json:
        _say(reading, said=wanted.get("target") is not None)
        _ways(reading, runner.ways(reading, **wanted))
        if missing := words.unbuilt(reading):
            _line(f"Not built: {missing}")
        _line("It would ask." if reading.asks else "It would go on.")
    return ASKS if reading.asks else GOES_ON


@contextmanager
def unanswered(*, as_json: bool) -> Iterator[None]:
    """A run that stops for its open questions ends with a ranked list of what could be meant, and how to go on."""
    try:
        yield
    except WaitsForPerson as stop:
        if "reading" in stop.payload:
            _list(Reading.model_validate(stop.payload["reading"]), str(stop.payload["name"]), as_json=as_json)
        raise


def asker(voice: Voice, *, as_json: bool) -> runner.Ask | None:
    """Who answers open questions: the person at the terminal, if there is one."""
    return _asking(voice) if somebody(as_json=as_json) else None


def _asking(voice: Voice) -> Callable[[Sequence[Mapping[str, Any]]], dict[str, str]]:
    def ask(questions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        with voice.aside():
            return {question["topic"]: _answer(question) for question in questions}

    return ask


def _answer(question: Mapping[str, Any]) -> str:
    """What the person says to one question; nothing said takes its default."""
    typer.echo()
    _line(question["text"])
    if question["depends"]:
        _line(f"  (on this depends: {question['depends']})")
    choices = list(dict.fromkeys(question["choices"]))
    for number, choice in enumerate(choices, 1):
        _line(f"  {number}  {choice}{'   (default)' if number == 1 else ''}")
    given = str(typer.prompt("which", default="1")).strip()
    return choices[int(given) - 1] if given in map(str, range(1, len(choices) + 1)) else given


def _list(reading: Reading, name: str, *, as_json: bool) -> None:
    commands = runner.commands(runner.request(name), reading)
    if as_json:
        _print({**words.document(reading), "commands": list(commands)})
        return
    _say(reading, said=False)
    _ways(reading, commands)


def _say(reading: Reading, *, said: bool) -> None:
    """The question, what was settled with it, what a person has to know, and what became of each piece."""
    sure = f"{words.percent(reading.confidence)} sure" if reading.asks else words.sure_words(reading, said=said)
    _line(f"{words.question_words(reading)}, {sure}")
    for part in reading.parts:
        if part.topic not in ("target", "task"):
            _line(f"  {part.topic}: {part.choice} ({part.reason}; {words.percent(part.confidence)} sure)")
    for line in words.foretold(reading):
        _line(f"  {line}")
    if reading.ledger:
        _line("What you said, and what became of it:")
        for entry in reading.ledger:
            _line(f'  "{entry.words}"')
            _line(f"      {words.became_words(entry)}{f', shown by {entry.check}' if entry.check else ''}")


def _ways(reading: Reading, commands: Sequence[str]) -> None:
    """The open questions, then each reading that could be meant with its command."""
    for number, question in enumerate(reading.asks, 1):
        _line(f"Question {number}: {question.text} {' | '.join(question.choices)}")
        if question.depends:
            _line(f"  on this depends: {question.depends}")
    _line("What could be meant, likeliest first:")
    for candidate, command in zip(reading.alternatives, commands, strict=True):
        _line(f"  {words.percent(candidate.confidence):>5}  {words.candidate_words(candidate)}")
        if command:
            _line(f"         {command}")


def _refused(statement: str, why: str) -> Reading:
    return Reading(statement=statement, table="", target=None, task=None, refused=one_line(why))


def _print(document: Mapping[str, Any]) -> None:
    json.dump(document, sys.stdout, indent=1, ensure_ascii=False)
    print(flush=True)


def _line(text: str) -> None:
    """One line, spaced as given, without signs that steer a terminal."""
    typer.echo("".join(sign if sign.isprintable() else " " for sign in text))
