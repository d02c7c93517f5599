"""A model's reading beside the one without it: where they agree it is surer; where they part, the model's stands, and
the difference is told, and asked where somebody is there."""

from __future__ import annotations

from agent_graph import register
from agent_graph.artifacts import (
    Act,
    Barred,
    Candidate,
    Entry,
    ModelReading,
    Part,
    Profile,
    Question,
    Reading,
    Setting,
    Specification,
    Target,
    Topic,
    Warned,
)
from agent_graph.intake.building import made_in_words
from agent_graph.intake.by_model.verifying import NUMERIC, SIGNS, target_of

TAKEN_FROM = 0.8  # of the model's own confidence, once the reading without it was heard
AGREED, ALONE, AGAINST = 0.5, 1.0, 1.25  # of its doubt: where both agree, where they don't, against a sure one
SURE_WORDS = 0.6  # a reading without the model that is surer speaks against another
MEASURED = ("echo", "identifier", "empty")  # grounds that arithmetic or counting has, whatever a model says
MOST_READINGS = 5
LEAST = 0.003  # what is likelier is shown


def merged(answer: ModelReading, words: Reading, specification: Specification, profile: Profile) -> Reading:
    """The reading by the model; `words` is the one made without it, of the same specification."""
    label = target_of(answer, profile)
    made = _made(answer, label, profile)
    agree = _same(label, words, answer, made["positive"])
    sure = _sure(answer, words, agree=agree)
    settled = specification.target is not None
    if settled:
        sure = max(sure, words.confidence)
    never = _never(answer, words, specification)
    reading = words.model_copy(
        update={
            "by": "model",
            **made,
            "label": label,
            "task": answer.task,
            "never": never,
            "warned": _warned(words, never, made["target"]),
            "entity": answer.entity or words.entity,
            "act": _act(answer, words.act),
            "wishes": _wishes(answer, words),
            "horizon": answer.horizon,
            "series": answer.series,
            "event": answer.event,
            "duration": answer.duration,
            "metric": specification.metric or answer.metric,
            "split": _split(answer),
            "confidence": round(sure, 3),
            "parts": _parts(answer, words, sure),
            "alternatives": _alternatives(answer, words, made, sure),
            "ledger": _ledger(answer, words),
            "refused": answer.refusal if not settled else words.refused,
            "differs": "" if agree else _told(words),
        }
    )
    asks: tuple[Question, ...] = ()
    if answer.question:
        asks = _asks(answer, reading)
    elif sure < TAKEN_FROM:  # who named the target is asked about nothing but the rest
        asks = words.asks if settled else _asks(answer, reading)
    confirm = _confirm(reading, words) if not agree and not asks and not settled else ()
    return reading.model_copy(update={"asks": asks, "confirm": confirm})


def _made(answer: ModelReading, label: Target | None, profile: Profile) -> dict[str, str | None]:
    """Target, build and event as a reading has them: a label made of a column has no target, but how it is made."""
    said, column = answer.label, answer.target
    if label is None or label.rule == "as_is":
        target = (register.kind(answer.task).truth == "duration" and answer.event) or column
        return {"target": target, "build": answer.build if target is None else "", "positive": answer.positive}
    if said.rule in SIGNS:
        build = made_in_words(label.column, SIGNS[said.rule], said.threshold or 0.0)
        return {"target": None, "build": build, "positive": "1"}
    named = profile.main.column(label.column).storage not in NUMERIC
    if said.rule == "one_of" and len(said.values) == 1 and named:
        return {"target": column, "build": "", "positive": said.values[0]}
    word = "is one of" if said.rule == "one_of" else "is not"
    return {"target": None, "build": made_in_words(label.column, word, said.values), "positive": "1"}


def _same(label: Target | None, words: Reading, answer: ModelReading, positive: str | None) -> bool:
    """Whether both mean the same column, made alike, the same task and event."""
    column = words.label.column if words.label is not None else words.target
    alike = label is None or words.label is None or _rule(label) == _rule(words.label)
    return alike and (column, words.task, words.positive) == (answer.target, answer.task, positive)


def _rule(label: Target) -> tuple[str, float | None, frozenset[str], frozenset[str]]:
    """How a label is made, whatever its classes are called."""
    return label.rule, label.threshold, frozenset(label.values), frozenset(label.unsettled)


def _sure(answer: ModelReading, words: Reading, *, agree: bool) -> float:
    doubt = 1 - min(answer.confidence, 0.99)
    factor = AGREED if agree else AGAINST if words.confidence >= SURE_WORDS else ALONE
    return max(0.01, 1 - doubt * factor)


def _never(answer: ModelReading, words: Reading, specification: Specification) -> tuple[Barred, ...]:
    """What the model leaves out, what was measured to be no input, and what the person wants left out; not what they
    keep."""
    kept = {*specification.listed("keep"), answer.target}
    found = {
        each.column: Barred(column=each.column, why=each.why, confidence=answer.confidence, ground=each.ground)
        for each in answer.never
    }
    for each in words.never:
        if each.ground in (*MEASURED, "asked"):
            found.setdefault(each.column, each)
    return tuple(each for name, each in found.items() if name not in kept)


def _warned(words: Reading, never: tuple[Barred, ...], target: str | None) -> tuple[Warned, ...]:
    out = {each.column for each in never} | {target}
    left = [Warned(column=each.column, why=each.why) for each in words.never]
    return tuple(each for each in (*left, *words.warned) if each.column not in out)


def _act(answer: ModelReading, words: Act) -> Act:
    """What the model heard; what only the rules heard is kept."""
    done = answer.done
    both = done.cost_of_false_alarm is not None and done.cost_of_miss is not None
    return Act(
        top_k=done.top_k or words.top_k,
        costs=(done.cost_of_false_alarm, done.cost_of_miss) if both else words.costs,  # type: ignore[arg-type]
        threshold=done.bars or words.threshold,
        interval=done.interval if done.interval is not None else words.interval,
        quantile=done.quantile if done.quantile is not None else words.quantile,
        explain=done.explain or words.explain,
        per_group=done.per_group or words.per_group,
        latency_ms=done.latency_ms or words.latency_ms,
    )


def _wishes(answer: ModelReading, words: Reading) -> tuple[Setting, ...]:
    found: dict[str, str] = {wish.key: wish.value for wish in answer.wishes if wish.value.strip()}
    kept = {each.key: each.value for each in words.wishes if each.key not in found}
    return tuple(Setting(key=key, value=value) for key, value in {**found, **kept}.items())


def _split(answer: ModelReading) -> str:
    return "random" if answer.split == "random" else f"{answer.split}:{'+'.join(answer.split_columns)}"


def _parts(answer: ModelReading, words: Reading, sure: float) -> tuple[Part, ...]:
    found = [Part(topic="target", choice=answer.target or answer.build, confidence=sure, reason=answer.aim),
             Part(topic="task", choice=answer.task, confidence=sure, reason="the model read so")]  # fmt: skip
    if answer.positive is not None:
        found.append(Part(topic="event", choice=answer.positive, confidence=sure, reason="the model read so"))
    given = {part.topic: part for part in words.parts if part.reason == "given"}
    return tuple(given.get(part.topic, part) for part in found)


def _alternatives(
    answer: ModelReading, words: Reading, made: dict[str, str | None], sure: float
) -> tuple[Candidate, ...]:
    """The model's reading, its others, then those of the reading without it, each question once."""
    column = made["target"] or (words.label.column if words.label else None)
    first = Candidate(target=made["target"], build=made["build"] or "", task=answer.task, positive=made["positive"],
                      confidence=round(sure, 3))  # fmt: skip
    left = max(0.0, 1 - sure)
    others = [Candidate(target=o.target, task=o.task, positive=o.positive, confidence=round(min(o.confidence, left), 3))
              for o in answer.others]  # fmt: skip
    for each in words.alternatives:
        others.append(each.model_copy(update={"confidence": round(min(each.confidence, left) * left, 3)}))
    kept: dict[tuple[str | None, str, str | None], Candidate] = {(column, answer.task, made["positive"]): first}
    for each in others:
        if each.confidence >= LEAST:
            kept.setdefault((each.target, each.task, each.positive), each)
    return tuple(sorted(kept.values(), key=lambda each: -each.confidence)[:MOST_READINGS])


def _ledger(answer: ModelReading, words: Reading) -> tuple[Entry, ...]:
    """Piece by piece what the model made of it; the check that shows it is told by the reading without it."""
    said = {piece.number: piece for piece in answer.pieces}
    return tuple(
        entry
        if (piece := said.get(number)) is None
        else Entry(words=entry.words, became=piece.became, what=piece.what,
                   check=entry.check if piece.became == "taken" else "")
        for number, entry in enumerate(words.ledger, 1)
    )  # fmt: skip


def _told(words: Reading) -> str:
    event = f" = {words.positive}" if words.positive is not None else ""
    return f"{words.target or words.build}{event} ({words.task}), {words.confidence:.0%} sure"


def _asks(answer: ModelReading, reading: Reading) -> tuple[Question, ...]:
    """The model's own question, or which of the readings is meant."""
    first, *others = reading.alternatives
    column = first.target or (reading.label.column if reading.label else "")
    topic: Topic = "target"
    choices = tuple(dict.fromkeys(name for name in (column, *(o.target for o in others)) if name))
    if not any(o.target != column for o in others[:1]) and others and answer.task == others[0].task:
        values = tuple(dict.fromkeys(v for v in (answer.positive, *(o.positive for o in others)) if v))
        if len(values) > 1:
            topic, choices = "event", values
    text = answer.question or f"Is {column!r} what you mean? The model is {reading.confidence:.0%} sure."
    return (Question(topic=topic, text=text, choices=choices or ("none of the columns",), depends="everything"),)


def _confirm(reading: Reading, words: Reading) -> tuple[Question, ...]:
    """What is asked of who is there: the model's reading, or the one without it."""
    column = reading.label.column if reading.label else reading.target
    other = words.label.column if words.label else words.target
    if column is None or other is None:
        return ()
    if column != other:
        text = f"The model reads {column!r}; the words alone read {other!r}. Which holds the answer for past rows?"
        return (Question(topic="target", text=text, choices=(column, other), depends="everything"),)
    if reading.task != words.task and words.task is not None and reading.task is not None:
        text = f"The model reads a {reading.task} question; the words alone a {words.task} one. Which is meant?"
        return (Question(topic="task", text=text, choices=(reading.task, words.task), depends="metric and model"),)
    if reading.positive and words.positive:
        text = f"Which value of {column!r} is looked for? The model reads {reading.positive!r}."
        return (Question(topic="event", text=text, choices=(reading.positive, words.positive),
                         depends="what a high score means"),)  # fmt: skip
    return ()
