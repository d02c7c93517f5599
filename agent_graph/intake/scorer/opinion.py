"""What the evidence comes to: which column, which task, which event, which columns are no inputs, and how sure.

Every step takes named evidence and fitted weights. Nothing here knows a column's or a statement's words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent_graph import register
from agent_graph.artifacts import Profile, Suspect
from agent_graph.intake.evidence.columns import SHAPES, Columns
from agent_graph.intake.evidence.encoder import directions
from agent_graph.intake.evidence.events import evidence_for_event
from agent_graph.intake.evidence.homes import evidence_at_home
from agent_graph.intake.evidence.leaks import Against, evidence_for_bar
from agent_graph.intake.evidence.pairs import Pairs, Said, evidence_for_target
from agent_graph.intake.evidence.segments import segments
from agent_graph.intake.evidence.speech import roles_of
from agent_graph.intake.evidence.tasks import evidence_for_task
from agent_graph.intake.framing.absent import said_absent
from agent_graph.intake.framing.classes import positive_of
from agent_graph.intake.framing.statement import Statement, items
from agent_graph.intake.framing.target import rank
from agent_graph.intake.framing.wording import moment_of
from agent_graph.intake.scorer.suspecting import plain_target
from agent_graph.intake.scorer.weighing import FAR, Scorer
from agent_graph.profiling import Words

Floats = NDArray[np.float64]
FAINTEST = 1e-4  # probability that the reader gives a column at least
BONDS = ("tie", "tells", "is_told", "told_more_than_rest", "tie.rest", "suspect.too_good_alone")  # with the target
TOLD = 0.9  # probability of a kind whose own rule finds itself asked, where the weights were not fitted on it
DIRECTED = {"prior.name": "name", "prior.meaning": "meaning", "meeting": "meeting"}


def for_all(near: Sequence[float], width: int) -> tuple[float, ...]:
    """What the reader gives the first columns of a table, for all `width` of them: the others are FAINTEST."""
    shown = near[:width]
    return (*(max(each, FAINTEST) for each in shown), *([FAINTEST] * (width - len(shown))))


@dataclass(frozen=True)
class Scene:
    """A statement beside a table: all that can be measured before anything is weighed."""

    statement: str
    profile: Profile

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """The statement cut into pieces."""
        return tuple(piece.text for piece in segments(self.statement)) or (self.statement,)

    @cached_property
    def pairs(self) -> Pairs:
        """Columns against pieces."""
        return Pairs(Said(self.pieces), Columns(self.profile))

    @property
    def columns(self) -> Columns:
        """The main table's columns."""
        return self.pairs.columns

    def ruled_known(self, column: int) -> tuple[Floats, Floats]:
        """Which columns the rules of English phrases take for listed as known, and for said to be absent: 1 or 0."""
        statement, names = Statement(self.statement), self.columns.names
        words = Words(statement.known, moment_of(statement), items(statement.sources))
        found = plain_target(self.columns.facts[column])
        absent = {s.column for s in said_absent(self.profile, statement, found[0])} if found else set()
        known = np.array([float(words.lists(name)) for name in names])
        return known, np.array([float(name in absent) for name in names])

    @cached_property
    def ruled(self) -> Floats:
        """What the rules of English phrases give each column as the target; 0 where they rule it out."""
        found = {each.column.name: each.weight for each in rank(self.profile, Statement(self.statement))}
        return np.array([found.get(name, 0.0) for name in self.columns.names])


@dataclass(frozen=True)
class Opinion:
    """A scene, weighed. `reader`: what a model on the machine gives each column, in their order; None: not asked."""

    scene: Scene
    weights: Mapping[str, Any]
    reader: tuple[float, ...] | None = None

    @cached_property
    def roles(self) -> Floats:
        """What each piece does."""
        return roles_of(self.scene.pieces, self.weights["speech"])

    @cached_property
    def wish(self) -> Floats:
        """The direction of what is asked, shape (512,)."""
        weight = self.roles[:, 0] ** 2
        total = (directions(self.scene.pieces) * weight[:, None]).sum(axis=0)
        return np.asarray(total / (np.linalg.norm(total) + 1e-9), dtype=np.float64)

    @property
    def fitted(self) -> tuple[str, ...]:
        """The kinds of problem that the weights were fitted on, in their order."""
        return tuple(self.weights["task"]["kinds"])

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds of problem: those of the weights, then the others that there are."""
        return (*self.fitted, *(name for name in register.kinds() if name not in self.fitted))

    @cached_property
    def tasks_by_words(self) -> Floats:
        """Probability of each of the fitted kinds from the words alone."""
        weights = np.array(self.weights["task"]["words"])
        return _softmax(weights[:, :-1] @ self.wish + weights[:, -1])

    @cached_property
    def evidence(self) -> dict[str, Floats]:
        """Evidence for each column as the target."""
        columns = self.scene.columns
        found = evidence_for_target(self.scene.pairs, self.roles)
        vectors = {
            "prior.name": columns.by_name, "prior.meaning": columns.by_meaning, "meeting": columns.by_name * self.wish,
        }  # fmt: skip
        for name, vector in vectors.items():
            weights = np.array(self.weights["directed"][DIRECTED[name]])
            found[name] = vector @ weights[:-1] + weights[-1]
        table = np.array(self.weights["task"]["shapes"])  # tasks × shapes
        whole = table.mean(axis=0)
        fits = np.log((self.tasks_by_words @ table) / whole)
        found["fits_task"] = np.array([fits[SHAPES.index(shape)] for shape in columns.shapes])
        ruled = self.scene.ruled
        found |= {"ruled": ruled, "ruled.place": np.log1p(np.argsort(np.argsort(-ruled, kind="stable"), kind="stable"))}
        found["ruled.ahead"] = ruled - max(np.sort(ruled)[-2:][0] if len(ruled) > 1 else 0.0, 0.0)
        return found

    @cached_property
    def targets(self) -> Floats:
        """Probability of each column to be what is asked for; they add up to 1."""
        part = self.weights["target"]
        own = _softmax(Scorer.of(part).logits(self.evidence) * float(part["sharpness"]))
        if self.reader is None:
            return own
        both, near = self.weights["reader"], np.clip(np.array(self.reader), FAINTEST, 1.0)
        return _softmax(float(both["own"]) * np.log(own + FAINTEST / 10) + float(both["reader"]) * np.log(near))

    def tasks(self, column: int) -> Floats:
        """Probability of each of `kinds`, were this column the target."""
        known = [register.kind(name) for name in self.kinds[len(self.fitted) :]]
        told = np.array([float(kind.asked(self.scene.statement, self.scene.profile)) for kind in known])
        share = TOLD if told.any() else 0.0
        return np.concatenate([(1 - share) * self._weighed(column), share * told / max(told.sum(), 1.0)])

    def _weighed(self, column: int) -> Floats:
        """Probability of each of the fitted kinds, were this column the target."""
        fit, words = self.weights["task"]["fit"], self.tasks_by_words
        evidence = self.task_evidence
        values = np.array([evidence[name][column] for name in fit["names"]])
        scaled = np.clip((values - np.array(fit["middle"])) / np.array(fit["spread"]), -FAR, FAR)
        found = _softmax(np.array(fit["weights"]) @ np.append(scaled, 1.0))
        none = np.array([register.kind(name).truth == "none" for name in self.fitted])
        rest = float(words[none].sum())  # no column is their answer, so columns don't speak of them
        return np.where(none, words, (1 - rest) * np.where(none, 0.0, found) / max(found[~none].sum(), 1e-9))

    @cached_property
    def task_evidence(self) -> dict[str, Floats]:
        """Evidence for each column on the kind of question that it would answer."""
        return evidence_for_task(self.scene.pieces, self.roles, self.scene.columns, self.tasks_by_words, self.fitted)

    def events(self, column: int) -> tuple[tuple[str, float], ...]:
        """The two values of a column, likeliest event first, with their probabilities; () when it hasn't two."""
        fact = self.scene.columns.facts[column]
        if fact.distinct != 2 or len(fact.levels) < 2:
            return ()
        values = (fact.levels[0].value, fact.levels[1].value)
        found = self.event_evidence(column)
        first = float(Scorer.of(self.weights["event"]).probabilities({k: np.array([v]) for k, v in found.items()})[0])
        pairs = sorted(zip(values, (first, 1 - first), strict=True), key=lambda pair: -pair[1])
        return tuple(pairs)

    def event_evidence(self, column: int) -> dict[str, float]:
        """Evidence that the more frequent value of a column of two is the event."""
        fact = self.scene.columns.facts[column]
        values, shares = zip(*((level.value, level.share) for level in fact.levels[:2]), strict=True)
        chosen, sure, _ = positive_of(list(values), fact, Statement(self.scene.statement))
        ruled = {"ruled": (sure - 0.5) * (1.0 if chosen == values[0] else -1.0)}
        return ruled | evidence_for_event(self.scene.pairs.said, self.roles, fact.name, values, shares)

    def bar_evidence(self, column: int, suspects: Sequence[Suspect]) -> dict[str, Floats]:
        """Evidence for each column that it is no input for this target."""
        suspected = {suspect.column: (suspect.ground, suspect.strength) for suspect in suspects}
        known, absent = self.scene.ruled_known(column)
        ruled = {"ruled.known": known, "ruled.absent": absent}
        words = ruled | {f"said.{name}": values for name, values in self.evidence.items() if _of_words(name)}
        held = evidence_for_bar(Against(self.scene.pairs, column), suspected)
        return words | held | evidence_at_home(self.scene.pairs, self.roles, column) | {"as_target": self.targets}

    def bars(self, column: int, suspects: Sequence[Suspect]) -> Floats:
        """Probability of each column to be no input for this target."""
        return Scorer.of(self.weights["bar"]).probabilities(self.bar_evidence(column, suspects))

    def bars_apart(self, column: int, found: Mapping[str, Floats]) -> Floats:
        """The same, were every column bound to the target as the table's middle one is: what else speaks against it.

        `found` is the evidence for this target.
        """
        middle = {name: np.full(len(found[name]), np.median(np.delete(found[name], column))) for name in BONDS}
        return Scorer.of(self.weights["bar"]).probabilities({**found, **middle})

    def doubt_evidence(self, task: float, event: float, bars: Floats) -> dict[str, Floats]:
        """What the whole reading's probability of being right is judged by."""
        near, best = np.sort(self.targets)[::-1], int(self.targets.argmax())
        named = np.maximum(self.evidence["named.wish"], self.evidence["named.outcome"])
        told = np.array(self.reader) if self.reader is not None else np.zeros(len(near))
        second = near[1] if len(near) > 1 else 0.0
        aside = np.array([register.kind(name).truth in ("order", "none") for name in self.fitted])
        unsure = float(np.minimum(bars, 1 - bars).sum())
        values = {
            "target": near[0], "target.logit": _logit(near[0]), "gap": near[0] - second,
            "rest": float((near > 0.1).sum()),
            "task": task, "event": event, "task.words": float(self.tasks_by_words.max()), "bars": unsure,
            "bars.most": float(np.minimum(bars, 1 - bars).max(initial=0.0)), "product": near[0] * task * event,
            "wish": float(self.roles[:, 0].max()), "wishes": float(self.roles[:, 0].sum()),
            "late": float(self.roles[:, 2].sum()), "pieces": float(len(self.roles)), "width": np.log(len(near)),
            "none": float(self.tasks_by_words[aside].sum()), "event.product": task * event,
            "named": named[best], "named.rival": np.delete(named, best).max(initial=0.0),
            "named.any": self.evidence["named.any"][best],
        }  # fmt: skip
        if self.reader is not None:
            values |= {"reader": told[best], "reader.first": float(told.argmax() == best)}
        return {name: np.array([float(value)]) for name, value in values.items()}

    def sure(self, task: float, event: float, bars: Floats) -> float:
        """Probability that target, task and event are right and no forbidden column is an input."""
        part = self.weights["doubt" if self.reader is None else "doubt_with_reader"]
        return float(Scorer.of(part).probabilities(self.doubt_evidence(task, event, bars))[0])


def _of_words(name: str) -> bool:
    """Evidence of the late and known words is evidence for a bar, too; that of the table's width is not."""
    return name.startswith(
        ("best.", "direction.", "word_meaning.", "letters.", "listed", "prior.", "shape.", "meaning.", "ruled")
    )


def _softmax(scores: Floats) -> Floats:
    grown = np.exp(scores - scores.max())
    return np.asarray(grown / grown.sum())


def _logit(p: float) -> float:
    return float(np.log((p + 1e-6) / (1 - p + 1e-6)))
