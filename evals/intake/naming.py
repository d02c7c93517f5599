"""Statements whose people name their columns, made of those that don't: with the answer's column named, others too.

People who know their file write "how it went stands in booster_done", or put the name in brackets; and they name other
columns in the same breath. The statements that we collected hardly do.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

SHARE = 0.3  # of the statements that get a sister
ANSWER = {
    "en": (
        "How it went stands in {t}.", "For past rows the answer is in {t}.", "{t} says what became of each.",
        "The column {t} has it for the past.", "{t} is what came out.", "We have worked it out for the past: {t}.",
        "In our file {t} holds the outcome.", "What I want is {t}.", "That is {t} in the file.", "I mean {t}.",
    ),
    "de": ("Was daraus wurde, steht in {t}.", "Die Antwort für früher steht in {t}.", "Gemeint ist {t}."),
    "fr": ("Le résultat se trouve dans {t}.", "Pour le passé, la réponse est dans {t}."),
    "es": ("El resultado está en {t}.", "Para el pasado, la respuesta está en {t}."),
    "it": ("L'esito sta in {t}.", "Per il passato la risposta è in {t}."),
    "nl": ("De uitkomst staat in {t}.", "Voor het verleden staat het antwoord in {t}."),
    "pt": ("O resultado está em {t}.",), "pl": ("Wynik stoi w kolumnie {t}.",), "sv": ("Utfallet står i {t}.",),
    "tr": ("Sonuç {t} sütununda.",),
}  # fmt: skip
KNOWN = {
    "en": (
        "{a} and {b} are known by then.", "{a} is there from the first day.", "{a} is what we measure ourselves.",
        "{a} and {b} come from another system.", "{a} was typed in by hand.", "{b} follows {a} closely.",
    ),
    "de": ("{a} und {b} sind dann bekannt.", "{a} tragen wir selbst ein."),
    "fr": ("{a} et {b} sont connus à ce moment-là.",), "es": ("{a} y {b} ya se conocen.",),
    "it": ("{a} e {b} sono già noti.",), "nl": ("{a} en {b} zijn dan bekend.",),
    "pt": ("{a} e {b} já são conhecidos.",), "pl": ("{a} i {b} są już znane.",), "sv": ("{a} och {b} är kända då.",),
    "tr": ("{a} ve {b} o zaman bilinir.",),
}  # fmt: skip
LATE = {
    "en": ("{a} is filled in afterwards.", "{a} comes only later.", "Don't use {a}, it is written at the end."),
    "de": ("{a} kommt erst später.",), "fr": ("{a} n'est rempli qu'après.",), "es": ("{a} se rellena después.",),
    "it": ("{a} si compila dopo.",), "nl": ("{a} wordt pas later ingevuld.",), "pt": ("{a} só vem depois.",),
    "pl": ("{a} wpisuje się później.",), "sv": ("{a} fylls i efteråt.",), "tr": ("{a} sonradan doldurulur.",),
}  # fmt: skip


def sister(record: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any] | None:
    """The record with its columns named; None for those that have none, by chance that is fixed by the id.

    `columns` are those of its table.
    """
    wanted, rng = record["expected"], random.Random(f"named {record['id']}")  # noqa: S311
    target = wanted.get("target")
    if target not in columns or wanted.get("ask") or wanted.get("refuse") or rng.random() > SHARE:
        return None
    language = record.get("language", "en")
    late = [name for name in wanted.get("never", ()) if name in columns and name != target]
    others = [name for name in columns if name not in (target, *late, *wanted.get("also", ()))]
    rng.shuffle(others)
    told = _named(str(record["statement"]), str(target), language, rng)
    more = []
    if len(others) >= 2 and rng.random() < 0.6:
        more.append(rng.choice(KNOWN.get(language, KNOWN["en"])).format(a=others[0], b=others[1]))
    if late and rng.random() < 0.5:
        more.append(rng.choice(LATE.get(language, LATE["en"])).format(a=rng.choice(late)))
    rng.shuffle(more)
    return {**record, "id": f"{record['id']}-named", "table": record["id"], "statement": " ".join([told, *more]),
            "pieces": None, "set": "named"}  # fmt: skip


def _named(statement: str, target: str, language: str, rng: random.Random) -> str:
    """With the target in brackets behind the question, or in a sentence of its own."""
    question = re.search(r"(?<=\w)\?", statement)
    if question and rng.random() < 0.4:
        return f"{statement[: question.start()]} ({target}){statement[question.start() :]}"
    return f"{statement} {rng.choice(ANSWER.get(language, ANSWER['en'])).format(t=target)}"
