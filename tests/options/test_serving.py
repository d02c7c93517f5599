"""What every way of serving is held to: the same questions, asked where and judged as the option says."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent_graph import register
from agent_graph.artifacts import Chosen, Stack
from agent_graph.bench import PROBES, Findings
from agent_graph.errors import BadInput, DesignRejected
from agent_graph.measuring.exported import exported
from agent_graph.measuring.serving import Refusals, serving
from agent_graph.options import conform
from agent_graph.options.serving import conformance
from agent_graph.options.serving.conformance import answers
from agent_graph.options.serving.conformance.requests import BadRequest, Material, bad_requests
from agent_graph.proof import gates
from agent_graph.roles import BY_NAME
from agent_graph.state import RunState, inputs_of

WAYS = [name for choice, name in register.options() if choice == "serving"]
CHOICE = register.choices()["serving"]


def stack(option: str) -> Stack:
    """The default one with that way of serving."""
    return Stack(chosen=(Chosen(choice="serving", option=option, confidence=1.0, reason="a test"),))


def test_the_gate_of_the_owner_asks_every_way_the_same_and_without_a_champion_nothing_is_passed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    role = replace(BY_NAME["mlops"], gate=lambda bench: ())
    for name in WAYS:
        bench: Any = SimpleNamespace(stack=stack(name), store=tmp_path, tree=tmp_path)
        monkeypatch.setattr(register, "checked_at", lambda role, known: (register.option_of(known, "serving"),))
        found = {check.name: check.verdict for check in gates.judge_of(role)(bench)}
        assert found.items() >= dict.fromkeys(conformance.MEASURED, "not_checked").items()
    assert CHOICE.checks.keys() == set(conformance.MEASURED)


def test_an_option_that_does_not_say_how_it_is_asked_is_no_way_to_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    mute = replace(register.options()["serving", WAYS[0]], says=None)
    assert any("`says` is no Serving" in fault for fault in conform.check(mute))
    monkeypatch.setattr(register, "option_of", lambda known, choice: mute)
    with pytest.raises(BadInput, match="doesn't say how its service is asked"):
        serving(Stack())


@pytest.mark.parametrize("name", WAYS)
def test_probes_ask_the_paths_of_the_way_that_was_chosen_and_a_design_with_others_is_refused(
    name: str, designs: RunState
) -> None:
    role, state = BY_NAME["mlops"], {**designs, "stack": stack(name)}
    inputs: Any = inputs_of(role, state)  # type: ignore[arg-type]
    design: Any = role.playbook(inputs)
    says = serving(stack(name))
    assert (design.liveness_path, design.readiness_path) == (says.alive, says.ready)
    role.rule(design, inputs)
    with pytest.raises(DesignRejected, match="the service answers there"):
        role.rule(design.model_copy(update={"readiness_path": "/elsewhere"}), inputs)


def asked(designs: RunState, refusals: Refusals) -> dict[str, BadRequest]:
    """The bad requests by their names."""
    rows = {column.name: 1 for column in designs["data"].columns}
    return {each.name: each for each in bad_requests(rows, designs["data"], designs["deployment"], refusals)}


def test_a_refusal_looks_as_the_option_says_and_names_the_field_in_any_case(designs: RunState) -> None:
    bad = asked(designs, Refusals(invalid=(400,)))["unknown field"]
    material = Material(Path(), "", [], (bad,))
    for status, text, verdict in (
        (400, '{"detail":[{"loc":["rows",0,"no such column"]}]}', "passed"),
        (422, '{"detail":[{"loc":["rows",0,"no such column"]}]}', "failed"),
        (400, '{"detail":"something is wrong"}', "failed"),
        (400, '{"detail":"no such column", "at": "/work/src/app.py"}', "failed"),
    ):
        findings = Findings("mlops")
        answers._refusals(material, {"bad": [(status, {}, text)], "after_bad": 200}, findings)
        assert findings.checks[0].verdict == verdict, (status, text)


def test_a_number_that_json_does_not_have_need_not_be_named_where_it_is_no_json(designs: RunState) -> None:
    infinite = asked(designs, Refusals())["infinite"]
    for status, verdict in ((400, "passed"), (422, "failed")):
        findings, report = Findings("mlops"), {"bad": [(status, {}, '{"error": "?"}')], "after_bad": 200}
        answers._refusals(Material(Path(), "", [], (infinite,)), report, findings)
        assert findings.checks[0].verdict == verdict


@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_name_is_found_however_json_writes_it(ascii_only: bool) -> None:
    told = json.dumps({"field": 'Größe "m"'}, ensure_ascii=ascii_only)
    assert answers._names(told, 'Größe "m"')
    assert not answers._names(told, "Grösse")


@pytest.mark.parametrize(
    ("text", "flagged"),
    [('{"degraded":true}', True), ('{"degraded": true}', True), ('{"degraded": "true"}', False), ("oh", False)],
)
def test_a_stand_in_says_so_in_json(text: str, flagged: bool) -> None:
    assert answers._flagged(text) is flagged


def test_a_report_that_the_probe_did_not_write_is_not_read(tmp_path: Path) -> None:
    forged = tmp_path / "service.json"
    forged.write_text('{"ready_s": 0.1}')
    assert conformance.sealed_report(forged, "0" * 64) is None


def test_classes_are_counted_where_there_are_classes(designs: RunState) -> None:
    bench: Any = SimpleNamespace(problem=designs["problem"], manifest=designs["manifest"])
    names = exported(bench)
    assert "telco_churn_predictions_total" in names
    assert all(name.startswith("telco_churn_") for name in names)


FAMILY = """
import subprocess, sys
hoard = bytearray(60 << 20)
child = subprocess.Popen([sys.executable, "-c", "h = bytearray(60 << 20); print('up', flush=True); input()"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
child.stdout.readline()
print(child.pid, flush=True)
input()
"""


def test_a_service_is_all_of_its_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that hands its work to a child in a session of its own is measured, and ended, with the child."""
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"paths": {}}))
    monkeypatch.setattr(sys, "argv", ["service.py", "p", "a,b,c", "P_", str(plan), "out.json"])
    probe: dict[str, Any] = {}
    exec((PROBES / "service.py").read_text("utf-8").removesuffix("main()\n"), probe)  # noqa: S102  # without its run
    parent = subprocess.Popen([sys.executable, "-c", FAMILY], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    try:
        assert probe["family"](parent.pid) == [parent.pid, child]
        assert probe["memory"](parent.pid) > 120 << 20
        assert probe["cpu_ms"](parent.pid) >= probe["cpu_ms"](child)
    finally:
        probe["stop"](parent.pid)
    assert any(ended(child) for _ in range(100_000)), "a child outlives the service"


def ended(pid: int) -> bool:
    """Whether a process is no more, or only waits for whoever adopted it to bury it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
