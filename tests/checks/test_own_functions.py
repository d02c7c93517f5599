"""The check of a role's own functions turns red for each way in which one can be wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from agent_graph.artifacts import CustomRule, Slot
from agent_graph.measuring import own_functions
from agent_graph.sandbox import SessionResult, StepResult
from agent_graph.sandbox.policy import Result

SLOT = Slot(name="share", inputs=("part",), source="", why="")
RULE = CustomRule(name="share", inputs=("part",), source="", why="", most=0.01, severity="error")
GOOD: dict[str, Any] = {
    "name": "share", "rows": 9, "error": "", "shape": [9], "truths": False, "same_again": True, "seconds": 0.1,
    "true_share": 0.0, "known_share": 1.0,
}  # fmt: skip
TRUTHS = {"truths": True, "true_share": 0.005, "most_when_scrambled": 0.9}


def faults(folder: Path, module: str, slot: Slot, facts: object, **step: Any) -> list[str]:
    """What is said of these facts, written as the cell leaves them."""
    path = folder / "facts.json"
    path.write_text(facts if isinstance(facts, str) else json.dumps(facts))
    done = {"status": "exit", "rc": 0, "out": f"{module}.share\n", "err": "", **step}
    result = StepResult(name="functions", seconds=1.0, cpu_s=1.0, peak_rss=1, **done)
    session = SessionResult(result=Result.__new__(Result), steps=(result,), export=None)
    return own_functions._faults(session, path, {module: [slot]})


def test_functions_that_answer_as_they_should_are_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, "derived", SLOT, [{**GOOD, "module": "derived"}]) == []
    assert faults(tmp_path, "custom_rules", RULE, [{**GOOD, **TRUTHS, "module": "custom_rules"}]) == []
    assert faults(tmp_path, "custom_slices", SLOT, [{**GOOD, **TRUTHS, "module": "custom_slices"}]) == []
    assert faults(tmp_path, "custom_metrics", SLOT, [{**GOOD, "shape": [], "module": "custom_metrics"}]) == []


@pytest.mark.parametrize(
    ("module", "slot", "change", "words"),
    [
        ("derived", SLOT, {"error": "KeyError: 1"}, "derived.share raises KeyError: 1"),
        ("derived", SLOT, {"shape": []}, r"gives shape \[\], wanted is \[9\]"),
        ("derived", SLOT, {"same_again": False}, "another answer for the same rows"),
        ("derived", SLOT, {"known_share": 0.001}, "a number for 0.1% of the rows"),
        ("derived", SLOT, {"name": "another"}, "was not called"),
        ("custom_slices", SLOT, {}, "must give truth values"),
        ("custom_slices", SLOT, {**TRUTHS, "true_share": 1.0}, "nothing to compare"),
        ("custom_metrics", SLOT, {}, r"gives shape \[9\], wanted is \[\]"),
        ("custom_rules", RULE, {**TRUTHS, "true_share": 0.5}, "50.00% of the real rows offend"),
        ("custom_rules", RULE, {**TRUTHS, "most_when_scrambled": 0.0}, "a rule that can't fail is none"),
    ],
)
def test_each_wrong_answer_is_named(
    tmp_path: Path, module: str, slot: Slot, change: dict[str, Any], words: str
) -> None:
    (fault,) = faults(tmp_path, module, slot, [{**GOOD, "module": module, **change}])
    assert re.search(words, fault)


def test_a_function_that_never_ends_or_ends_its_process_is_named(tmp_path: Path) -> None:
    assert faults(tmp_path, "derived", SLOT, [], status="timeout", rc=None) == [
        "derived.share had not ended after 30 s"
    ]
    (fault,) = faults(tmp_path, "derived", SLOT, [], rc=1, err="MemoryError\n")
    assert fault == "derived.share: MemoryError"


@pytest.mark.parametrize("facts", ["{}", "not json", "[1]", '[{"module": "derived"}]'])
def test_facts_that_make_no_sense_are_a_fault(tmp_path: Path, facts: str) -> None:
    (fault,) = faults(tmp_path, "derived", SLOT, facts)
    assert "can't be read" in fault
