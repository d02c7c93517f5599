"""Wishes about how trouble is seen: drift bars, windows, alerts, objectives, retraining."""

from __future__ import annotations

import re
from typing import Any

from agent_graph.artifacts import DriftBar, MonitoringDesign, RetrainTrigger, Wish
from agent_graph.feedback import options
from agent_graph.feedback.amounts import Unit, number
from agent_graph.feedback.cadences import cadence
from agent_graph.feedback.clauses import Clause, Reading, Refused
from agent_graph.feedback.fields import Lens, Number, at
from agent_graph.feedback.phrases import KEEP, LEAVE, matched, of_columns
from agent_graph.feedback.wording import left_over, without
from agent_graph.profiling.names import lexicon
from agent_graph.role import Finding, WishKind
from agent_graph.roles.observability.playbook.drift import drift_plan
from agent_graph.roles.observability.wishes.alerting import ALERT_KINDS, renewed

_TRIGGERS = {"age_days": r"\b(?:days?|age|old)\b", "new_rows": r"\b(?:new|more|fresh)(?: labelled| labeled)? (?:rows"
                                                               r"|data|labels)\b",
             "drifted_columns": r"\b(?:drift(?:ed|ing)?(?: columns?)?|columns? drift(?:ed)?)\b",
             "score_decay": r"\b(?:scores? (?:decays?|drops?|falls?|loss)|decay|loses?)\b"}  # fmt: skip
_UNITS: dict[str, Unit] = {"new_rows": "share", "drifted_columns": "count"}


def _number(name: str, topic: str, unit: Any, lens: Lens, **more: Any) -> WishKind:
    """A number on which alerts may rest."""
    row = Number(name, topic, unit, lens, **more)

    def carry(design: MonitoringDesign, wish: Wish, inputs: Any) -> MonitoringDesign:
        return renewed(design, row.carry(design, wish, inputs), inputs)

    return WishKind(name, row.read, carry, row.judge)


def _window_grows(design: MonitoringDesign, inputs: Any) -> MonitoringDesign:
    return design.model_copy(update={"drift_window_rows": max(design.drift_window_rows, design.minimum_window_rows)})


def _window_shrinks(design: MonitoringDesign, inputs: Any) -> MonitoringDesign:
    return design.model_copy(update={"minimum_window_rows": min(design.drift_window_rows, design.minimum_window_rows)})


def _decay_follows(design: MonitoringDesign, inputs: Any) -> MonitoringDesign:
    """The alert and the trigger speak of the same loss."""
    made = tuple(
        t.model_copy(update={"threshold": design.score_decay}) if t.kind == "score_decay" else t
        for t in design.triggers
    )
    return design.model_copy(update={"triggers": made})


def _drift(field: str) -> Lens:
    """A bar of one watched column, or of all of them."""

    def fitting(design: MonitoringDesign, name: str | None) -> list[DriftBar]:
        numeric = [bar for bar in design.drift if field != "ks" or bar.kind != "category"]
        found = [bar for bar in numeric if name in (None, bar.column)]
        if name is not None and not found:
            raise KeyError(name)
        return found

    def get(design: MonitoringDesign, name: str | None) -> float | None:
        values = {float(getattr(bar, field)) for bar in fitting(design, name)}
        return values.pop() if len(values) == 1 else None

    def put(design: MonitoringDesign, name: str | None, value: float) -> MonitoringDesign:
        found = fitting(design, name)
        made = tuple(
            bar.model_copy(update={field: value, "why": "asked for in review"}) if bar in found else bar
            for bar in design.drift
        )
        return design.model_copy(update={"drift": made})

    return Lens(f"{field} bar", get, put)


def _trigger(kind: str) -> Lens:
    """The threshold of a reason to train anew."""

    def get(design: MonitoringDesign, _: str | None) -> float | None:
        return next((t.threshold for t in design.triggers if t.kind == kind), None)

    def put(design: MonitoringDesign, _: str | None, value: float) -> MonitoringDesign:
        made = RetrainTrigger.model_validate({"kind": kind, "threshold": value, "why": "asked for in review"})
        kept = tuple(made if t.kind == kind else t for t in design.triggers)
        present = any(t.kind == kind for t in design.triggers)
        return design.model_copy(update={"triggers": kept if present else (*kept, made)})

    return Lens(f"trigger {kind}", get, put)


def read_retrain(clause: Clause) -> Reading | None:
    """ "retrain weekly", "retrain after 20 % new rows"; "monitor every 6 hours" is read the same way."""
    for kind, topic, unit in (
        ("retrain_age_days", r"\bre-?train(?:ing)?\b", 24.0),
        ("monitor_hours", r"\b(?:monitor(?:ing)?|check(?: for)? drift|drift checks?)\b", 1.0),
    ):
        spans = [match.span() for match in re.finditer(topic, clause.text, re.IGNORECASE)]
        rest = without(clause.text, spans)
        found = cadence(rest) if spans else None
        if (
            found
            and found[0].hour is None
            and found[0].weekday is None
            and not left_over(without(rest, found[1]), lexicon("model drift least"))
        ):
            return Reading((clause.wish(kind, (), f"= {number(found[0].hours / unit)}"),))
    return None


def read_no_trigger(clause: Clause) -> Reading | None:
    """ "don't retrain on drift"."""
    match = matched(
        [r"(?:do not|don't|never|no) re-?train(?:ing)? (?:on|because of|for|by|after) (?P<what>.+)"], clause.text
    )
    kind = next((k for k, p in _TRIGGERS.items() if match and re.search(p, match["what"], re.IGNORECASE)), None)
    if match is None or kind is None or left_over(re.sub(_TRIGGERS[kind], " ", match["what"], flags=re.IGNORECASE)):
        return None
    return Reading((clause.wish("no_trigger", (kind,)),))


def carry_no_trigger(design: MonitoringDesign, wish: Wish, inputs: Any) -> MonitoringDesign:
    """The design without that reason; the rule wants one to stay."""
    return design.model_copy(update={"triggers": tuple(t for t in design.triggers if t.kind != wish.subjects[0])})


def judge_no_trigger(design: MonitoringDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether it is gone."""
    kinds = [t.kind for t in design.triggers]
    return ("not followed" if wish.subjects[0] in kinds else "followed"), f"triggers are {', '.join(kinds)}"


def unwatched(design: MonitoringDesign, wish: Wish, inputs: Any) -> MonitoringDesign:
    """The design that doesn't compare a column."""
    kept = tuple(bar for bar in design.drift if bar.column != wish.subjects[0])
    if not kept:
        raise Refused("no column would be watched any more")
    fewer = min(design.alarm_columns, len(kept))
    return design.model_copy(update={"drift": kept, "alarm_columns": fewer})


def watched(design: MonitoringDesign, wish: Wish, inputs: Any) -> MonitoringDesign:
    """The design with the playbook's bar for a column."""
    name = wish.subjects[0]
    if any(bar.column == name for bar in design.drift):
        return design
    bar = next((bar for bar in drift_plan(inputs).bars if bar.column == name), None)
    if bar is None:
        raise Refused(f"{name!r} can't be watched: no feature reads it, or its values always move")
    return design.model_copy(update={"drift": (*design.drift, bar)})


def _judge_watched(there: bool) -> Any:
    def judge(design: MonitoringDesign, wish: Wish, inputs: Any) -> Finding:
        found = any(bar.column == wish.subjects[0] for bar in design.drift)
        told = f"{wish.subjects[0]!r} {'has a' if found else 'has no'} drift bar"
        return ("followed" if found == there else "not followed"), told

    return judge


_PER_COLUMN: dict[str, Any] = {"about": "drift bar column columns of alarm from when counts", "subjects": True}
_RETRAIN = r"\bre-?train(?:ing|ed|s)?\b"
_AGE = _number("retrain_age_days", rf"{_RETRAIN}|\b(?:older|shelf life|oldest)\b", "days", _trigger("age_days"),
               about="after when days model old older age every")  # fmt: skip
_HOURS = _number("monitor_hours", r"\bmonitor(?:ing)?\b|\bcheck(?: for)? drift\b", "h",
                 at("monitor_every_hours", whole=True), about="every")  # fmt: skip
_SLO = _number("availability", r"\b(?:availab(?:ility|le)|uptime)(?: (?:slo|objective))?\b", "share",
               at("availability_slo"),
               about="slo objective requests")  # fmt: skip
_LATENCY = _number(
    "latency",
    r"\b(?:p99|latency)(?: (?:slo|objective))?\b",
    "ms",
    at("latency_slo_ms"),
    about="slo objective p99 latency",
)
_NUMBERS = (
    Number("prediction_psi", r"\bpredictions?(?:' )? (?:psi|drift)\b|\bpsi of (?:the )?predictions?\b", "plain",
           at("prediction_psi"), about="psi drift bar"),
    Number("prediction_shift", r"\bpredictions? shifts?\b|\bshift of (?:the )?predictions?\b", "plain",
           at("prediction_shift"), about="bar"),
    Number("psi", r"\bpsi(?: bar)?\b|\bpopulation stability index\b", "plain", _drift("psi"), **_PER_COLUMN),
    Number("ks", r"\bks\b|\bkolmogorov[- ]smirnov\b", "plain", _drift("ks"), **_PER_COLUMN),
    Number("unseen", r"\b(?:unseen|unknown|new) (?:levels?|values?|words|categories)\b", "share", _drift("unseen"),
           **_PER_COLUMN),
    Number("missing", r"\bmissing(?:ness)?(?: shares?| values)?\b", "share", _drift("missing"), **_PER_COLUMN),
    Number("minimum_window", r"\b(?:minimum|smallest|min)(?: drift)? window(?: rows)?\b|\bwindow(?:s)? (?:of )?at "
                             r"least\b", "count",
           at("minimum_window_rows", whole=True), about="rows drift", settle=_window_grows),
    Number("window", r"\b(?:drift )?windows?(?: size| rows)?\b", "count", at("drift_window_rows", whole=True),
           about="rows drift", settle=_window_shrinks),
    Number("false_alarms", r"\bfalse[- ]alarms?(?: rate)?\b", "share", at("false_alarm_rate"), about="rate windows "
                                                                                                     "clean"),
    Number("alarm_columns", r"\b(?:drifted|drifting) columns?\b|\bcolumns?(?: have)? drift(?:ed)?\b", "count",
           at("alarm_columns", whole=True), about="alarm when from raise"),
    Number("alarm_strength", r"\balarm strength\b|\btimes (?:its|the) bar\b", "plain", at("alarm_strength"),
           about="alarm one column"),
    Number("reference_share", r"\breference(?: share)?\b", "share", at("reference_share"), about="newest rows share"),
)  # fmt: skip
WISHES = (
    options.kind_for("observability"),
    WishKind("retrain_age_days", read_retrain, _AGE.carry, _AGE.judge),
    WishKind("monitor_hours", lambda clause: None, _HOURS.carry, _HOURS.judge),
    WishKind("no_trigger", read_no_trigger, carry_no_trigger, judge_no_trigger),
    *ALERT_KINDS,
    _AGE, _HOURS, _SLO, _LATENCY,
    _number("score_decay", r"\b(?:score )?decay\b|\bscore (?:loss|drops?|falls?)\b", "share", at("score_decay"),
            about="score retrain when alert if",
            settle=_decay_follows),
    _number("cpu_budget", r"\b(?:cpu )?(?:cost )?(?:budget|cores?)\b|\bcpu\b", "cores", at("cpu_budget_cores"),
            about="cpu cost average"),
    _number("calibration_errors", r"\b(?:calibration|standard) errors?\b|\bcalibration gap\b", "plain",
            at("calibration_errors"), about="concept drift standard calibration"),
    *(Number(f"retrain_{kind}", rf"{_RETRAIN}|{_TRIGGERS[kind]}", unit, _trigger(kind), about="when after on every "
                                                                                              "columns labelled if",
                                                                                              only=_RETRAIN).kind()
      for kind, unit in _UNITS.items()),
    *(row.kind() for row in _NUMBERS),
    WishKind("leave_out", lambda clause: of_columns(clause, "leave_out", LEAVE), unwatched,
             _judge_watched(there=False)),
    WishKind("use_column", lambda clause: of_columns(clause, "use_column", KEEP), watched, _judge_watched(there=True)),
)  # fmt: skip
