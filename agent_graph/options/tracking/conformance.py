"""What every option of the choice has to show: what it keeps of a project's runs is what the project did.

The ml-engineer's gate has searched, trained, evaluated and promoted; here the option's probe reads, in a cell without
the project's code running, what the tool wrote meanwhile. The host compares it with the rows, the files and the answers
that it holds itself. It opens no file of the tool and no pickle: digests and numbers come as JSON.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings
from agent_graph.measuring import tracking
from agent_graph.measuring.predictions import InvalidPredictions, read_out_of_fold
from agent_graph.measuring.reported import EVALUATION, OUT_OF_FOLD, differing, recomputed
from agent_graph.measuring.syntax import json_file, json_value

SEARCH = "config/tuned.json"
POINTER, PLOTS, MODELS = "artifacts/serving/current.json", "artifacts/plots", "artifacts/models"
STAMPED = "model.json"  # gets its version when it is registered, after its run was written
PREFIXES = ("", "evaluation_")  # of a metric's name in a run
MOST_BYTES = 16 << 20
SHOWN = 4
Found = Mapping[str, Any]


def check(bench: Bench) -> tuple[Check, ...]:
    """All checks of the suite, of what an ml-engineer gate left in the bench's store."""
    findings = Findings("ml_engineer")
    says = tracking.tracking(bench.stack)
    if says is None or not (bench.store / tracking.ARTIFACTS).is_dir():
        reason = "nothing was trained" if says else "the option doesn't say how its store is read"
        for name in ("trials_tracked", "tracked_scores_true", "tracked_run_whole", "champion_tracked"):
            findings.not_checked(name, reason)
        return tuple(findings.checks)
    steps = (tracking.runs(bench), tracking.versions(bench))
    session, _ = bench.session(steps, mounts=tracking.mounts(bench), preload=(says.module, *says.preload))
    runs, versions = (_read(session.step(step.name)) for step in steps)
    _trials(findings, bench, runs)
    _scores(findings, bench, runs)
    _whole(findings, bench, runs, versions)
    _champion(findings, bench, runs, versions)
    return tuple(findings.checks)


def _read(step: Any) -> Found | str:
    """What a probe printed, or why it read nothing."""
    try:
        return tracking.read(step)
    except tracking.UnreadableStoreError as error:
        return f"the tracking store can't be read: {error}"


def _trials(findings: Findings, bench: Bench, runs: Found | str) -> None:
    name, said = "trials_tracked", _searched(bench)
    if said is None:
        findings.not_checked(name, "there is no sound search result to compare with")
    elif isinstance(runs, str):
        findings.add(name, False, runs)
    else:
        whole, trials, parents = (_whole_number(runs.get(key)) for key in ("whole", "trials", "parents"))
        text = f"{whole} of {trials} trials' runs hold parameters and metrics; the search made {said} trials"
        findings.add(name, whole == trials == said and said > 0 and parents == 1, text, trials=trials)


def _scores(findings: Findings, bench: Bench, runs: Found | str) -> None:
    name = "tracked_scores_true"
    if isinstance(runs, str):
        findings.add(name, False, runs)
        return
    try:
        answer, truth = read_out_of_fold(bench.store / OUT_OF_FOLD, bench.sealed, bench.problem)
    except InvalidPredictions as error:
        findings.add(name, False, f"the out-of-fold predictions can't be scored: {error}")
        return
    known = recomputed(bench.problem, truth, answer.values)
    judge_scores(findings, bench.problem.metric, known, [each["metrics"] for each in _runs(runs)])


def judge_scores(
    findings: Findings, metric: str, known: Mapping[str, float], runs: Iterable[Mapping[str, Any]]
) -> None:
    """`tracked_scores_true`: each score of each run that the host has arithmetic for, and `metric` among them."""
    said = [(key, value) for run in runs for key, value in run.items()]
    same = {f"{prefix}{key}": value for prefix in PREFIXES for key, value in known.items()}
    faults = [fault for key, value in said for fault in differing({key: value}, same)]
    both = sum(key in same for key, _ in said)
    faults += [] if any(key.endswith(metric) for key, _ in said) else [f"no run of a training holds {metric}"]
    text = f"{both} scores in the tracked runs are what the host makes of the same predictions"
    findings.add("tracked_scores_true", not faults, "; ".join(dict.fromkeys(faults)) or text, scores=both)


def _whole(findings: Findings, bench: Bench, runs: Found | str, versions: Found | str) -> None:
    name, found = "tracked_run_whole", _champions(bench, runs, versions)
    if isinstance(found, str):
        findings.add(name, False, found)
        return
    version, own = found
    evaluation = json_file(bench.store / EVALUATION, MOST_BYTES)
    wanted = dict(_parameters(evaluation, _json_text(bench.adopted.get(SEARCH, ""))))
    others, plain = list(_other_parameters(own, wanted)), _plain(bench)
    if others and _names(evaluation) == _names(plain):
        others = list(_other_parameters(own, dict(_parameters(evaluation, plain))))
    pictures = [*sorted((bench.store / PLOTS).glob("*.png")), bench.store / EVALUATION]
    folder = bench.store / MODELS / version
    model = [path for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / STAMPED]
    faults = [*others, *_other_files(own, [*pictures, *model])]
    if not wanted or len(pictures) < 2 or not model:
        faults.append("the project kept no members, plots or model to compare")
    text = (
        f"the run of version {version} holds {len(wanted)} parameters as used, {len(pictures) - 1} plots, the "
        f"evaluation and the {len(model)} files of the model byte for byte"
    )
    findings.add(name, not faults, _listed(faults) or text, parameters=len(wanted), files=len(pictures) + len(model))


def _other_parameters(own: Iterable[Found], wanted: Mapping[str, Any]) -> Iterator[str]:
    kept = {key: value for run in own for key, value in run["parameters"].items()}
    for key, value in wanted.items():
        if not _same(kept.get(key), value):
            yield f"parameter {key} is {kept.get(key)!r}, not {value!r}"


def _other_files(own: Iterable[Found], files: Iterable[Path]) -> Iterator[str]:
    digests = {str(digest) for run in own for digest in run["files"].values()}
    for path in files:
        if path.is_symlink() or not path.is_file() or _digest(path) not in digests:
            yield f"{path.name} isn't in the run as it lies in {path.parent.name}/"


def _champion(findings: Findings, bench: Bench, runs: Found | str, versions: Found | str) -> None:
    name, found = "champion_tracked", _champions(bench, runs, versions)
    if isinstance(found, str):
        findings.add(name, False, found)
        return
    version, own = found
    pointer = json_file(bench.store / POINTER, MOST_BYTES)
    served = str(pointer.get("version")) if isinstance(pointer, dict) else None
    known = [str(each) for each in versions.get("versions", [])] if not isinstance(versions, str) else []
    faults = [] if served == version else [f"version {served} is served, the registry's champion is {version}"]
    faults += [] if version in known else [f"the registry knows of {', '.join(known) or 'no version'}"]
    faults += [] if own else [f"the run of version {version} isn't in the store"]
    findings.add(name, not faults, _listed(faults) or f"version {version} is served, is the champion, and has its run")


def _champions(bench: Bench, runs: Found | str, versions: Found | str) -> tuple[str, list[Found]] | str:
    """The champion's version and its runs (training and evaluations), or why they can't be told."""
    if isinstance(runs, str) or isinstance(versions, str):
        return runs if isinstance(runs, str) else str(versions)
    aliases, of = versions.get("aliases"), versions.get("runs")
    version = aliases.get(bench.manifest.champion) if isinstance(aliases, dict) else None
    if not isinstance(version, str) or not version.isdigit() or not isinstance(of, dict):
        return "the registry has no champion"
    run = of.get(version)
    return version, [each for each in _runs(runs) if run in (each.get("id"), each.get("of"))]


def _runs(found: Found) -> list[dict[str, Any]]:
    """Trainings and evaluations, those that are told as they should be."""
    listed = found.get("runs")
    parts = ("parameters", "metrics", "files")
    return [
        each
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict) and all(isinstance(each.get(part), dict) for part in parts)
    ]


def _searched(bench: Bench) -> int | None:
    """How many trials the search says it made; None when no sound result of it was adopted."""
    found = _json_text(bench.adopted.get(SEARCH, ""))
    return sum(_whole_number(each) for each in found["trials"].values()) if isinstance(found, dict) else None


def _parameters(report: Any, search: Any) -> Iterator[tuple[str, Any]]:
    """Names and values that the run must hold: each member's weight, and what the search found for it."""
    used = {one["name"]: one["weight"] for one in _members(report)}
    yield from ((f"{name}.weight", weight) for name, weight in used.items())
    searched = {one["name"]: one for one in _members(search)}
    if set(searched) == set(used):  # else the plain member was better, and `train` took that
        yield from (
            (f"{name}.{key}", value)
            for name, one in searched.items()
            for key, value in one.get("parameters", {}).items()
        )


def _plain(bench: Bench) -> Any:
    """The plan's linear member as the only one: `train` takes it where it does better out of fold than the search's,
    which may be the same member with other parameters."""
    members = bench.training.members if bench.training is not None else ()
    return {
        "members": [
            {"name": one.name, "weight": 1.0, "parameters": {each.key: each.value for each in one.parameters}}
            for one in members if one.kind == "linear"
        ][:1]
    }  # fmt: skip


def _names(found: Any) -> list[str]:
    return [one["name"] for one in _members(found)]


def _members(found: Any) -> list[dict[str, Any]]:
    """Members of a report or a search, which generated code wrote; none where one isn't told as it should be."""
    members = found.get("members") if isinstance(found, dict) else None
    sound = isinstance(members, list) and all(
        isinstance(one, dict)
        and isinstance(one.get("name"), str)
        and "weight" in one
        and isinstance(one.get("parameters", {}), dict)
        for one in members
    )
    return list(members) if sound and members is not None else []


def _same(said: Any, value: Any) -> bool:
    """Whether a parameter, which tools keep as text or number, is that value."""
    if isinstance(value, bool):
        return str(said).lower() == str(value).lower()  # as Python or as JSON writes it
    try:
        return math.isclose(float(said), float(value), rel_tol=1e-9)
    except (TypeError, ValueError):
        return str(said) == str(value)


def _whole_number(value: Any) -> int:
    return value if isinstance(value, int) else -1


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _json_text(text: str) -> Any:
    try:
        return json_value(text)
    except ValueError:
        return None


def _listed(faults: list[str]) -> str:
    more = f" and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return "; ".join(faults[:SHOWN]) + more
