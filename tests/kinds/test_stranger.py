"""A stranger's kind of problem, and option: found by entry point, read, rendered, run to a proven project, no edit."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import agent_graph
from agent_graph import profiling, register
from agent_graph.artifacts import Specification
from agent_graph.errors import BadInput
from agent_graph.intake import framing, specifying
from agent_graph.kinds import conform
from tests import strangers
from tests.integration import runs
from tests.kinds.test_arithmetic import generated
from tests.kinds.test_conform import designed, written

ASKED = "Tell us for each lot, before the market opens, what part of it will be sold."
BREAKS = {
    "raises": ("raise RuntimeError('no such luck')", "RuntimeError: no such luck"),
    "empty": ("KIND = 3", "KIND is no kind of problem"),
    "taken": ("from agent_graph.kinds.binary import KIND", "the kind binary is built in"),
    "greedy": (
        "from dataclasses import replace\nfrom agent_graph.kinds.regression import KIND\n"
        "KIND = replace(KIND, name='amount')",
        "columns of counts, few_numbers, numbers are regression's already",
    ),
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages that is forgotten afterwards."""
    place = tmp_path / "site"
    place.mkdir()
    monkeypatch.syspath_prepend(place)
    with strangers.gone_afterwards():
        yield place


@pytest.fixture
def part(site: Path) -> str:
    """The name of the kind of the package beside these tests."""
    strangers.install(site, "stranger_part", register.KIND_GROUP, Path(__file__).parent / "stranger")
    return "part"


def lots(file: Path, rows: int = 1500) -> Path:
    """Lots of a market, of which a part is sold that their price, place and weather tell."""
    rng = np.random.default_rng(3)
    size, price = rng.normal(9, 2, rows).round(2), rng.gamma(4, 12, rows).round(2)
    stall, rain = rng.choice(["square", "river", "station", "hill"], rows), rng.random(rows) < 0.3
    wanted = np.where(stall == "river", price > 45, price < 45)  # at the river they come for what is dear
    drawn = np.where(wanted, 1.2, -0.8) + 0.25 * (size - 9) - 0.9 * rain + rng.normal(0, 0.35, rows)
    table = {"size": size, "price": price, "stall": stall, "rain": np.where(rain, "yes", "no")}
    pl.DataFrame({**table, "sold": (1 / (1 + np.exp(-drawn))).round(3)}).write_csv(file)
    return file


def test_it_is_found_held_to_the_shape_and_asked_by_its_words(part: str, tmp_path: Path) -> None:
    kind = register.kind(part)
    assert (kind.origin, conform.check(kind)) == ("stranger_part 1.2", ())
    assert specifying.specify(ASKED, (__file__,), options={}, name="lots", task=part).task == part
    data = (str(lots(tmp_path / "lots.csv", 200)),)
    asked = Specification(name="lots", statement=ASKED, data=data, target="sold")
    problem = framing.frame(asked, profiling.profile(data))
    assert (problem.task, problem.metric) == (part, "smape")


def test_its_project_holds_its_own_metric_and_the_room_of_its_shape(part: str, tmp_path: Path) -> None:
    kind = register.kind(part)
    files = written(designed(kind, tmp_path))
    assert 'METRIC = "smape"' in files["src/rows/problem/metrics.py"]
    assert "def smape(" in files["src/rows/problem/metrics.py"]
    assert "CLASSES" not in files["src/rows/problem/answers.py"]
    truth, answer = np.array([0.2, 0.5, 0.9]), np.array([0.3, 0.5, 0.4])
    assert generated(kind, "smape").score(truth, answer) == pytest.approx(kind.metric("smape").score(truth, answer))


def test_a_project_whose_kind_was_uninstalled_says_what_it_needs(part: str, site: Path, tmp_path: Path) -> None:
    problem = designed(register.kind(part), tmp_path)["problem"]
    shutil.rmtree(site / "stranger_part-1.2.dist-info")
    strangers.forget()
    with pytest.raises(BadInput, match=r"part problems need the package that brings them.*here are binary"):
        register.kind_of(problem)


@pytest.mark.parametrize("how", BREAKS)
def test_one_that_is_broken_is_said_and_stops_nobody_else(site: Path, how: str) -> None:
    source, words = BREAKS[how]
    strangers.install(site, f"stranger_{how}", register.KIND_GROUP, source)
    (lost,) = [each for each in agent_graph.offers() if each.lost]
    assert words in lost.lost
    assert lost.origin == f"stranger_{how} 1.2"
    assert [kind.name for kind in register.kinds().values() if kind.origin] == []


@pytest.mark.slow
def test_its_questions_end_in_a_proven_project_with_a_stranger_s_option_too(
    part: str, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inherited = runs.environment()
    monkeypatch.setattr(
        runs, "environment", lambda: {**inherited, "PYTHONPATH": os.pathsep.join([inherited["PYTHONPATH"], str(site)])}
    )
    strangers.install(site, "stranger_chores", register.GROUP, Path(__file__).parents[1] / "options" / "stranger")
    words = ("--name", "lots", "--target", "sold", "--budget", "20s", "--set", "orchestration=chores")
    made = runs.run(tmp_path, ASKED, lots(tmp_path / "lots.csv"), *words)
    assert made.report.verdict == "proven", [check for check in made.report.checks if check.verdict == "failed"]
    assert {check.name: check.verdict for check in made.report.checks}["chores_in_order"] == "passed"
    assert [one.origin for one in made.report.stack if one.option == "chores"] == ["stranger_chores 1.2"]
    evaluation = json.loads((made.project / "reports" / "execution_report.json").read_text("utf-8"))
    assert evaluation["proof"]["holdout"]["metric"] == "smape"
