"""What was given beside the words and can't be is refused before anything is asked, of people or of models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import agent_graph
from agent_graph import profiling
from agent_graph.artifacts import Specification, silent
from agent_graph.cli.reading import show
from agent_graph.context import Colleague
from agent_graph.errors import BadInput, NotBuiltYet
from agent_graph.intake import understanding
from agent_graph.intake.hearing import Heard
from agent_graph.llm import Door, DoorOptions, Models, ModelSpec, Patience
from tests.llm.server import ModelServer, serving

VAGUE = "Please do something clever with this."  # which column? It has to be asked
WORDS = "Who will leave us?"
Consider = Callable[..., Heard]


def option(key: str, value: str) -> dict[str, Any]:
    return {"options": ({"key": key, "value": value},)}


@pytest.fixture
def table(customers: pl.DataFrame) -> pl.DataFrame:
    days = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 1, 1) + pl.duration(days=199), eager=False)
    row = pl.int_range(pl.len())
    return customers.with_columns(
        day=days, moment=pl.lit("2024-05-01").str.to_date(), nothing=pl.lit(None, pl.String),
        late=pl.when(row < 195).then(pl.lit("2024-01-01")).otherwise(pl.lit("2024-05-01")).str.to_date(),
        vast=pl.when(row < 194).then(pl.lit("A")).otherwise(pl.format("b{}", row)),
        seldom=pl.when(row < 30).then(pl.col("churn")),
        items=pl.format("item {}", pl.int_range(pl.len())), once=pl.when(pl.int_range(pl.len()) == 3)
        .then(pl.lit("rare")).otherwise(pl.lit("usual")), mixed=pl.when(pl.int_range(pl.len()) % 9 == 0)
        .then(pl.lit("much")).otherwise(pl.int_range(pl.len()).cast(pl.String)),
    )  # fmt: skip


@pytest.fixture
def considered(tmp_path: Path) -> Consider:
    """Write a table, profile it, and consider a statement beside it."""

    def run(
        table: pl.DataFrame,
        statement: str = VAGUE,
        *sides: pl.DataFrame,
        colleague: Colleague | None = None,
        **given: Any,
    ) -> Heard:
        paths = [str(tmp_path / f"{name}.csv") for name in ("people", "side")[: 1 + len(sides)]]
        for path, each in zip(paths, (table, *sides), strict=True):
            each.write_csv(path)
        wanted = Specification.model_validate({"name": "t", "statement": statement, "data": tuple(paths), **given})
        return understanding.considered(wanted, profiling.profile(paths), colleague, silent)

    return run


def test_what_is_vague_is_asked_where_nothing_that_was_given_is_wrong(
    table: pl.DataFrame, considered: Consider
) -> None:
    assert considered(table).reading.asks
    fine = option("split", "time:day") | {"metric": "roc_auc", "group_column": "tenure", "task": "binary"}
    assert considered(table, **fine).reading.asks


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"target": "chrun"}, ("'chrun'", "did you mean 'churn'")),
        ({"time_column": "dya"}, ("'dya'", "did you mean")),
        ({"group_column": "house"}, ("'house'", "did you mean")),
        ({"group_column": "tenure", "time_column": "dya"}, ("'dya'", "did you mean")),
        (option("split", "random") | {"time_column": "dya"}, ("'dya'", "did you mean")),
        (option("entity", "who"), ("'who'", "did you mean")),
        (option("entity", "churn") | {"target": "churn"}, ("'churn'", "is what is predicted")),
        (option("keep", "nope"), ("'nope'", "did you mean")),
        (option("drop", "nope"), ("'nope'", "did you mean")),
        (option("split", "dice"), ("'dice'", "random")),
        (option("split", "group:plan"), ("'plan' has 3 groups", "choose another")),
        (option("split", "time:plan"), ("'plan'", "aren't dates", "choose another")),
        (option("split", "time:moment"), ("'moment'", "one moment", "choose another")),
        (option("split", "time:late"), ("'late' is '2024-01-01' in all rows but 5", "choose another")),
        (option("split", "group:vast"), ("'vast' is 'A' in all rows but 6", "choose another")),
        ({"target": "seldom"}, ("'seldom' holds an answer in 30 of 200 rows", "at least 50")),
        (option("split", "time:nothing"), ("'nothing'", "holds nothing", "choose another")),
        (option("split", "time:bill") | {"target": "bill"}, ("'bill'", "is what is predicted", "choose another")),
        (option("split", "group:plan+tenure") | {"target": "tenure"}, ("'tenure'", "is what is predicted")),
        ({"target": "churn", "metric": "rmse"}, ("'rmse' doesn't fit 'churn'", "roc_auc")),
        ({"target": "churn", "task": "binary", "metric": "rmse"}, ("'rmse'", "binary", "roc_auc")),
        ({"task": "count", "metric": "roc_auc"}, ("'roc_auc'", "count", "poisson_deviance")),
        ({"target": "churn", "task": "regression"}, ("'churn'", "numeric")),
        ({"target": "once"}, ("'rare'", "one row", "merge it")),
    ],
)  # fmt: skip
def test_what_can_not_be_is_refused_before_anything_is_asked(
    table: pl.DataFrame, considered: Consider, given: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(BadInput) as refusal:
        considered(table, **given)
    assert all(word in str(refusal.value) for word in words), refusal.value


def test_a_metric_for_numbers_without_negative_ones_needs_such_a_target(
    table: pl.DataFrame, considered: Consider
) -> None:
    with pytest.raises(BadInput, match="without negative values"):
        considered(table.with_columns(pl.col("bill") - 60), target="bill", metric="rmsle")
    assert considered(table, metric="rmsle").reading.asks, "some column has none"


@pytest.mark.parametrize("given", [{"task": "regression"}, {"metric": "mae"}])
def test_numbers_are_not_asked_for_where_there_are_none(
    table: pl.DataFrame, considered: Consider, given: dict[str, str]
) -> None:
    texts = table.select("plan", "churn", level=pl.format("l{}", pl.col("tenure") % 7))
    with pytest.raises(BadInput, match=r"choose (another --task|one of)"):
        considered(texts, **given)


def test_data_that_no_question_can_use_are_refused_before_it_is_asked(
    table: pl.DataFrame, considered: Consider
) -> None:
    few = considered(table.head(30)).reading
    assert "30 rows: give at least 50" in few.refused
    assert few.asks == ()
    assert few.alternatives, "what was read stands beside it"
    side = pl.DataFrame({"colour": ["red", "blue"], "w": [1, 2]})
    assert "'side' shares no key" in considered(table.select("tenure", "bill", "churn"), VAGUE, side).reading.refused


def test_that_no_column_is_left_to_predict_from_is_said_before_the_question_is_asked(
    table: pl.DataFrame, considered: Consider
) -> None:
    named = table.select(pl.int_range(pl.len()).alias("id"), "items", "churn")
    for found in (
        considered(named),
        considered(table.select("tenure", "plan", "churn"), target="churn", **option("drop", "tenure,plan")),
        considered(table.select("tenure", "churn"), target="churn", **option("entity", "tenure")),
    ):
        assert "no column is left to predict from" in found.reading.refused
    kept = option("drop", "tenure,plan")["options"] + option("keep", "plan")["options"]
    assert not considered(table.select("tenure", "plan", "churn"), target="churn", options=kept).reading.refused


def test_a_series_needs_no_inputs(considered: Consider) -> None:
    series = pl.DataFrame({"no": range(200), "sales": [100 + k % 12 * 7 + k % 5 for k in range(200)]})
    found = considered(series, "Forecast sales for the next 12 steps.").reading
    assert (found.task, found.refused) == ("forecast", "")


def test_a_name_that_is_not_there_is_told_before_what_is_wrong_with_the_data(
    table: pl.DataFrame, considered: Consider
) -> None:
    with pytest.raises(BadInput, match="'chrun'"):
        considered(table.head(30), target="chrun")


def test_no_model_is_asked_about_what_is_refused(table: pl.DataFrame, considered: Consider) -> None:
    with serving(ModelServer()) as server:
        models = Models(ModelSpec("openai", "played", server.url))
        door = Door(models, DoorOptions(patience=Patience(tries=1, timeout_s=5)), environment={})
        with pytest.raises(BadInput):
            considered(table, WORDS, colleague=Colleague(door=door), group_column="house")
        assert considered(table, WORDS, colleague=Colleague(door=door), target="day").reading.refused
        assert considered(table.head(30), WORDS, colleague=Colleague(door=door)).reading.refused
        door.close()
        assert server.requests == []


@pytest.mark.parametrize(("column", "words"), [("items", "identifiers"), ("mixed", "no kind of problem can learn")])
def test_a_named_column_that_nothing_can_learn_is_the_cause_and_no_kind_that_is_not_built(
    table: pl.DataFrame, considered: Consider, column: str, words: str
) -> None:
    found = considered(table, "We run a phone company. Which customers will leave next month?", target=column).reading
    assert f"target column {column!r}" in found.refused
    assert words in found.refused


def test_words_for_a_kind_that_is_not_built_stay_the_cause_where_the_column_can_be_learnt(
    table: pl.DataFrame, considered: Consider
) -> None:
    found = considered(table, "How long until a customer leaves us? Some have not left yet.", target="churn").reading
    assert (found.task, found.refused, found.label) == ("survival", "", None)


def test_two_options_of_a_choice_are_refused_before_the_question_is_asked(
    table: pl.DataFrame, considered: Consider
) -> None:
    found = considered(table, f"{VAGUE} Serve it with FastAPI or with BentoML.").reading
    assert "--set serving=" in found.refused
    assert found.asks == ()


def test_a_kind_that_is_not_built_is_refused_before_the_data_are_read_and_read_all_the_same(
    table: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table.write_csv("people.csv")
    with pytest.raises(NotBuiltYet, match="forecasts"):
        agent_graph.new(VAGUE, "people.csv", task="forecast")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["people.csv"]
    assert agent_graph.read(VAGUE, "people.csv", task="forecast").task == "forecast"


def test_what_is_refused_is_read_all_the_same_and_says_so(
    table: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    table.head(30).write_csv("people.csv")
    with pytest.raises(BadInput, match="30 rows"):
        agent_graph.new(WORDS, "people.csv")
    with pytest.raises(BadInput, match="30 rows"):
        show({"statement": WORDS, "data": ["people.csv"], "target": "churn"}, as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert (document["target"], document["asks"]) == ("churn", [])
    assert "30 rows" in document["refused"]


def test_a_folder_that_can_not_be_made_is_refused_before_the_data_are_read(
    table: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table.write_csv("people.csv")
    with pytest.raises(BadInput, match=r"/proc can't be written.*--out"):
        agent_graph.new(VAGUE, "people.csv", out="/proc/x")
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"], "nor is anything left of trying it"
