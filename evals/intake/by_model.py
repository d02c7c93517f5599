"""How a model reads: statements drawn by chance, asked through the door as a run asks, and judged like any reading.

    python -m evals.intake.by_model [--base-url URL --answers FILE] [--count 40] [FOLDER …]

With an address the model there is asked (whoever answers in its place), and what it said is written to the file of
answers, by statement; without one the answers of the file are played again. FOLDERs hold more statements.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent_graph.artifacts import ModelReading, Reading, Specification, silent
from agent_graph.context import Colleague
from agent_graph.errors import DesignRejected
from agent_graph.intake.by_model.verifying import Verified
from agent_graph.intake.hearing import hear, with_answer
from agent_graph.llm import Door, DoorOptions, Patience, parse_models
from agent_graph.llm.request import Sending
from agent_graph.settings import settings
from evals.intake.judging import forbidden, left_out, same_event, share
from evals.intake.records import OURS, Example, examples, records
from evals.intake.telling import wishes_found

ANSWERS = Path(__file__).with_name("answers.jsonl")  # by a person in a strong model's place, on statements of ours
COUNT, SEED = 40, 12
TIMEOUT_S = 3_000.0  # people think longer than models
TOGETHER = 64  # questions that wait at once


def drawn(folders: Sequence[Path], count: int) -> list[dict[str, Any]]:
    """That many statements, by chance; the same every time."""
    found = sorted(records(folders), key=lambda record: str(record["id"]))
    return random.Random(SEED).sample(found, min(count, len(found)))  # noqa: S311


def read(example: Example, colleague: Colleague | None) -> Reading:
    """The reading of an example as a run would have it."""
    wanted = Specification(name="reading", statement=example.record["statement"], data=())
    return hear(wanted, example.scene.profile, colleague, silent).reading


def right(example: Example, reading: Reading) -> bool:
    """Target, task and event are what was meant, and no forbidden column is an input."""
    if example.open or not right_question(example, reading):
        return False
    return not forbidden(example) - {each.column for each in reading.never} - {reading.target, _made_of(reading)}


def _made_of(reading: Reading) -> str | None:
    """The column that the answer is made of, which is no input either."""
    return reading.label.column if reading.label else None


def right_question(example: Example, reading: Reading) -> bool:
    """Target, task and event; of a label that has to be made, the task, as it is made is for a person to judge."""
    wanted = example.expected
    if reading.task not in example.tasks:
        return False
    if example.meant:
        column = reading.target or _made_of(reading)
        return column in example.meant and same_event(reading.positive, wanted.get("positive"))
    return bool(reading.build) or not wanted.get("build")


def figures(pairs: Sequence[tuple[Example, Reading]]) -> dict[str, str]:
    """The figures of the table, as words."""
    taken = [(e, r) for e, r in pairs if not r.asks and not r.refused]
    closed = [(e, r) for e, r in pairs if not e.open and e.meant]
    unanswerable = [(e, r) for e, r in pairs if e.open]
    barred = [(e, frozenset(each.column for each in r.never)) for e, r in pairs]
    return {
        "taken without asking, right": share([right(e, r) for e, r in taken]),
        "asked": share([bool(r.asks) or bool(r.refused) for _, r in pairs]),
        "question first": share([right_question(e, r) for e, r in closed]),
        "target and task among the first three": share([_among(e, r) for e, r in closed]),
        **left_out(barred),
        "wishes and actions found": share([hit for e, r in pairs for hit in heard(e, r)]),
        "not to be answered: refused or asked": share([bool(r.asks) or bool(r.refused) for _, r in unanswerable]),
    }


def heard(example: Example, reading: Reading) -> list[bool]:
    return wishes_found(example.expected, {wish.key: wish.value for wish in reading.wishes}, reading.act)


def _among(example: Example, reading: Reading) -> bool:
    return any(each.target in example.meant and each.task in example.tasks for each in reading.alternatives[:3])


def asked(known: Sequence[Example], url: str, path: Path) -> list[tuple[Example, Reading]]:
    """Ask whoever answers at an address, many at once; keep every answer that was looked at."""
    options = DoorOptions(patience=Patience(timeout_s=TIMEOUT_S), cache=False)
    door = Door(parse_models(["openai:by-hand"], url), options, environment={"OPENAI_API_KEY": "none"})

    def one(example: Example) -> tuple[Example, Reading, list[str]]:
        told: list[str] = []

        def keep(sending: Sending) -> None:
            del told[:]
            told.extend(message.text for message in sending.call.messages if message.role == "assistant")

        reading = read(example, Colleague(door=door, on_call=keep))
        last = reading.authorship.wanted if reading.authorship else ""
        return example, reading, [*told, last]

    with ThreadPoolExecutor(TOGETHER) as pool:
        found = list(pool.map(one, known))
    door.close()
    lines = [json.dumps({"id": e.record["id"], "answers": said}, ensure_ascii=False) for e, _, said in found]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [(example, reading) for example, reading, _ in found]


def played(example: Example, said: Sequence[str]) -> Reading:
    """The reading with the first of these answers that holds, as the door takes it; without a model if none does."""
    wanted = Specification(name="reading", statement=example.record["statement"], data=())
    profile = example.scene.profile
    heard = hear(wanted, profile, None, silent)
    verified = Verified(wanted, profile, tuple(entry.words for entry in heard.reading.ledger))
    for text in said:
        try:
            answer = ModelReading.model_validate_json(text)
            verified(answer)
        except (ValidationError, DesignRejected):
            continue
        return with_answer(replace(heard, answer=answer), wanted).reading
    return heard.reading


def answers(path: Path = ANSWERS) -> dict[str, list[str]]:
    """The kept answers, by statement: the last is the one that stood."""
    lines = path.read_text("utf-8").splitlines()
    return {found["id"]: found["answers"] for found in map(json.loads, filter(str.strip, lines))}


def main() -> None:
    """Ask, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base-url", help="who answers; without one the kept answers are played")
    parser.add_argument("--answers", type=Path, default=ANSWERS)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("folders", nargs="*", type=Path)
    given = parser.parse_args()
    known = examples(drawn(given.folders or [OURS], given.count), settings().cache_dir / "intake")
    if given.base_url:
        pairs = asked(known, given.base_url, given.answers)
    else:
        kept = answers(given.answers)
        pairs = [(example, played(example, kept.get(str(example.record["id"]), []))) for example in known]
    for name, value in figures(pairs).items():
        print(f"{name:40} {value}")
    for example, reading in pairs:
        if said := _unlike(example, reading):
            print(f"{example.record['id']}: {said}")


def _unlike(example: Example, reading: Reading) -> str:
    """What a reading was, where it wasn't the right end."""
    if reading.asks or reading.refused:
        return "" if example.open else f"asked: {reading.asks[0].text if reading.asks else reading.refused}"
    if right(example, reading):
        return ""
    lost = sorted(forbidden(example) - {each.column for each in reading.never})
    meant = [example.expected.get(key) for key in ("target", "build", "task", "positive", "ask", "refuse")]
    return f"{reading.target or reading.build} {reading.task} {reading.positive}; meant {meant}; inputs {lost}"


if __name__ == "__main__":
    main()
