"""Every kind keeps the shape, ours and strangers'; what it lays over a project renders and can be parsed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from agent_graph import profiling, register
from agent_graph.artifacts import Specification, manifest_for
from agent_graph.intake import framing
from agent_graph.kind import NO_SHAPE, Kind
from agent_graph.kinds import conform
from agent_graph.roles import ROLES
from agent_graph.writing import contribution, formatting

OURS = [pytest.param(kind, id=kind.name) for kind in register.kinds().values() if not kind.origin]
BUILT = [pytest.param(kind, id=kind.name) for kind in register.kinds().values() if kind.built]
BINARY, AMOUNTS = register.kind("binary"), register.kind("regression")


def designed(kind: Kind, folder: Path, rows: int = 400, **asked: Any) -> dict[str, Any]:
    """A problem of that kind on made-up rows, with every role's expert answer: what a project is rendered from."""
    rng = np.random.default_rng(0)
    size, place = rng.normal(9, 2, rows).round(2), rng.choice(["hill", "river", "square"], rows)
    answers = {
        True: rng.poisson(np.exp(size / 9)) if kind.counts else (size + rng.normal(0, 1, rows)).clip(0.1).round(3) / 20,
        False: rng.choice(["no", "yes"] if kind.event else ["calm", "mild", "wild"], rows),
    }
    table = pl.DataFrame({"size": size, "place": place, "came": answers[kind.numeric]})
    table.write_csv(folder / "rows.csv")
    data = (str(folder / "rows.csv"),)
    specification = Specification(
        name="rows", statement="What comes of each row?", data=data, target="came", task=kind.name, **asked
    )
    profile = profiling.profile(data)
    state: dict[str, Any] = {
        "specification": specification,
        "profile": profile,
        "problem": framing.frame(specification, profile),
        "manifest": manifest_for("rows"),
    }
    for role in ROLES:
        state[role.writes] = role.playbook(role.reads(**{k: state[k] for k in role.reads.model_fields if k in state}))
    return state


def written(state: Any) -> dict[str, str]:
    """All files of that project, by path."""
    return formatting.formatted(
        {path: text for role in ROLES for path, text in contribution.files_of(role, state).items()}
    )


@pytest.mark.parametrize("kind", OURS)
def test_a_kind_keeps_the_shape(kind: Kind) -> None:
    assert conform.check(kind) == ()


@pytest.mark.parametrize("kind", BUILT)
def test_its_files_render_and_can_be_parsed(kind: Kind, tmp_path: Path) -> None:
    files = conform.rendered({**designed(kind, tmp_path), "statement": ""})
    assert "src/rows/problem/answers.py" in files
    assert "tests/made_up.py" in files


@pytest.mark.parametrize("kind", BUILT)
def test_nothing_of_other_shapes_is_left_in_a_project(kind: Kind, tmp_path: Path) -> None:
    files = written(designed(kind, tmp_path))
    code = "\n".join(text for path, text in files.items() if path.startswith(("src/", "tests/")))
    foreign = ("CLASSES", "probabilities", "p_0") if kind.numeric else ("total_ratio", "residual", "regression_l1")
    assert [word for word in foreign if word in code] == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (replace(BINARY, name="Yes or no"), "is no word of"),
        (replace(BINARY, many="two\nlines"), "`many` is one line"),
        (replace(AMOUNTS, name="other"), "columns of counts, few_numbers, numbers are regression's already"),
        (replace(BINARY, metrics=(), beside=()), "judged by no metric"),
        (replace(BINARY, beside=BINARY.metrics[:1]), "roc_auc is there twice"),
        (replace(BINARY, beside=(replace(AMOUNTS.metrics[0], higher_is_better=True),)), "rmse points the other way"),
        (replace(AMOUNTS, training=replace(AMOUNTS.training, losses=())), "its loss 'squared_error' is none of"),
        (replace(BINARY, watching=replace(BINARY.watching, kpi="luck")), "'luck' is none of"),
        (replace(BINARY, folder=Path("/nowhere")), "/nowhere isn't there"),
        (replace(BINARY, shape=replace(NO_SHAPE, name="order")), "neither it nor the shape 'order' brings"),
    ],
)
def test_what_is_wrong_is_said(kind: Kind, words: str) -> None:
    faults = conform.check(kind)
    assert any(words in fault for fault in faults), faults
