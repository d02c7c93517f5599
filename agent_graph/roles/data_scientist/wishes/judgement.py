"""Wishes about how the model is judged: metric, bars, folds, slices, expectations, the experiment."""

from __future__ import annotations

import re
from typing import Any

from agent_graph.artifacts import Decision, FeatureDesign, Setting, Wish
from agent_graph.feedback.clauses import Clause, Reading
from agent_graph.feedback.fields import Lens, Number, at
from agent_graph.feedback.metrics import METRIC
from agent_graph.feedback.phrases import matched, of_columns
from agent_graph.role import Finding, WishKind
from agent_graph.roles.data_scientist.playbook.experiment import sample_size
from agent_graph.roles.data_scientist.wishes.bars import (
    carry_bar,
    carry_second,
    judge_bar,
    judge_second,
    read_bar,
    read_second,
)
from agent_graph.roles.data_scientist.wishes.features import COLUMN_KINDS
from agent_graph.roles.data_scientist.wishes.pairs import PAIR_KINDS
from agent_graph.roles.data_scientist.wishes.transforms import TRANSFORM_KINDS

_SLICED = (
    r"(?:also )?(?:compare|evaluate|assess|measure|slice|split|break (?:it |them |scores |results |the scores )?down"
    r"|judge|check|report|look "
    r"at)"
    r"(?: (?:the )?(?:scores?|results?|errors?|performance|groups?|fairness|bias|metrics?|it|model))*"
    r"(?: (?:by|across|per|for each|for|over|between|of))+ (?P<columns>.+)",
    r"(?:add )?(?:an? )?(?:slices?|groups?) (?:by|of|for|on) (?P<columns>.+)",
    r"(?:fairness|bias) (?:across|by|of|for|between|over) (?P<columns>.+)",
)
_UNSLICED = (
    r"(?:no|without|drop (?:the )?|remove (?:the )?)(?: any)?\s?(?:slices?|comparisons?|groups?) (?:by|of|for|on"
    r"|across) (?P<columns>.+)",
    r"(?:do not|don't|never|stop) (?:compar(?:e|ing)|slic(?:e|ing)|split(?:ting)?|break(?:ing)? (?:it |scores "
    r")?down) (?:by|across) (?P<columns>.+)",
)
_PREDICTIONS = r"(?:(?:the )?(?:predictions?|answers?|model|scores?|outputs?|results?|risks?))"
_INVARIANT = (
    rf"{_PREDICTIONS} (?:must|should|may|shall|can|do|does)? ?(?:not|never) (?:depend on|change (?:with|by|for)|vary "
    rf"(?:with|by)"
    r"|be influenced by|differ by|react to) (?P<columns>.+)",
    rf"(?:{_PREDICTIONS} )?(?:(?:must|should|shall) )?(?:be |stay |are )?(?:invariant (?:to|under|against)"
    rf"|independent of|indifferent to)"
    r" (?P<columns>.+)",
    rf"changing (?P<columns>.+?) (?:must|should|may) (?:not|never) (?:change|move|alter|affect"
    rf"|influence) {_PREDICTIONS}",
    rf"(?P<columns>.+?) (?:must|should|may) (?:not|never) (?:change|move|alter|affect|influence) {_PREDICTIONS}",
)
_UP, _DOWN = (
    r"(?:rise|rises|increase|increases|grow|grows|go up|climb)",
    r"(?:fall|falls|decrease|decreases|drop|go down|shrink|sink)",
)
_RAISE, _LOWER = r"(?:raises?|increases?|pushes? up|push(?:es)?|means? (?:more|higher)|give more|lead to more)", \
                 r"(?:lowers?|decreases?|reduces?|means? (?:less|fewer|lower)|give less|lead to less)"  # fmt: skip


def read_direction(clause: Clause) -> Reading | None:
    """ "predictions should fall with tenure", "more tenure should lower churn"."""
    heads = rf"{_PREDICTIONS} (?:must|should|may|shall)? ?(?:only )?"
    target = re.escape(clause.inputs.problem.target.column)
    goal = rf"(?:the )?(?:{target}|{_PREDICTIONS}|probability|chance|price|value|prediction)(?: of [\w ]+)?"
    more = r"(?:more|higher|larger|longer|greater|bigger|older) (?P<columns>.+?) (?:must|should|may)? ?(?:only )?"
    for value, rise, push in (("up", _UP, _RAISE), ("down", _DOWN, _LOWER)):
        if matched(
            [rf"{heads}{rise} with (?:more |higher |longer )?(?P<columns>.+)", rf"{more}{push} {goal}"], clause.text
        ):
            return of_columns(clause, "direction", (
                rf"{heads}{rise} with (?:more |higher |longer )?(?P<columns>.+)", rf"{more}{push} {goal}"),
                value)  # fmt: skip
    return None


def carry_direction(design: FeatureDesign, wish: Wish, inputs: Any) -> FeatureDesign:
    """The design that expects that sign."""
    kept = tuple(one for one in design.directional if one.key != wish.subjects[0])
    expected = Setting(key=wish.subjects[0], value=wish.value or "")
    return design.model_copy(update={"directional": (*kept, expected)})


def judge_direction(design: FeatureDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether the tests expect it."""
    found = next((one.value for one in design.directional if one.key == wish.subjects[0]), "nothing")
    kept = found == wish.value
    return ("followed" if kept else "not followed"), f"{found} is expected of {wish.subjects[0]!r}, asked {wish.value}"


def _listing(kind: str, path: str, patterns: tuple[str, ...], *, there: bool) -> WishKind:
    """A kind that puts columns into a tuple of names, or takes them out."""

    def carry(design: FeatureDesign, wish: Wish, inputs: Any) -> FeatureDesign:
        kept = tuple(name for name in getattr(design, path) if name != wish.subjects[0])
        return design.model_copy(update={path: (*kept, wish.subjects[0]) if there else kept})

    def judge(design: FeatureDesign, wish: Wish, inputs: Any) -> Finding:
        names = getattr(design, path)
        told = ", ".join(map(repr, names)) or "empty"
        return ("followed" if (wish.subjects[0] in names) == there else "not followed"), f"{path} are {told}"

    return WishKind(kind, lambda clause: of_columns(clause, kind, patterns), carry, judge)


def _folds_follow(design: FeatureDesign, inputs: Any) -> FeatureDesign:
    """Parts of a cross-validation are equal; those of a history leave enough to train on."""
    share = design.validation_share
    if inputs.problem.split.kind != "time":
        share = round(1 / design.folds, 4) if design.folds > 1 else share
    elif design.folds * share > 0.6:
        share = int(6000 / design.folds) / 10_000
    told = Decision(what="validation share", choice=f"{share:g}", why=f"follows from {design.folds} part(s)")
    decisions = (*design.decisions, told) if share != design.validation_share else design.decisions
    return design.model_copy(update={"validation_share": share, "decisions": decisions})


def _experiment_follows(design: FeatureDesign, inputs: Any) -> FeatureDesign:
    plan = design.experiment
    if not (0 < plan.alpha < 0.5 and 0.5 <= plan.power < 1 and plan.minimum_effect > 0):
        return design  # the role's rule says why
    size = sample_size(plan.baseline_std, plan.minimum_effect, plan.alpha, plan.power)
    return design.model_copy(update={"experiment": plan.model_copy(update={"sample_size_per_arm": size})})


def _relative_effect() -> Lens:
    def get(design: Any, _: str | None) -> float | None:
        plan = design.experiment
        return round(plan.minimum_effect / plan.baseline_rate, 9) if plan.baseline_rate else None

    def put(design: Any, _: str | None, value: float) -> Any:
        plan = design.experiment
        changed = plan.model_copy(update={"minimum_effect": value * plan.baseline_rate})
        return design.model_copy(update={"experiment": changed})

    return Lens("experiment.minimum_effect over the base rate", get, put)


_NUMBERS = (
    Number("folds", r"\b(?:cross[- ]?validat(?:e|ion)|folds?|k-fold|cv)\b", "count", at("folds", whole=True),
           settle=_folds_follow),
    Number("validation_share", r"\b(?:validat(?:e|ion)(?: share| part| set| size)?)\b", "share", at("validation_share"),
           about="rows data share part"),
    Number("minimum_slice_rows", r"\b(?:rows )?(?:minimum |smallest )?(?:slices?|groups?)(?: size| rows)?\b", "count",
           at("minimum_slice_rows", whole=True), about="rows judge judged judging size minimum smallest"),
    Number("experiment_power", r"\b(?:statistical )?power\b", "share", at("experiment.power"), "experiment test a/b "
                                                                                               "ab b",
           settle=_experiment_follows),
    Number("experiment_alpha", r"\b(?:alpha|significance(?: level)?)\b", "share", at("experiment.alpha"),
           "experiment test a/b ab b", settle=_experiment_follows),
    Number("experiment_traffic", r"\b(?:traffic(?: share)?)\b", "share", at("experiment.traffic_share"),
           "experiment test a/b ab b share"),
    Number("experiment_effect", r"\b(?:minimum |smallest |relative )?effects?(?: size)?\b", "share", _relative_effect(),
           "experiment test a/b ab b detect relative base rate minimum smallest", settle=_experiment_follows),
)  # fmt: skip
WISHES = (
    WishKind("secondary_metric", read_second, carry_second, judge_second),
    METRIC,
    WishKind("threshold", read_bar, carry_bar, judge_bar),
    *(row.kind() for row in _NUMBERS),
    _listing("no_slice", "slices", _UNSLICED, there=False),
    _listing("slice", "slices", _SLICED, there=True),
    _listing("invariant", "invariant", _INVARIANT, there=True),
    WishKind("direction", read_direction, carry_direction, judge_direction),
    *PAIR_KINDS,
    *TRANSFORM_KINDS,
    *COLUMN_KINDS,
)
