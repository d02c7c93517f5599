"""Any table gives a profile that is true and survives being written; sealing splits its rows and hides their labels."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from agent_graph import profiling
from agent_graph.artifacts import Profile, Specification
from agent_graph.errors import AgentGraphError, BadInput
from agent_graph.intake import framing, sealing
from tests.trust.hostile import TEXTS, bounded, clear, tables


def written(table: pl.DataFrame, folder: Path, kind: str) -> str:
    path = folder / f"table.{kind}"
    table.write_parquet(path) if kind == "parquet" else table.write_csv(path)
    return str(path)


def naive(values: list[Any]) -> tuple[float, int]:
    """Share of missing values and number of different ones, counted one by one."""
    filled = [value for value in values if value is not None]
    return 1 - len(filled) / len(values), len(set(filled))


@bounded(40)
@given(tables())
def test_a_profile_counts_as_one_would_by_hand_and_its_json_gives_it_back(table: pl.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        profile = profiling.profile([written(table, Path(folder), "parquet")])
    assert Profile.model_validate_json(profile.model_dump_json()) == profile
    assert profile.main.rows == len(table)
    assert [column.name for column in profile.main.columns] == table.columns
    for column in profile.main.columns:
        values = table[column.name].to_list()
        missing, distinct = naive(values)
        if column.storage == "string" and table[column.name].dtype == pl.String:
            assert column.distinct <= distinct
            continue  # texts that mean "missing" are taken out
        assert abs(column.missing - missing) < 1e-9
        assert column.distinct == distinct
        shares = {level.share for level in column.levels}
        assert all(0 < share <= 1 for share in shares)


@bounded(40)
@given(tables(), st.sampled_from(("csv", "parquet")))
def test_any_table_on_disk_is_read_or_refused_in_one_line(table: pl.DataFrame, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            profile = profiling.profile([written(table, Path(folder), kind)])
        except AgentGraphError as error:
            found = clear(error)
        else:
            found = profile.main.rows <= len(table)
    assert found


@bounded(25)
@given(st.data())
def test_sealing_splits_the_rows_and_no_label_of_the_held_out_ones_is_outside(data: st.DataObject) -> None:
    rows = 120
    table = data.draw(tables(rows))
    target, number = data.draw(TEXTS.filter(lambda name: name not in table.columns)), "row number"
    classes = data.draw(st.lists(TEXTS, min_size=2, max_size=3, unique_by=str.strip))
    labels = [classes[(k * 31 % 17) % len(classes)] for k in range(rows)]
    table = table.with_columns(pl.Series(target, labels), pl.Series(number, [k * 3 + 1000 for k in range(rows)]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wishes = {"name": "t", "statement": "Which class is it?", "data": (written(table, folder, "parquet"),)}
        try:
            specification = Specification(**wishes, target=target, task="multiclass")
            profile = profiling.profile(specification.data)
            problem = framing.frame(specification, profile)
            sealed = sealing.seal(specification, profile, problem, folder / "sealed")
        except BadInput:
            return
        kept, held = (pl.read_parquet(Path(part) / "table.parquet") for part in (sealed.open_dir, sealed.holdout_dir))
        answers = pl.read_parquet(sealed.labels)["label"].to_list()
    assert target not in held.columns
    assert Counter([*kept[number], *held[number]]) == Counter(table[number])
    true = dict(zip(table[number], labels, strict=True))
    assert answers == [true[row] for row in held[number]]
    assert {true[row] for row in kept[number]} == set(kept[target])
    assert kept[target].to_list() == [true[row] for row in kept[number]]
