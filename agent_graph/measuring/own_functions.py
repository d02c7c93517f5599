"""Functions that a role wrote itself, called once before its gate spends time on them.

A function that never ends would hold up every command of the gate; here it costs one time-out and is named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agent_graph.artifacts import CustomRule, Slot
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import layout
from agent_graph.measuring.syntax import json_value
from agent_graph.sandbox import SessionResult, Step

OUT = "artifacts/probe/own_functions.json"
TIMEOUT_S = 30.0
MOST_BYTES = 1_000_000
KNOWN_BAR = 0.01  # share of rows for which a derived feature must have a number
WORKS, TYPES = "own_functions_work", "own_functions_typed"


def judge(bench: Bench, findings: Findings, modules: Mapping[str, Sequence[Slot]]) -> bool:
    """`own_functions_work` and `own_functions_typed`, when there are any; False when the gate should stop here.

    `modules`: the functions by the design's field, which `layout.OWN_FUNCTIONS` places.
    """
    written = {name: slots for name, slots in modules.items() if slots}
    if not written:
        return True
    result, out = _run(bench, written)
    faults = _faults(result, out / OUT, written)
    count = sum(len(slots) for slots in written.values())
    seconds = result.step("functions").seconds
    text = f"{count} own function(s) give one answer a row, and the same again, in {seconds:.1f} s"
    findings.add(WORKS, not faults, "; ".join(faults[:6]) or text, seconds, functions=count)
    types = result.step("types")
    evidence = last_lines(types.out or types.err, 6) or types.status
    findings.add(TYPES, types.ok, evidence, types.seconds, functions=count)
    return not faults


def _run(bench: Bench, written: Mapping[str, Sequence[Slot]]) -> tuple[SessionResult, Path]:
    package, lab = bench.manifest.package, bench.scratch / "own"
    lab.mkdir(parents=True, exist_ok=True)
    places = {name: layout.OWN_FUNCTIONS[name] for name in written}
    order = {
        "modules": {
            name: [{"name": s.name, "inputs": list(s.inputs)} for s in slots] for name, slots in written.items()
        },
        "places": {name: layout.named(package, place) for name, place in places.items()},
        "classes": list(bench.problem.target.classes),
    }
    (lab / "order.json").write_text(json.dumps(order), encoding="utf-8")
    files = tuple(layout.path(package, place) for place in places.values())
    modules = layout.named(package, layout.CONFIG, layout.INGEST)
    script = ("/probes/own_functions.py", modules, f"/work/{OUT}", "/own/order.json")
    steps = (
        Step("functions", script, kind="script", timeout_s=TIMEOUT_S),
        Step("types", ("mypy", "--cache-dir", "/tmp/mypy", "--no-color-output", *files), timeout_s=120),  # noqa: S108
    )
    return bench.session(steps, mounts={"own": lab}, collect=(OUT,))


def _faults(result: SessionResult, path: Path, written: Mapping[str, Sequence[Slot]]) -> list[str]:
    step = result.step("functions")
    started = step.out.strip().splitlines()
    if step.status == "timeout":
        return [f"{started[-1] if started else 'importing them'} had not ended after {TIMEOUT_S:.0f} s"]
    if not step.ok:
        return [f"{started[-1] if started else 'importing them'}: {last_lines(step.err, 4) or step.status}"]
    try:
        told = {(str(each["module"]), str(each["name"])): each for each in _read(path)}
        found = [_fault(module, slot, told.get((module, slot.name))) for module in written for slot in written[module]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [f"what the functions gave can't be read: {error!r}"]
    return [fault for fault in found if fault]


def _read(path: Path) -> list[dict[str, Any]]:
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} is larger than {MOST_BYTES} bytes")
    found = json_value(path.read_text(encoding="utf-8"))
    if not isinstance(found, list):
        raise ValueError(f"{path.name} holds no list")
    return found


def _fault(module: str, slot: Slot, facts: dict[str, Any] | None) -> str:
    """What is wrong with one function's answer; empty when nothing is."""
    name = f"{module}.{slot.name}"
    if facts is None or facts["error"]:
        return f"{name} raises {facts['error']}" if facts else f"{name} was not called"
    wanted = [] if module == "custom_metrics" else [facts["rows"]]
    if facts["shape"] != wanted:
        return f"{name} gives shape {facts['shape']}, wanted is {wanted}"
    if not facts["same_again"]:
        return f"{name} gives another answer for the same rows"
    if module in ("custom_rules", "custom_slices") and not facts["truths"]:
        return f"{name} must give truth values (dtype bool)"
    if module == "custom_slices" and not 0 < facts["true_share"] < 1:
        return f"{name} holds {facts['true_share']:.0%} of the rows: there is nothing to compare"
    if module == "derived" and facts["known_share"] < KNOWN_BAR:
        return f"{name} has a number for {facts['known_share']:.1%} of the rows"
    if isinstance(slot, CustomRule):
        return _rule_fault(name, slot, facts)
    return ""


def _rule_fault(name: str, rule: CustomRule, facts: dict[str, Any]) -> str:
    if facts["true_share"] > rule.most:
        return f"{name}: {facts['true_share']:.2%} of the real rows offend, its bar is {rule.most:.2%}"
    if facts["most_when_scrambled"] <= rule.most:
        return f"{name} lets shuffled, far-out and empty columns pass: a rule that can't fail is none"
    return ""
