"""Alerts on exported metrics, each with the series that make it fire and those on which it rests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agent_graph.artifacts import Alert, Kpi, Manifest, SeriesSample

FAST_BURN, SLOW_BURN = 14.4, 6.0  # times the error budget's even use: 2 % of a month's in an hour, 5 % in six hours
KPI_MOVE = 0.25
HOUR = 60
ROOM = 26  # hours after which what was due is late: a day for rows that come late, and a cycle that takes long
OWN_REFUSALS = "timeout|overloaded|no_model"  # answered with 503 or 504: errors of ours, not of the caller


@dataclass(frozen=True)
class Bars:
    """The numbers that alerts are made of."""

    availability: float
    latency_ms: float
    score_decay: float
    calibration_errors: float
    cycle_every_hours: int
    awaited: bool  # whether somebody waits for what a cycle delivers
    age_days: int
    cores: float


def alerts(manifest: Manifest, bars: Bars, kpi: Kpi, *, realtime: bool) -> tuple[Alert, ...]:
    """All alerts of a project; a batch project has no rule about missing requests."""
    p, job = manifest.metric_prefix, manifest.image
    return (
        _down(job),
        *_errors(p, 1 - bars.availability),
        _latency(p, bars.latency_ms),
        _fallback(p),
        _rejected(p),
        _age(p, bars.age_days),
        _cost(job, bars.cores),
        *((_no_requests(p),) if realtime else ()),
        *_drift(p),
        *_decay(p, bars.score_decay, bars.calibration_errors),
        _business(p, kpi),
        _contract(p),
        *_cycle(p, bars.cycle_every_hours),
        *_silence(p, bars.cycle_every_hours),
        *((_overdue(p, bars.cycle_every_hours),) if bars.awaited else ()),
    )


@dataclass(frozen=True)
class _Proof:
    """Series that make an alert fire, series on which it rests, and the minute at which both are looked at."""

    fires: Mapping[str, str]
    rests: Mapping[str, str]
    minute: int


@dataclass(frozen=True)
class _Notice:
    """Whom an alert reaches after how many minutes, with which words, and what to do then."""

    severity: Literal["page", "ticket"]
    minutes: int
    summary: str
    runbook: str


def _alert(name: str, expression: str, notice: _Notice, proof: _Proof) -> Alert:
    return Alert(
        name=name,
        expression=expression,
        for_minutes=notice.minutes,
        severity=notice.severity,
        summary=notice.summary,
        runbook=notice.runbook,
        fires_on=tuple(SeriesSample(series=series, values=values) for series, values in proof.fires.items()),
        rests_on=tuple(SeriesSample(series=series, values=values) for series, values in proof.rests.items()),
        proven_at_minutes=proof.minute,
    )


def _gauge(series: str, fires: float, rests: float) -> _Proof:
    """A gauge that stands at one value, looked at after five minutes."""
    return _Proof({series: f"{fires:g}x10"}, {series: f"{rests:g}x10"}, 5)


def _down(job: str) -> Alert:
    one, other = (f'up{{job="{job}", instance="{job}-{pod}"}}' for pod in "ab")
    notice = _Notice("page", 1, "No replica of the service can be scraped.", "service-down.md")
    proof = _Proof({one: "0x10", other: "1x1 _x9"}, {one: "0x10", other: "1x10"}, 8)
    return _alert("ServiceDown", f'absent(up{{job="{job}"}} == 1)', notice, proof)


def _errors(p: str, budget: float) -> tuple[Alert, ...]:
    """Burn rates over two windows each (Google's SRE workbook, chapter 5): soon enough, and over soon enough."""
    fast, slow = round(FAST_BURN * budget, 6), round(SLOW_BURN * budget, 6)
    good, bad = f'{p}requests_total{{code="200"}}', f'{p}requests_total{{code="500"}}'
    failing, working = {good: "0+90x800", bad: "0+10x800"}, {good: "0+100x800", bad: "0+0x800"}
    gone = "So many answers fail that a month's error budget is gone within two days."
    often = "Answers fail six times as often as the objective allows."
    return (
        _alert(
            "ErrorBudgetBurnsFast",
            f"{_burn(p, '5m', fast)} and {_burn(p, '1h', fast)}",
            _Notice("page", 2, gone, "errors.md"),
            _Proof(failing, working, 2 * HOUR),
        ),
        _alert(
            "ErrorBudgetBurnsSlowly",
            f"{_burn(p, '30m', slow)} and {_burn(p, '6h', slow)}",
            _Notice("ticket", 15, often, "errors.md"),
            _Proof(failing, working, 8 * HOUR),
        ),
    )


def _burn(p: str, window: str, bar: float) -> str:
    """Share of failed answers in a window, beyond a bar."""
    failed = f'sum(rate({p}requests_total{{code=~"5.."}}[{window}]))'
    return f"({failed} / sum(rate({p}requests_total[{window}])) > {bar:g})"


def _latency(p: str, bar_ms: float) -> Alert:
    """The test's buckets are cumulative: 100 answers a minute, all within a second, none or all within 5 ms."""
    bucket = f"{p}request_seconds_bucket"
    slow, top = {f'{bucket}{{le="1"}}': "0+100x60", f'{bucket}{{le="+Inf"}}': "0+100x60"}, f'{bucket}{{le="0.005"}}'
    return _alert(
        "LatencyHigh",
        f"histogram_quantile(0.99, sum by (le) (rate({bucket}[5m]))) > {bar_ms / 1000:g}",
        _Notice("page", 5, f"The slowest hundredth of answers takes more than {bar_ms:g} ms.", "latency.md"),
        _Proof({top: "0x60", **slow}, {top: "0+100x60", **slow}, 20),
    )


def _fallback(p: str) -> Alert:
    series = f'{p}fallback_total{{kind="prior"}}'
    text = "Answers come from the previous model or the prior, not from the champion."
    notice = _Notice("page", 5, text, "fallback.md")
    proof = _Proof({series: "0+5x30"}, {series: "0x30"}, 20)
    return _alert("FallbackAnswers", f"sum(increase({p}fallback_total[10m])) > 0", notice, proof)


def _rejected(p: str) -> Alert:
    refused, answered = f'{p}rejected_total{{reason="invalid_field"}}', f'{p}requests_total{{code="200"}}'
    busy = f'{p}rejected_total{{reason="overloaded"}}'
    text = "One request in twenty is refused: a caller sends something new."
    return _alert(
        "InputsRejected",
        f'sum(rate({p}rejected_total{{reason!~"{OWN_REFUSALS}"}}[15m])) / sum(rate({p}requests_total[15m])) > 0.05',
        _Notice("ticket", 15, text, "rejected-inputs.md"),
        _Proof({refused: "0+10x60", answered: "0+90x60"}, {refused: "0x60", busy: "0+50x60", answered: "0+90x60"}, 45),
    )


def _age(p: str, days: int) -> Alert:
    series, limit = f"{p}model_age_seconds", days * 86_400
    notice = _Notice("ticket", 60, f"The served model is older than {days} days.", "model-age.md")
    return _alert(
        "ModelTooOld", f"max({series}) > {limit}", notice, _Proof({series: f"{limit + 1}x90"}, {series: "0+60x90"}, 80)
    )


def _cost(job: str, cores: float) -> Alert:
    series = f'process_cpu_seconds_total{{job="{job}"}}'
    notice = _Notice("ticket", 60, f"The service uses more than the planned {cores:g} CPU cores.", "cost.md")
    proof = _Proof({series: f"0+{max(2, round(cores * 120))}x200"}, {series: f"0+{cores * 6:g}x200"}, 180)
    return _alert("CostAboveBudget", f"sum(rate({series}[1h])) > {cores:g}", notice, proof)


def _no_requests(p: str) -> Alert:
    series = f'{p}requests_total{{code="200"}}'
    notice = _Notice("ticket", 30, "Nobody has asked for a prediction for an hour.", "data-outage.md")
    proof = _Proof({series: "100x120"}, {series: "0+10x120"}, 90)
    return _alert("NoRequests", f"sum(rate({p}requests_total[30m])) == 0", notice, proof)


def _drift(p: str) -> tuple[Alert, ...]:
    rows = "The newest rows differ from the rows the model was trained on."
    predictions = "The predictions are distributed otherwise than out of fold."
    alarm, ratio = f"{p}drift_alarm", f"{p}prediction_drift_ratio"
    return (
        _alert("DriftDetected", f"{alarm} > 0", _Notice("ticket", 0, rows, "drift.md"), _gauge(alarm, 1, 0)),
        _alert(
            "PredictionsDrifted",
            f"{ratio} >= 1",
            _Notice("ticket", 0, predictions, "drift.md"),
            _gauge(ratio, 1.5, 0.5),
        ),
    )


def _decay(p: str, decay: float, errors: float) -> tuple[Alert, ...]:
    """The monitor's own judgements: in a small window a score may be that far off by chance alone."""
    worse = f"The score on labelled rows is more than {decay:.0%} below the promise, and more than chance explains."
    otherwise = (
        f"Labels come out otherwise than predicted, by more than {errors:g} standard errors: the same inputs mean "
        "something else now."
    )
    decayed, drifted = f"{p}score_decayed", f"{p}concept_drift"
    loss, gap = f"{p}score_decay", f"{p}calibration_gap"
    return (
        _alert(
            "ScoreDecayed",
            f"{decayed} > 0",
            _Notice("page", 0, worse, "score-decay.md"),
            _Proof({decayed: "1x10"}, {decayed: "0x10", loss: f"{decay + 0.05:g}x10"}, 5),
        ),
        _alert(
            "ConceptDrift",
            f"{drifted} > 0",
            _Notice("ticket", 0, otherwise, "score-decay.md"),
            _Proof({drifted: "1x10"}, {drifted: "0x10", gap: f"{-errors - 1:g}x10"}, 5),
        ),
    )


def _business(p: str, kpi: Kpi) -> Alert:
    now, before = f'{p}kpi{{name="{kpi.name}"}}', f'{p}kpi_reference{{name="{kpi.name}"}}'
    notice = _Notice("ticket", 0, f"The business number moved by more than {KPI_MOVE:.0%}.", "business-number.md")
    proof = _Proof({now: "1.5x10", before: "1x10"}, {now: "1.1x10", before: "1x10"}, 5)
    return _alert("BusinessNumberMoved", f"abs({p}kpi / {p}kpi_reference - 1) > {KPI_MOVE:g}", notice, proof)


def _contract(p: str) -> Alert:
    series = f'{p}quality_breaches{{severity="error"}}'
    notice = _Notice("page", 0, "The newest rows break the data contract.", "data-quality.md")
    return _alert("DataContractBroken", f"{series} > 0", notice, _gauge(series, 2, 0))


def _cycle(p: str, every_hours: int) -> tuple[Alert, ...]:
    """A step that failed, a cycle that never ended, and one that nobody started: no news is no good news."""
    failed, ended, hours = f'{p}cycle_failed{{step="deliver"}}', f"{p}last_cycle_timestamp_seconds", every_hours + 4
    minutes = hours * HOUR
    broke = "A step of the cycle failed, its label says which; the others have run."
    late = f"No cycle has ended for {hours} hours: its job fails, or is never started."
    never = "The cycle's numbers are not collected at all."
    return (
        _alert(
            "CycleFailed", f"{p}cycle_failed > 0", _Notice("page", 0, broke, "data-outage.md"), _gauge(failed, 1, 0)
        ),
        _alert(
            "CycleOverdue",
            f"time() - {ended} > {minutes * 60}",
            _Notice("page", 5, late, "data-outage.md"),
            _Proof({ended: f"0x{minutes + HOUR}"}, {ended: f"0+60x{minutes + HOUR}"}, minutes + 30),
        ),
        _alert(
            "CycleNeverRan",
            f"absent({ended})",
            _Notice("ticket", 60, never, "data-outage.md"),
            _Proof({f"{p}drift_alarm": "0x100"}, {ended: "0+60x100"}, 90),
        ),
    )


def _silence(p: str, every_hours: int) -> tuple[Alert, ...]:
    """Rows that stay away, have never come, or come by so few that nothing can be told of them."""
    heartbeat, hours = f"{p}last_monitor_timestamp_seconds", every_hours + ROOM
    minutes = hours * HOUR
    never = "No window was ever judged: no rows have come that tell of drift."
    return (
        _alert(
            "MonitorSilent",
            f"time() - {heartbeat} > {minutes * 60}",
            _Notice("page", 5, f"No window was judged for {hours} hours: rows are missing.", "data-outage.md"),
            _Proof({heartbeat: f"0x{minutes + HOUR}"}, {heartbeat: f"0+60x{minutes + HOUR}"}, minutes + 30),
        ),
        _alert(
            "MonitorNeverRan",
            f"absent({heartbeat})",
            _Notice("ticket", 60, never, "data-outage.md"),
            _Proof({f"{p}drift_alarm": "0x100"}, {heartbeat: "0+60x100"}, 90),
        ),
    )


def _overdue(p: str, every_hours: int) -> Alert:
    """Nobody waits for what never came before: 0 stands for the time before the first delivery."""
    delivered, hours = f"{p}last_delivery_timestamp_seconds", every_hours + ROOM
    minutes = hours * HOUR
    text = f"No answer was delivered for {hours} hours: new rows or the job are missing."
    return _alert(
        "AnswerOverdue",
        f"time() - ({delivered} > 0) > {minutes * 60}",
        _Notice("page", 5, text, "data-outage.md"),
        _Proof({delivered: f"1x{minutes + HOUR}"}, {delivered: f"0x{minutes + HOUR}"}, minutes + 30),
    )
