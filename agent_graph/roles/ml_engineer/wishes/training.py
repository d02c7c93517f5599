"""Wishes about how the model is found: estimators, search, ensemble, calibration, interval, promotion."""

from __future__ import annotations

from typing import Any

from agent_graph import register
from agent_graph.artifacts import TrainingDesign, Wish
from agent_graph.feedback import options
from agent_graph.feedback.clauses import Clause, Reading
from agent_graph.feedback.fields import YES, Number, Word, at, switch
from agent_graph.feedback.metrics import METRIC
from agent_graph.feedback.phrases import matched
from agent_graph.role import Finding, WishKind
from agent_graph.roles.ml_engineer.wishes.estimators import (
    ONLY,
    WITH,
    WITHOUT,
    added,
    depth_key,
    judge_member,
    judge_only,
    left_out,
    of_trees,
    only,
    parameter_of,
    reader,
    with_parameter,
    with_rounds,
)


def read_calibration(clause: Clause) -> Reading | None:
    """ "no calibration", "use Platt scaling", "calibrate the probabilities"."""
    off, on = switch(r"(?:probability )?calibration")
    if matched(
        [off, r"(?:do not|don't) calibrate.{0,40}", r"(?:leave )?(?:the )?(?:predictions|probabilities) uncalibrated"],
        clause.text,
    ):
        return Reading((clause.wish("calibration", (), "none"),))
    if match := matched(
        [rf"(?:{YES} |calibrate (?:by|with) )?(?P<how>platt|temperature|scale)(?:[- ]scaling)?(?: calibration)?"],
        clause.text,
    ):
        return Reading((clause.wish("calibration", (), match["how"].lower()),))
    if matched(
        [on, r"calibrate(?: the| its)?(?: probabilities| predictions| model| answers| ensemble| totals)?"], clause.text
    ):
        fitting = register.kind_of(clause.inputs.problem).calibration.by
        return Reading((clause.wish("calibration", (), fitting),))
    return None


def read_interval(clause: Clause) -> Reading | None:
    """ "no intervals"; their coverage is a number."""
    off, _ = switch(r"(?:prediction |confidence )?(?:intervals?|ranges?)")
    return Reading((clause.wish("interval", (), "off"),)) if matched([off], clause.text) else None


def _without_interval(design: TrainingDesign, wish: Wish, inputs: Any) -> TrainingDesign:
    return design.model_copy(update={"interval_coverage": None})


def _judge_no_interval(design: TrainingDesign, wish: Wish, inputs: Any) -> Finding:
    found = design.interval_coverage
    return ("followed" if found is None else "not followed"), f"interval_coverage is {found}"


def carry_calibration(design: TrainingDesign, wish: Wish, inputs: Any) -> TrainingDesign:
    """The design with that calibration; the rule knows which suit the task."""
    return design.model_copy(update={"calibration": wish.value})


def judge_calibration(design: TrainingDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether it is that one."""
    return ("followed" if design.calibration == wish.value else "not followed"), f"calibration is {design.calibration}"


_OFF, _ON = switch(r"(?:an? )?(?:ensembl(?:e|es|ing)|blend(?:s|ing)?|stacking)")
_NUMBERS = (
    Number("budget", r"\b(?:(?:time )?budget|search(?:es|ing)?|tun(?:e|ing)|train(?:ing)?(?: time)?|time)\b", "s",
           at("budget_s"),
           about="hyperparameters hyper-parameters parameters estimators longer spend search limit"),
    Number("trials", r"\b(?:trials?|optuna)\b", "count", at("trials", whole=True), about="search try run most tuning "
                                                                                         "optuna"),
    Number("search_rows", r"\b(?:search[ _])?rows\b", "count", at("search_rows", whole=True), about="search tune "
                                                                                                    "tuning training"),
    Number("early_stopping", r"\bearly[- ]?stop(?:ping|s)?(?: rounds| patience)?\b|\bpatience\b", "count",
           at("early_stopping_rounds", whole=True),
           about="rounds patience stop trees iterations after"),
    Number("ensemble_rounds",
           r"\bensembl(?:e|ing)(?: selection)?(?: rounds)?\b|\brounds of (?:ensemble )?selection\b", "count",
           at("ensemble_rounds", whole=True), about="rounds selection"),
    Number("minimum_weight", r"\b(?:minimum |smallest )?(?:member )?weights?\b", "share", at("minimum_weight"),
           about="member members minimum smallest"),
    Number("interval_coverage", r"\b(?:prediction |confidence |conformal )?(?:intervals?|ranges?)(?: coverage)?\b"
                                r"|\binterval[ _]coverage\b", "share",
           at("interval_coverage"), about="coverage cover covers conformal give"),
    Number("seed", r"\b(?:random )?seed\b", "count", at("seed", whole=True), about="random"),
    Number("learning_rate", r"\blearning[- ]?rate\b", "plain",
           of_trees("learning_rate", lambda m: parameter_of(m, "learning_rate"), lambda m,
                     v: with_parameter(m, "learning_rate", v)), about="trees boosting"),
    Number("tree_depth", r"\b(?:tree |trees? |max(?:imum)? )?depth\b|\btrees? (?:no )?deep(?:er)?\b|\blevels deep\b",
           "count",
           of_trees("depth", lambda m: parameter_of(m, depth_key(m)), lambda m, v: with_parameter(m, depth_key(m), v)),
           about="trees tree levels deep"),
    Number("tree_rounds", r"\b(?:trees|boosting rounds|iterations|rounds)\b", "count",
           of_trees("max_rounds", lambda m: float(m.max_rounds), with_rounds), about="boosting each member grow"),
)  # fmt: skip
WISHES = (
    options.kind_for("ml_engineer"),
    METRIC,
    Word("search", "trials", ((r"(?:no|without|skip(?: the)?|(?:do not|don't) (?:do|run)(?: an?y?)?) "
                               r"(?:hyper-?parameter )?(?:search|tuning|trials|optuna)"
                               r"|(?:do not|don't) (?:tune|search)(?: (?:the )?(?:hyper-?parameters|parameters"
                               r"|anything))?"
                               r"|(?:use )?(?:the )?defaults only|only (?:the )?defaults", 0),)).kind(),
    Word("ensemble", "ensemble_rounds", ((_OFF + r"|(?:do not|don't) (?:blend|ensemble|stack)(?: (?:the )?(?:models"
                                                 r"|members|estimators))?"
                                          r"|(?:use |only )*(?:the |a )?(?:single best|best single)(?: model| "
                                          r"estimator| member)?(?: only)?", 1),
                                         (_ON + r"|blend (?:the )?(?:models|members|estimators)", 25))).kind(),
    WishKind("calibration", read_calibration, carry_calibration, judge_calibration),
    WishKind("interval", read_interval, _without_interval, _judge_no_interval),
    Word("promote_when", "promote_when", (
        (r"(?:only )?promote (?:a (?:new )?(?:model|candidate) )?(?:only )?(?:when|if) (?:it (?:is|scores) )?"
         r"(?:strictly |really |truly )?better"
         r"|promot(?:e|ion) (?:only )?(?:when|of)? ?better(?: models?)?(?: only)?", "better"),
        (r"promote (?:a (?:new )?(?:model|candidate) )?(?:also )?(?:when|if|unless)(?: it is)? (?:not worse|as good"
         r"|equal|worse|equally good)", "not_worse"))).kind(),
    Word("objective", "objective", (
        (r"(?:minimi[sz]e|train on|fit|use)(?: the)? (?:mean )?absolute errors?(?: loss)?", "absolute_error"),
        (r"(?:minimi[sz]e|train on|fit|use)(?: the)? (?:mean )?squared errors?(?: loss)?", "squared_error"),
        (r"(?:minimi[sz]e|train on|fit|use)(?: the| a)? poisson (?:loss|deviance|objective)", "poisson"))).kind(),
    *(row.kind() for row in _NUMBERS),
    WishKind("only_estimators", reader("only_estimators", ONLY), only, judge_only),
    WishKind("no_estimator", reader("no_estimator", WITHOUT), left_out, judge_member(there=False)),
    WishKind("estimator", reader("estimator", WITH), added, judge_member(there=True)),
)  # fmt: skip
