"""The drill: train again after a kill, promote another version, roll back; answers compared byte for byte."""

from __future__ import annotations

from pathlib import Path

from agent_graph.artifacts import Manifest
from agent_graph.bench import Findings, last_lines
from agent_graph.measuring import tracking
from agent_graph.measuring.syntax import json_value
from agent_graph.sandbox import SessionResult, StepResult

GATE_SAID_NO = 3
ANSWERS = ("once.csv", "repeated.csv", "other.csv", "back.csv")  # in the order in which they are asked
VERSIONS = ("versions promoted", "versions back")  # what the registry holds after the second promotion, at the end
REGISTRY_STEPS = ("promote first", "ask first", "train other", "promote other", "ask other", "rollback", "ask back")


def judge_drill(findings: Findings, session: SessionResult, out: Path, manifest: Manifest) -> None:
    """Every check of the drill; `out` holds the answers of each version."""
    first, repeated, other, back = (out / name for name in ANSWERS)
    _resumed(findings, session)
    _repeated(findings, session, first, repeated)
    _registry(findings, session, (repeated, other, back), manifest)
    _guarded(findings, session.step("promote unjudged"))


def _resumed(findings: Findings, session: SessionResult) -> None:
    kill, again = session.step("kill"), session.step("train again")
    found = _last_object(kill)
    if not kill.ok or found is None:
        findings.not_checked("resumes_after_kill", f"the kill didn't work: {last_lines(kill.err, 2)}")
    elif not found.get("killed"):
        findings.not_checked("resumes_after_kill", "training ended before it had kept a first piece of work")
    elif not found.get("pieces"):
        findings.not_checked("resumes_after_kill", "training had kept no piece of work in the time that the drill has")
    else:
        restored = again.err.count("restored from a checkpoint")
        findings.add("resumes_after_kill", again.ok and restored > 0,
                     f"killed with {found.get('pieces')} finished piece(s) on disk; the next run took up {restored}",
                     again.seconds)  # fmt: skip


def _repeated(findings: Findings, session: SessionResult, first: Path, repeated: Path) -> None:
    again = session.step("train again")
    if not again.ok or not first.is_file() or not repeated.is_file():
        names = ("ingest some", "train once", "ask once", "train again", "promote first", "ask first")
        failed = next((s.name for s in session.steps if s.name in names and not s.ok), "ask once")
        findings.add("same_seed_same_model", False, f"there are no two answers to compare: {failed} failed")
        return
    same = first.read_bytes() == repeated.read_bytes()
    said = "the same bytes" if same else "other predictions"
    findings.add("same_seed_same_model", same, f"same rows, seed and threads, trained twice: {said}", again.seconds)


def _registry(findings: Findings, session: SessionResult, answers: tuple[Path, Path, Path], manifest: Manifest) -> None:
    failed = [session.step(name) for name in REGISTRY_STEPS if not session.step(name).ok]
    if failed:
        step = failed[0]
        findings.add("registry_drill", False, f"{step.name}: {step.status} {step.rc}, {last_lines(step.err, 2)}")
        return
    missing = [path.name for path in answers if not path.is_file()]
    if missing:
        findings.add("registry_drill", False, f"no predictions in {missing[0]}")
        return
    one, two, three = (path.read_bytes() for path in answers)
    asked = [_last_object(session.step(name)) or {} for name in REGISTRY_STEPS if "ask" in name]
    served = [str(found.get("model_version")) for found in asked]
    aliases = [_aliases(step, manifest) for step in session.steps if step.name in VERSIONS]
    kept = aliases in ([], [(served[1], served[0]), (served[2], served[1])])
    good = one != two and three == one and served[0] == served[2] != served[1] and kept
    seconds = session.step("rollback").seconds
    findings.add(
        "registry_drill",
        good,
        f"served versions {' → '.join(served)} (promote, promote another, roll back); the other version answers "
        f"{'differently' if one != two else 'the same'}, after the rollback the answers are "
        f"{'the former, byte for byte' if three == one else 'NOT the former'}; the registry's champion and previous: "
        f"{_told(aliases)}; roll-back took {seconds:.1f} s",
        seconds,
        rollback__s=seconds,
    )


def _aliases(step: StepResult, manifest: Manifest) -> tuple[str, str] | None:
    """Champion and previous version as the registry has them; None where it can't be read."""
    try:
        aliases = tracking.read(step).get("aliases", {})
        return str(aliases[manifest.champion]), str(aliases[manifest.previous])
    except (tracking.UnreadableStoreError, KeyError, TypeError):
        return None


def _told(aliases: list[tuple[str, str] | None]) -> str:
    return ", then ".join(" and ".join(each) if each else "unreadable" for each in aliases) or "not asked"


def _guarded(findings: Findings, step: StepResult) -> None:
    said = f"a version without an evaluation: promote ended with {step.rc}, 3 is wanted"
    findings.add("promotion_guarded", step.rc == GATE_SAID_NO, said, step.seconds)


def _last_object(step: StepResult) -> dict[str, object] | None:
    """The JSON object that a command printed last."""
    for line in reversed(step.out.strip().splitlines()):
        try:
            found = json_value(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return None
