"""Evidence which value of a column is the event that a statement looks for."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from agent_graph.intake.evidence.encoder import directions
from agent_graph.intake.evidence.letters import alike, content_words, fold, spelled_out, tokens
from agent_graph.intake.evidence.pairs import Said
from agent_graph.profiling.names import lexicon

Floats = NDArray[np.float64]
YES = lexicon(
    "yes y true t 1 1.0 positive pos ja j oui o si sí s sim tak evet e wahr vrai verdadero vero waar prawda sant doğru "
    "x"
)
NO = lexicon(
    "no n false f 0 0.0 negative neg nein non nee não nao nie nej hayır hayir falsch faux falso onwaar falskt yanlış "
    "none"
)
GOOD = ("it went well, passed, healthy, paid back, stayed, on time", "success, good, normal, alive, satisfied")
BAD = ("it went wrong, failed, ill, defaulted, left us, late", "damage, loss, bad, broken, dead, complaint")
NEGATIONS = lexicon(
    "not no never without nobody none miss fail unable don't won't doesn't didn't isn't aren't can't cannot hasn't "
    "haven't no-show nicht kein keine ohne nie niemand pas jamais sans aucun ne no nunca sin ninguno nadie non mai "
    "senza "
    "nessuno niet geen zonder nooit não nunca sem nenhum nie bez nigdy brak inte aldrig utan ingen değil yok asla"
)
_SAYS = (
    r"(?:=|:|is|are|means?|meant|for|stands for|was|were|ist|sind|heißt|bedeutet|est|signifie|veut dire|es|significa"
    r"|è|vuol dire|betekent|staat voor|é|oznacza|to|betyder|är|demek|if|wenn|when|quand|si|se|als|jeśli|om|ise)"
)


def evidence_for_event(
    said: Said, roles: Floats, name: str, values: tuple[str, str], shares: tuple[float, float]
) -> dict[str, float]:
    """How much more the first of two values looks like the event than the second: named numbers, turned round when the
    values are."""
    wish = _wish(said, roles)
    meant = tuple(_meaning(said, value) for value in values)
    texts = [text or f"{spelled_out(name)}: {value}" for text, value in zip(meant, values, strict=True)]
    near = directions(texts) @ wish
    raw = directions([f"{spelled_out(name)} {value}" for value in values]) @ wish
    bad = directions(texts) @ (directions(BAD).mean(axis=0) - directions(GOOD).mean(axis=0))
    asked_bad = float(wish @ (directions(BAD).mean(axis=0) - directions(GOOD).mean(axis=0)))
    bare = [value.strip().lower() for value in values]
    yes = [float(v in YES) - float(v in NO) for v in bare]
    number = [_number(value) for value in values]
    negated = _negated(said, roles)
    column_bad = float(
        (directions([spelled_out(name)]) @ (directions(BAD).mean(axis=0) - directions(GOOD).mean(axis=0)))[0]
    )
    spoken = [_spoken(said, roles, value) for value in values]
    difference = {
        "yes": yes[0] - yes[1],
        "higher": float(np.sign((number[0] or 0) - (number[1] or 0))) if None not in number else 0.0,
        "rarer": shares[1] - shares[0],
        "explained": float(near[0] - near[1]) if any(meant) else 0.0,
        "near": float(raw[0] - raw[1]),
        "spoken": spoken[0] - spoken[1],
        "bad_as_asked": float(bad[0] - bad[1]) * np.sign(asked_bad),
        "bad": float(bad[0] - bad[1]),
    }
    found = difference | {
        "yes.negated": difference["yes"] * negated,
        "yes.contrary": difference["yes"] * float(np.clip(10 * column_bad, -1, 1) * np.clip(10 * asked_bad, -1, 1)),
        "yes.unlike": difference["yes"] * float(1 - directions([spelled_out(name)])[0] @ wish),
        "rarer.plain": difference["rarer"] * float(difference["yes"] == 0),
        "higher.plain": difference["higher"] * float(difference["yes"] == 0),
        "one_two": difference["higher"] * float({"1", "2"} == set(bare)),
    }
    return {key: float(value) for key, value in found.items()}


def _wish(said: Said, roles: Floats) -> NDArray[np.float64]:
    """The direction of what is asked."""
    weights = roles[:, 0] ** 2
    total = (directions(said.pieces) * weights[:, None]).sum(axis=0)
    return np.asarray(total / (np.linalg.norm(total) + 1e-9), dtype=np.float64)


def _negated(said: Said, roles: Floats) -> float:
    """How far what is asked is put in the negative."""
    return max(
        (float(role) * float(_negative(piece)) for piece, role in zip(said.pieces, roles[:, 0], strict=True)),
        default=0.0,
    )


def _negative(piece: str) -> bool:
    return any(word in NEGATIONS for word in re.findall(r"[\w'-]+", piece.lower().replace("’", "'")))


def _meaning(said: Said, value: str) -> str:
    """What the statement says that a value stands for: "1 = paid back", "the 4s are the cancers"; "" when nothing."""
    text = re.escape(value.strip())
    for piece in said.pieces:
        found = re.search(rf"(?<![\w.]){text}(?:s|'s|er)?\s*{_SAYS}\s+([^,;.()]+)", piece, re.IGNORECASE)
        found = (
            found or re.search(rf"(?<![\w.]){text}\s+([^\W\d_][^,;.()]{{2,40}})", piece)
            if value.strip().isdigit()
            else found
        )
        if found and content_words(found.group(1)):
            return found.group(1)
    return ""


def _spoken(said: Said, roles: Floats, value: str) -> float:
    """How strongly what is asked speaks of the value by its letters."""
    words = [fold(word) for word in content_words(value)]
    if not words or len(value) <= 2:
        exact = [
            role * float(value.strip() in tokens(piece)) for piece, role in zip(said.pieces, roles[:, 0], strict=True)
        ]
        return float(max(exact, default=0.0)) if value.strip().isalpha() and value.isupper() else 0.0
    found = 0.0
    for spoken, role in zip(said.words, roles[:, 0], strict=True):
        share = sum(max((alike(word, fold(other)) for other in spoken), default=0.0) for word in words) / len(words)
        found = max(found, share * float(role))
    return found


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
