"""What the steps of the observability session prove."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from agent_graph.artifacts import Manifest
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import log_lines
from agent_graph.measuring.syntax import json_value
from agent_graph.measuring.watching import monitoring
from agent_graph.roles.observability.checks.windows import Landed, Window
from agent_graph.sandbox import SessionResult, StepResult

CATCH_RATE = 0.9
ALARM, DONE = 3, 0
MOST_BYTES = 4_000_000


def judge_windows(findings: Findings, windows: Sequence[Window], session: SessionResult) -> None:
    """Drifted windows must end with exit code 3, clean ones with 0."""
    reference = session.step("reference")
    if not reference.ok:
        for name in ("drift_detected", "clean_raises_no_alarm"):
            findings.add(name, False, f"`reference` failed: {last_lines(reference.err)}")
        return
    _judge_drifted(findings, [w for w in windows if w.alarm and not w.labelled], session)
    _judge_clean(findings, [w for w in windows if not w.alarm and not w.labelled], session)


def _judge_drifted(findings: Findings, drifted: Sequence[Window], session: SessionResult) -> None:
    """Those that stand out from chance must end with an alarm; of the others nothing can be said."""
    told = [window for window in drifted if window.telling]
    if not drifted:
        findings.not_checked("drift_detected", "no column that the model uses could be made to drift")
        return
    size, others = drifted[0].rows, len(drifted) - len(told)
    few = f"too few rows ({size} in a window) for {others} of {len(drifted)} drifts to stand out"
    if not told:
        findings.not_checked("drift_detected", few)
        return
    missed = [window.what for window in told if session.step(window.name).rc != ALARM]
    rate = (len(told) - len(missed)) / len(told)
    parts = [
        f"{len(told) - len(missed)} of {len(told)} drifts raised an alarm",
        *(f"missed: {what}" for what in missed),
    ]
    text = "; ".join(parts if len(told) == len(drifted) else [*parts, few])
    spent = _seconds(drifted, session)
    findings.add("drift_detected", rate >= CATCH_RATE, text, spent, catch_rate=rate, drifts=len(told))


def _judge_clean(findings: Findings, clean: Sequence[Window], session: SessionResult) -> None:
    """No alarm, but for predictions of rows that the champion was trained on: those are bolder than of new ones."""
    steps = {window.what: session.step(window.name) for window in clean}
    bold = [w.what for w in clean if w.trained and _only_predictions(session.step(w.name))]
    wrong = [f"{what}: {_said(step)}" for what, step in steps.items() if step.rc != DONE and what not in bold]
    judged = len(clean) - len(bold)
    few = (
        f"windows of {clean[0].rows} rows that no model was trained on can't be had, to judge predictions by"
        if bold
        else ""
    )
    if not judged:
        findings.not_checked("clean_raises_no_alarm", f"{few}: of {len(clean)} samples of known rows all moved them")
        return
    text = "; ".join(
        filter(None, [f"{len(wrong)} of {judged} clean samples raised an alarm or failed", *wrong[:3], few])
    )
    rate = len(wrong) / judged
    findings.add("clean_raises_no_alarm", not wrong, text, _seconds(clean, session), false_alarm_rate=rate)


def _only_predictions(step: StepResult) -> bool:
    """Whether an alarm was raised, and for the predictions alone."""
    found = printed(step)
    return step.rc == ALARM and bool(found.get("reasons")) and not found.get("drifted_columns")


def judge_decay(findings: Findings, windows: Sequence[Window], session: SessionResult) -> None:
    """Shuffled labels must be a decay and an alarm where the same rows with their own labels are no decay.

    The labelled rows are open ones, which the champion was trained on: its bolder predictions may raise an alarm of
    their own, but no decay.
    """
    known = next(window for window in windows if window.labelled and not window.alarm)
    shuffled = next(window for window in windows if window.labelled and window.alarm)
    right, wrong = session.step(known.name), session.step(shuffled.name)
    if not shuffled.telling and right.rc in (DONE, ALARM) and wrong.rc in (DONE, ALARM):
        findings.not_checked(
            "score_decay_detected",
            f"too few rows ({shuffled.rows} in a window) for shuffled labels to stand out from chance",
        )
        return
    score, worse = (printed(step).get("score") for step in (right, wrong))
    caught = isinstance(score, dict) and isinstance(worse, dict)
    caught = caught and (score or {}).get("decayed") is False and (worse or {}).get("decayed") is True
    caught = caught and right.rc in (DONE, ALARM) and wrong.rc == ALARM
    text = f"own labels: exit {right.rc}, score {_score(score)}; shuffled: exit {wrong.rc}, score {_score(worse)}"
    findings.add(
        "score_decay_detected", caught, text if caught else f"{text}; {_said(right)}", right.seconds + wrong.seconds
    )


def judge_rest(findings: Findings, session: SessionResult) -> None:
    """Without new rows and without drift nothing is trained."""
    step, before, after = (session.step(name) for name in ("retrain at rest", "registry before", "registry at rest"))
    if not before.ok or not after.ok:
        findings.add("retraining_rests", False, f"the registry can't be read: {last_lines(before.err or after.err)}")
        return
    same = printed(before) == printed(after)
    quiet = step.rc == DONE and printed(step).get("triggered") is False
    wrong, lines = _loose([step])
    findings.add(
        "retraining_logs_structured", lines > 0 and not wrong, "; ".join(wrong[:4]) or f"{lines} lines are JSON"
    )
    text = f"exit {step.rc}, triggered {printed(step).get('triggered')}, registry {'unchanged' if same else 'changed'}"
    findings.add("retraining_rests", quiet and same, text if quiet else f"{text}; {_said(step)}", step.seconds)


def judge_retraining(
    findings: Findings, session: SessionResult, landed: Landed, manifest: Manifest, report: Any, higher: bool
) -> None:
    """A drifted landing file must lead to a compared candidate, and to the champion that the comparison means.

    `higher` says whether higher scores are better. Drift that can't be told from chance needn't be a reason, nor need
    so few rows decide the comparison.
    """
    step, new_rows = session.step("retrain"), landed.rows
    before, after = printed(session.step("registry at rest")), printed(session.step("registry after"))
    said = f"{new_rows} drifted rows landed"
    few = f"too few rows ({new_rows} new ones) for their drift to stand out from chance"
    if step.rc != DONE or not isinstance(report, dict) or "versions" not in before or "versions" not in after:
        findings.add("retraining_fires", False, f"{said}; retrain: {_said(step)}", step.seconds)
        return
    new = sorted(set(after["versions"]) - set(before["versions"]))
    contest = report.get("comparison") or {}
    if not landed.telling and report.get("triggered") is False and not new:
        findings.not_checked("retraining_fires", f"{few}; nothing was trained")
        return
    wrong = [*_retraining_faults(report, contest, new, landed), *_promotion_faults(report, contest, higher)]
    expected = new[0] if report.get("promoted") and new else before["aliases"].get(manifest.champion)
    champion = after["aliases"].get(manifest.champion)
    wrong += [] if champion == expected else [f"the registry's champion is {champion}, the report means {expected}"]
    verdict = "promoted" if report.get("promoted") else f"not promoted: {report.get('refused_because')}"
    scores = f"{_number(contest.get('candidate'))} against the champion's {_number(contest.get('champion'))}"
    where = f"{contest.get('rows')} {contest.get('basis')}"
    reasons = "; ".join(map(str, report.get("reasons", [])))
    text = f"{said}: {reasons}. {contest.get('metric')} {scores} on {where}; {verdict}"
    if not wrong and not landed.telling:
        findings.not_checked("retraining_fires", f"{few}; {text}")
        return
    findings.add("retraining_fires", not wrong, "; ".join([*wrong, text]), step.seconds, new_rows=new_rows)


def _retraining_faults(report: Any, contest: Any, new: list[str], landed: Landed) -> Iterator[str]:
    """What the report and the registry lack."""
    reasons = [str(reason) for reason in report.get("reasons", [])]
    by_drift = any("drift" in reason for reason in reasons) or not landed.telling
    if report.get("triggered") is not True or not by_drift:
        yield f"not triggered by drift: {reasons}"
    if len(new) != 1:
        yield f"{len(new)} new versions in the registry"
    if not all(_finite(contest.get(name)) for name in ("champion", "candidate")):
        yield "no comparison of scores"
    if landed.telling and not 0 < contest.get("rows", 0) <= landed.rows:
        yield "compared on other rows than the new ones"


def _promotion_faults(report: Any, contest: Any, higher: bool) -> Iterator[str]:
    """A candidate that lost by more than chance stays a candidate, and one that isn't promoted is told why."""
    old, new, spread = (contest.get(name) for name in ("champion", "candidate", "spread"))
    if not (_finite(old) and _finite(new) and _finite(spread)):
        return
    gain = (new - old) if higher else (old - new)
    if report.get("promoted") and gain < -spread:
        yield f"promoted although it lost {-gain:.4g}, more than chance ({spread:.2g})"
    if not report.get("promoted") and not report.get("refused_because"):
        yield "not promoted, and no reason is given"


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def judge_metrics(findings: Findings, bench: Bench, session: SessionResult, textfiles: Sequence[Path]) -> None:
    """What alerts and dashboards read must be exported by the running service or in what monitor and cycle leave."""
    if (watched := monitoring(bench)) is None:
        findings.not_checked("metrics_exist", "this monitoring doesn't say which metrics it reads")
        return
    step = session.step("metrics")
    service = printed(step).get("names", [])
    if not step.ok or not service:
        findings.add(
            "metrics_exist", False, f"/metrics of the running service can't be scraped: {last_lines(step.err)}"
        )
        return
    absent = [
        path.name for path in textfiles if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES
    ]
    if absent:
        findings.add("metrics_exist", False, f"no numbers were left in {', '.join(absent)}")
        return
    left = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in textfiles)
    gauges = re.findall(r"^([A-Za-z_:][\w:]*)[{ ]", left, re.MULTILINE)
    known, places = {*map(str, service), *gauges, *watched.made}, watched.reads(bench.tree)
    read = {name for place in places for name in place.metrics}
    missing = [f"{place.where} reads {name}" for place in places for name in sorted(place.metrics - known)]
    good = f"all {len(read)} metrics of {len(places)} expressions are exported"
    text = f"not exported: {'; '.join(missing[:6])}" if missing else good
    findings.add("metrics_exist", bool(read) and not missing, text, step.seconds, metrics=len(read))


def judge_logs(findings: Findings, windows: Sequence[Window], session: SessionResult) -> None:
    """Lines on stderr are JSON with time, level and message (an error's last line apart), and show no row."""
    wrong, lines = _loose([session.step(name) for name in ("reference", *(window.name for window in windows))])
    texts = 0
    for window in windows:
        step, rows = session.step(window.name), _rows(window.path)
        texts += len(rows)
        wrong += [
            f"{step.name} shows a row: {line[:120]}" for line in log_lines.showing_rows(step.err.splitlines(), rows)
        ]
        wrong += [f"{step.name} prints a row's text" for _ in log_lines.telling([step.out], rows)]
    wrong += [] if lines else ["no command logged anything"]
    good = f"{lines} lines of {len(windows) + 1} commands are JSON; none of them shows one of {texts} rows"
    findings.add("logs_structured", not wrong, "; ".join(wrong[:4]) if wrong else good, lines=lines)


def _loose(steps: Sequence[StepResult]) -> tuple[list[str], int]:
    """Lines on stderr that aren't structured, and how many there are in all."""
    wrong, lines = [], 0
    for step in steps:
        written = [line for line in step.err.splitlines() if line.strip()]
        if step.rc in (2, ALARM) and written and written[-1].startswith("error: "):
            written.pop()
        lines += len(written)
        wrong += [f"{step.name}: {line[:120]}" for line in written if not log_lines.structured(line)]
    return wrong, lines


def _rows(path: Path) -> list[dict[str, Any]]:
    """The first rows of a window as texts; none of a format that has no plain texts."""
    if path.suffix != ".csv":
        return []
    frame = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True, ignore_errors=True)
    return frame.head(300).to_dicts()


def printed(step: StepResult) -> dict[str, Any]:
    """The JSON object that a command printed; empty when it printed none."""
    try:
        value = json_value(step.out)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _said(step: StepResult) -> str:
    return f"{step.status} {step.rc}: {last_lines(step.err, 2)[:300]}"


def _score(score: Any) -> str:
    return _number(score.get("score")) if isinstance(score, dict) else "none"


def _number(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, (int, float)) else "none"


def _seconds(windows: Sequence[Window], session: SessionResult) -> float:
    return sum(session.step(window.name).seconds for window in windows)
