"""Wishes about alerts: how long they wait, whom they reach, which are sent; and alerts that follow their numbers."""

from __future__ import annotations

import re
from typing import Any

from agent_graph.artifacts import Alert, MonitoringDesign, SeriesSample, Wish
from agent_graph.feedback.amounts import amounts, meets, number
from agent_graph.feedback.clauses import Clause, Reading, Refused
from agent_graph.feedback.phrases import matched
from agent_graph.feedback.wording import left_over, without
from agent_graph.role import Finding, WishKind
from agent_graph.roles.observability.playbook.alerts import Bars, alerts

_ALERTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(?:service )?(?:down|outages?)(?: service)?", ("ServiceDown",)),
    (r"errors?(?: budgets?| rates?)?", ("ErrorBudgetBurnsFast", "ErrorBudgetBurnsSlowly")),
    (r"latency|slow answers?", ("LatencyHigh",)),
    (r"fall-?backs?(?: answers?)?", ("FallbackAnswers",)),
    (r"(?:rejected|refused|invalid) (?:inputs?|requests?)", ("InputsRejected",)),
    (r"(?:model )?age|(?:too )?old models?|model too old", ("ModelTooOld",)),
    (r"costs?(?: budgets?)?", ("CostAboveBudget",)),
    (r"no requests?|missing requests?|traffic", ("NoRequests",)),
    (r"prediction drift|predictions? drift(?:ed)?", ("PredictionsDrifted",)),
    (r"(?:data |input )?drift", ("DriftDetected",)),
    (r"score decay|scores?|decay", ("ScoreDecayed",)),
    (r"concept drift", ("ConceptDrift",)),
    (r"business(?: numbers?)?|kpis?", ("BusinessNumberMoved",)),
    (r"(?:data )?contracts?|data quality", ("DataContractBroken",)),
    (r"(?:silent )?monitors?|monitor silen(?:t|ce)", ("MonitorSilent",)),
    (r"(?:failed |late |broken )?cycles?|failed jobs?|cycle fail(?:ed|ure)s?", ("CycleFailed", "CycleOverdue")),
    (r"(?:late|overdue|missing) (?:answers?|deliver(?:y|ies))|answer overdue", ("AnswerOverdue",)),
)  # fmt: skip
_FOR = (
    r"(?P<kind>alert|page|fire|ticket)s?(?: me| us| people| somebody| someone)?(?: only)?(?: (?:on|about|for|of) "
    r"(?P<which>.+?))?(?: only)? (?:after|when it lasts) (?P<time>.+)",
    r"(?P<which>.+?) (?P<kind>alert|page|ticket)s?(?: should| must)?(?: only)?(?: fire| come| be sent)?(?: only)? "
    r"(?:after|from) (?P<time>.+)",
)
_SEVERITY = (
    r"(?P<how>page|ticket|wake)(?: (?:me|us|someone|somebody))?(?: up)? (?:for|on|about) (?P<which>.+?)(?: alerts?)?",
    r"make (?:the )?(?P<which>.+?)(?: alerts?)? (?:only )?(?:an? )?(?P<how>page|ticket)s?(?: only)?",
    r"(?P<which>.+?)(?: alerts?)? (?:should|must) (?:only )?(?:be (?:an? )?)?(?P<how>page|ticket)s?(?: only)?",
)
_SILENCE = (r"(?:no|without|drop|remove|disable|silence|mute|(?:do not|don't|never) (?:use|send|want|have|fire))(?: "
            r"an?| the| any)? (?P<which>.+?) alerts?",
            r"(?:do not|don't|never) (?:alert|page)(?: me| us)? (?:on|about|for) (?P<which>.+)")  # fmt: skip


def _bars(design: MonitoringDesign, inputs: Any) -> Bars:
    age = next((int(t.threshold) for t in design.triggers if t.kind == "age_days"), 90)
    awaited = inputs.deployment.deployment != "realtime"
    return Bars(design.availability_slo, design.latency_slo_ms, design.score_decay, design.calibration_errors,
                design.monitor_every_hours, awaited, age, design.cpu_budget_cores)  # fmt: skip


def renewed(design: MonitoringDesign, changed: MonitoringDesign, inputs: Any) -> MonitoringDesign:
    """The changed design with the playbook's alerts made anew where they rest on a number that changed."""
    live = inputs.deployment.deployment == "realtime"
    old, new = (
        {a.name: a for a in alerts(inputs.manifest, _bars(d, inputs), d.kpi, realtime=live)} for d in (design, changed)
    )
    made = tuple(_renewed(a, old.get(a.name), new.get(a.name)) for a in changed.alerts)
    return changed.model_copy(update={"alerts": made})


def _renewed(alert: Alert, old: Alert | None, new: Alert | None) -> Alert:
    if old is None or new is None or old == new or alert.expression != old.expression:
        return alert
    fresh = lasting(new, alert.for_minutes)
    return fresh.model_copy(update={"severity": alert.severity})


def lasting(alert: Alert, minutes: int) -> Alert:
    """The alert that waits so long; the series of its test last long enough to prove it."""
    more = max(0, minutes - alert.for_minutes)

    def longer(sample: SeriesSample) -> SeriesSample:
        stretched = re.sub(r"x(\d+)$", lambda match: f"x{int(match[1]) + more}", sample.values)
        return sample.model_copy(update={"values": stretched})

    return alert.model_copy(update={
        "for_minutes": minutes, "proven_at_minutes": alert.proven_at_minutes + more,
        "fires_on": tuple(map(longer, alert.fires_on)), "rests_on": tuple(map(longer, alert.rests_on)),
    })  # fmt: skip


def _named(phrase: str | None) -> tuple[str, ...]:
    """The playbook's alerts that a phrase names; () when one isn't known."""
    found: list[str] = []
    for item in re.split(r"\s*,\s*(?:and )?|\s+(?:and|or)\s+", phrase or ""):
        word = re.sub(r"^(?:the|an?|any|all)\s+|\s+alerts?$|\s+only$", "", item.strip(), flags=re.IGNORECASE)
        names = next((names for p, names in _ALERTS if re.fullmatch(p, word, re.IGNORECASE)), ())
        names = names or tuple(n for _, all_ in _ALERTS for n in all_ if n.lower() == word.lower())
        if not names:
            return ()
        found += names
    return tuple(found)


def read_for(clause: Clause) -> Reading | None:
    """ "alert after 15 minutes", "latency alerts only after 10 minutes"."""
    match = matched(_FOR, clause.text)
    found = amounts(match["time"]) if match else ()
    minutes = found[0].in_unit("min") if len(found) == 1 and found[0].measure == "time" else None
    if match is None or minutes is None or left_over(without(match["time"], [found[0].span])):
        return None
    which = match["which"]
    names = (
        _named(which)
        if which and not re.fullmatch(r"(?:the|all|any|every|an?)?\s*(?:alerts?|pages?)?", which.strip(), re.IGNORECASE)
        else None
    )
    if names == ():
        return Reading(unclear=f"no alert is known by {which!r}")
    every = ("page",) if match["kind"].lower() == "page" else ("ticket",) if match["kind"].lower() == "ticket" else ()
    return Reading(tuple(clause.wish("alert_after", (name,), f"= {number(minutes)}") for name in names or every)
                   or (clause.wish("alert_after", (), f"= {number(minutes)}"),))  # fmt: skip


def _of(design: MonitoringDesign, wish: Wish) -> list[Alert]:
    """The alerts of a wish: by name, by severity, or all."""
    return [a for a in design.alerts if not wish.subjects or wish.subjects[0] in (a.name, a.severity)]


def _each(design: MonitoringDesign, wish: Wish, change: Any) -> MonitoringDesign:
    found = _of(design, wish)
    if not found:
        raise Refused(f"this design has no alert {wish.subjects[0]}")
    return design.model_copy(update={"alerts": tuple(change(a) if a in found else a for a in design.alerts)})


def carry_for(design: MonitoringDesign, wish: Wish, inputs: Any) -> MonitoringDesign:
    """The design whose alerts wait so long."""
    value = float((wish.value or "").partition(" ")[2])
    if value != int(value):
        raise Refused("alerts wait whole minutes")
    return _each(design, wish, lambda alert: lasting(alert, int(value)))


def judge_for(design: MonitoringDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether all of them wait so long."""
    found = _of(design, wish)
    told = ", ".join(f"{a.name} {a.for_minutes} min" for a in found) or "there is no such alert"
    return (
        "followed" if found and all(meets(a.for_minutes, wish.value or "") for a in found) else "not followed"
    ), told


def _read_alerts(kind: str, patterns: tuple[str, ...]) -> Any:
    def read(clause: Clause) -> Reading | None:
        for pattern in patterns:
            match = matched([pattern], clause.text)
            names = _named(match["which"]) if match else ()
            if match and names:
                how = match.groupdict().get("how")
                value = None if how is None else "ticket" if how.lower() == "ticket" else "page"
                return Reading(tuple(clause.wish(kind, (name,), value) for name in names))
        return None

    return read


def carry_severity(design: MonitoringDesign, wish: Wish, inputs: Any) -> MonitoringDesign:
    """The design whose alert reaches people in that way."""
    return _each(design, wish, lambda alert: alert.model_copy(update={"severity": wish.value}))


def judge_severity(design: MonitoringDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether it does."""
    found = _of(design, wish)
    told = ", ".join(f"{a.name} is a {a.severity}" for a in found) or "there is no such alert"
    return ("followed" if found and all(a.severity == wish.value for a in found) else "not followed"), told


def carry_silence(design: MonitoringDesign, wish: Wish, inputs: Any) -> MonitoringDesign:
    """The design without that alert."""
    kept = tuple(a for a in design.alerts if a.name != wish.subjects[0])
    return design.model_copy(update={"alerts": kept})


def judge_silence(design: MonitoringDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether it is gone."""
    there = any(a.name == wish.subjects[0] for a in design.alerts)
    return (
        "not followed" if there else "followed"
    ), f"{wish.subjects[0]} is {'still' if there else 'not'} among {len(design.alerts)} alerts"


ALERT_KINDS = (
    WishKind("alert_after", read_for, carry_for, judge_for),
    WishKind("alert_severity", _read_alerts("alert_severity", _SEVERITY), carry_severity, judge_severity),
    WishKind("no_alert", _read_alerts("no_alert", _SILENCE), carry_silence, judge_silence),
)
