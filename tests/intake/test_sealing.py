"""The seal: texts as they were, whole groups, the newest rows, labels out of sight, the same for the same seed."""

from __future__ import annotations

import gzip
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.artifacts import Sealed
from agent_graph.intake import sealing
from agent_graph.profiling import reading
from tests.intake.conftest import Framed, frame_paths

Frame = Callable[..., Framed]


def parts(sealed: Sealed, name: str = "table.csv") -> tuple[pl.DataFrame, pl.DataFrame, pl.Series, pl.Series]:
    read = [pl.read_csv(Path(folder) / name, infer_schema=False) for folder in (sealed.open_dir, sealed.holdout_dir)]
    labels = [pl.read_parquet(path)["label"] for path in (sealed.open_labels, sealed.labels)]
    return read[0], read[1], labels[0], labels[1]


def test_a_fifth_is_held_out_by_class_without_its_target(
    customers: pl.DataFrame, framed: Frame, tmp_path: Path
) -> None:
    sealed = sealing.seal(*framed(customers), tmp_path / "sealed")
    rest, held, open_labels, labels = parts(sealed)
    assert (len(rest), len(held)) == (sealed.open_rows, sealed.holdout_rows) == (160, 40)
    assert "churn" not in held.columns
    assert open_labels.to_list() == rest["churn"].to_list()
    assert (labels == "Yes").mean() == pytest.approx((customers["churn"] == "Yes").mean(), abs=0.03)


def test_labels_lie_outside_and_only_their_owner_reads_them(
    customers: pl.DataFrame, framed: Frame, tmp_path: Path
) -> None:
    sealed = sealing.seal(*framed(customers), tmp_path / "sealed")
    path = Path(sealed.labels)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Path(sealed.open_dir) not in path.parents
    assert Path(sealed.holdout_dir) not in path.parents


def test_labels_are_those_of_the_held_out_rows(customers: pl.DataFrame, framed: Frame, tmp_path: Path) -> None:
    table = customers.with_columns(no=pl.int_range(pl.len()))
    sealed = sealing.seal(*framed(table), tmp_path / "sealed")
    _, held, _, labels = parts(sealed)
    truth = dict(zip(table["no"].cast(pl.String), table["churn"], strict=True))
    assert [truth[number] for number in held["no"]] == labels.to_list()


def test_the_profile_of_the_open_rows_knows_nothing_of_the_sealed_ones(
    customers: pl.DataFrame, framed: Frame, tmp_path: Path
) -> None:
    sealed = sealing.seal(*framed(customers), tmp_path / "first")
    _, held, _, _ = parts(sealed)
    marked = customers.with_columns(
        bill=pl.when(pl.col("bill").cast(pl.String).is_in(held["bill"].to_list())).then(9_999.5).otherwise("bill")
    )
    specification, whole, problem = framed(marked)
    again = sealing.seal(specification, whole, problem, tmp_path / "second")
    rest, _, _, _ = parts(again)
    known = profiling.profile_part(whole, Path(again.open_dir)).main
    bills = rest["bill"].cast(pl.Float64)
    assert whole.main.column("bill").maximum == 9_999.5
    assert known.rows == again.open_rows < whole.main.rows == problem.rows
    assert known.column("bill").maximum == bills.max()
    assert known.column("bill").mean == pytest.approx(bills.mean())
    assert [c.kind for c in known.columns] == [c.kind for c in whole.main.columns]


@pytest.mark.parametrize("leak", [False, True])
@pytest.mark.parametrize(("unlike", "together"), [(0.0, True), (0.3, False)])
def test_equal_rows_stay_together_unless_cases_happen_to_look_alike(
    unlike: float, together: bool, leak: bool, framed: Frame, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    looks = random.integers(0, 60, 600)
    answers = (looks % 2 == 0) ^ (random.random(600) < unlike)
    table = pl.DataFrame(
        {"look": looks, "size": looks % 7, "plan": looks // 7, "churn": np.where(answers, "Yes", "No")}
    )
    if leak:  # the answer under another name
        table = table.with_columns(gone=pl.col("churn").replace({"Yes": "1", "No": "0"}))
    specification, profile, problem = framed(table, options=({"key": "drop", "value": "gone"},) if leak else ())
    assert problem.used("leak") == (("gone",) if leak else ())
    rest, held, _, labels = parts(sealing.seal(specification, profile, problem, tmp_path / "sealed"))
    pairs = [{*map(tuple, part.iter_rows())} for part in (rest.select(held.columns), held)]
    assert bool(pairs[0] & pairs[1]) != together
    if not together:
        usual = dict(rest.group_by("look").agg((pl.col("churn") == "Yes").mean()).iter_rows())
        guess = [usual.get(look, 0.5) > 0.5 for look in held["look"]]
        assert np.mean(np.array(guess) == (labels == "Yes").to_numpy()) == pytest.approx(1 - unlike, abs=0.1)


def test_values_are_told_as_the_answered_rows_have_them_where_many_have_no_answer(
    customers: pl.DataFrame, framed: Frame, tmp_path: Path
) -> None:
    other = pl.int_range(pl.len()) % 3 == 0
    mixed = customers.with_columns(
        bill=pl.when(other).then(9_999.5).otherwise("bill"),
        plan=pl.when(other).then(pl.lit("of others")).otherwise("plan"),
        churn=pl.when(other).then(None).otherwise("churn"),
    )
    specification, whole, problem = framed(mixed)
    folder = Path(sealing.seal(specification, whole, problem, tmp_path / "sealed").open_dir)
    known = profiling.profile_part(whole, folder, pl.col("churn").is_not_null()).main
    plain = profiling.profile_part(whole, folder).main
    assert plain.column("bill").quantiles[-1] == 9_999.5 > known.column("bill").quantiles[-1]
    assert known.column("bill").maximum == 9_999.5, "rows without an answer stay rows"
    shares = {level.value: level.share for level in known.column("plan").levels}
    assert shares.pop("of others") == 0
    assert sum(shares.values()) == pytest.approx(1 - known.column("plan").missing)
    assert known.column("churn") == plain.column("churn")


def test_a_part_of_a_zipped_latin_1_table_is_profiled_and_its_dialect_kept(
    customers: pl.DataFrame, tmp_path: Path
) -> None:
    table = customers.with_columns(plan=pl.col("plan").str.replace("a", "Zürich"))
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(table.write_csv().encode("latin-1")))
    specification, whole, problem = frame_paths([str(path)])
    sealed = sealing.seal(specification, whole, problem, tmp_path / "sealed")
    known = profiling.profile_part(whole, Path(sealed.open_dir)).main
    assert known.dialect == whole.main.dialect
    assert "Zürich" in {level.value for level in known.column("plan").levels}


def test_the_same_seed_gives_the_same_bytes_and_another_another_split(
    customers: pl.DataFrame, framed: Frame, tmp_path: Path
) -> None:
    first, again, other = (
        sealing.seal(*framed(customers, seed=seed), tmp_path / f"s{k}") for k, seed in enumerate((0, 0, 1))
    )
    assert first.digest == again.digest != other.digest


def test_leaks_are_not_in_the_held_out_rows(customers: pl.DataFrame, framed: Frame, tmp_path: Path) -> None:
    sealed = sealing.seal(*framed(customers.with_columns(paid_total=pl.col("bill") * 3)), tmp_path / "sealed")
    rest, held, _, _ = parts(sealed)
    assert "paid_total" in rest.columns
    assert "paid_total" not in held.columns


def test_texts_stay_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(
        "amount,plan,churn\n"
        + "".join(f"{k}.50,{'NA' if k % 9 == 0 else ' b '},{'Yes' if k % 3 else 'No'}\n" for k in range(100))
    )
    sealed = sealing.seal(*frame_paths([str(path)]), tmp_path / "sealed")
    original = set(path.read_text().splitlines())
    assert set((Path(sealed.open_dir) / "table.csv").read_text().splitlines()) <= original


def test_groups_and_duplicates_stay_whole(customers: pl.DataFrame, framed: Frame, tmp_path: Path) -> None:
    grouped = customers.with_columns(shop=pl.int_range(pl.len()) // 4)
    rest, held, _, _ = parts(sealing.seal(*framed(grouped, group_column="shop"), tmp_path / "a"))
    assert not set(rest["shop"]) & set(held["shop"])
    doubled = pl.concat([customers, customers])
    rest, held, _, labels = parts(sealing.seal(*framed(doubled), tmp_path / "b"))
    keys = [set(map(str, part.select("tenure", "plan", "bill").rows())) for part in (rest, held)]
    assert not keys[0] & keys[1]
    assert len(labels) == pytest.approx(80, abs=4)


def test_the_newest_rows_are_held_out_and_rows_without_label_stay_open(framed: Frame, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    label = (
        pl.Series(rng.choice(["no", "yes"], 500))
        .to_frame("l")
        .select(pl.when(pl.int_range(pl.len()) % 10 != 0).then("l"))["l"]
    )
    table = pl.DataFrame(
        {
            "day": [f"2020-{1 + k // 50:02d}-{1 + k % 28:02d}" for k in range(500)],
            "x": rng.normal(size=500),
            "late": label,
        }
    ).sample(fraction=1, shuffle=True, seed=1)
    sealed = sealing.seal(*framed(table, target="late", time_column="day"), tmp_path / "sealed")
    rest, held, open_labels, labels = parts(sealed)
    assert held["day"].min() > rest.filter(pl.Series(open_labels.is_not_null()))["day"].max()  # type: ignore[operator]
    assert labels.null_count() == 0
    assert open_labels.null_count() == 50


def test_side_tables_lie_whole_beside_both_parts(customers: pl.DataFrame, tmp_path: Path) -> None:
    customers.write_csv(tmp_path / "table.csv")
    pl.DataFrame({"plan": ["a", "b", "c"], "fee": [1, 2, 3]}).write_parquet(tmp_path / "plans.parquet")
    sealed = sealing.seal(
        *frame_paths([str(tmp_path / "table.csv"), str(tmp_path / "plans.parquet")]), tmp_path / "sealed"
    )
    for folder in (sealed.open_dir, sealed.holdout_dir):
        assert pl.read_parquet(Path(folder) / "plans.parquet")["fee"].to_list() == [1, 2, 3]


@pytest.mark.parametrize("ending", ["parquet", "jsonl"])
def test_other_formats_stay_what_they_are(customers: pl.DataFrame, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"table.{ending}"
    customers.write_parquet(path) if ending == "parquet" else customers.write_ndjson(path)
    sealed = sealing.seal(*frame_paths([str(path)]), tmp_path / "sealed")
    file = Path(sealed.holdout_dir) / f"table.{ending}"
    assert len(pl.read_parquet(file) if ending == "parquet" else pl.read_ndjson(file)) == 40


def test_sealing_again_replaces_the_former_seal(customers: pl.DataFrame, framed: Frame, tmp_path: Path) -> None:
    settled = framed(customers)
    sealing.seal(*settled, tmp_path / "sealed")
    sealing.seal(*settled, tmp_path / "sealed")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sealed", "table.csv"]


def test_a_table_larger_than_memory_allows_is_sealed_alike(
    customers: pl.DataFrame, framed: Frame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = sealing.seal(*framed(customers), tmp_path / "a")
    (tmp_path / "copy").mkdir()
    path = tmp_path / "copy" / "table.csv"
    customers.write_csv(path)
    monkeypatch.setattr(reading, "IN_MEMORY_BYTES", 10)
    assert sealing.seal(*frame_paths([str(path)]), tmp_path / "b").digest == held.digest
