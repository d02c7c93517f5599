"""What is read from statements in ten languages and many trades, and what is left alone."""

from __future__ import annotations

import pytest

from agent_graph.intake.wishes import read_wishes, steps_ahead
from agent_graph.intake.wishes.numerals import run_value
from agent_graph.intake.wishes.page import Page


@pytest.mark.parametrize(
    ("statement", "key", "value"),
    [
        ("Which pumps fail next? Ops deploys with GH Actions onto k8s.", "ci", "github_actions"),
        ("Which pumps fail next? Ops deploys with GH Actions onto k8s.", "platform", "kubernetes"),
        ("Welche Pumpe fällt aus? Das läuft bei uns auf dem Airflow-Server.", "orchestration", "airflow"),
        ("We are on AWS with Airflow. Which pumps fail next?", "orchestration", "airflow"),
        ("Which pumps fail next? we use airflow for everything.", "orchestration", "airflow"),
        ("Les tables sont dans Redshift et nous voulons des scores.", "cloud", "aws"),
        ("Los datos están en BigQuery y queremos saber quién se va.", "cloud", "gcp"),
        ("Gira su AKS e non deve costare molto.", "cloud", "azure"),
        ("Geen cloud alstublieft, alles draait op onze eigen servers.", "cloud", "none"),
        ("Os dados não podem sair do hospital e nós queremos prever as altas.", "deployment", "on_premises"),
        ("Nie ma tam internetu, więc to musi działać na telefonie.", "deployment", "edge"),
        ("Svaret ska komma inom 80 ms och det är för kassan.", "latency_ms", "80"),
        ("Model Kubernetes'te çalışacak ve sonuçlar MLflow'da dursun.", "tracking", "mlflow"),
        ("The training must be done in ten minutes on a laptop.", "budget_s", "600"),
    ],
)
def test_a_tool_a_place_or_a_limit_is_read(statement: str, key: str, value: str) -> None:
    assert read_wishes(statement).value(key) == value


@pytest.mark.parametrize(
    ("statement", "key"),
    [
        ("No Docker please, the admin can't stand it.", "container"),
        ("We don't use Airflow, somebody types it in by hand.", "orchestration"),
        ("Wir wollen das ohne Kubernetes und ohne viel Aufwand.", "platform"),
        ("The airflow in the duct is measured in m3/h; predict the pressure drop.", "orchestration"),
        ("Columns: temperature, airflow and humidity. Airflow drops when the filter is full.", "orchestration"),
        ("The headmaster's prefect gathers a feast of comets with a spark in his eye.", "orchestration"),
        ("The container ship takes 20 days from port to port.", "container"),
        ("Commuters whose train takes 90 minutes or more.", "budget_s"),
    ],
)
def test_what_is_turned_away_or_means_something_else_is_no_wish(statement: str, key: str) -> None:
    assert read_wishes(statement).value(key) is None


def test_a_tool_that_is_turned_away_is_told_as_declined() -> None:
    assert [one.value for one in read_wishes("No Docker please, use Podman.").declined] == ["docker"]


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("Our surveyors can only visit 45 dams before winter. Which ones?", 45),
        ("Wir haben nur Platz für dreißig Kinder. Welche brauchen es am meisten?", 30),
        ("200 seniors were asked about their sleep. Who sleeps badly?", None),
        ("We measured 500 genes in 60 mice. Which tumours grow?", None),
    ],
)
def test_how_many_are_acted_on_is_no_number_of_the_data(statement: str, wanted: int | None) -> None:
    assert read_wishes(statement).act.top_k == wanted


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("Eighty parcels. That's all the budget allows. Who gets one?", 80),
        ("Rank the dishes, the top 20 go on the board.", 20),
        ("Geef me de tien vreemdste facturen van dit jaar.", 10),
        ("Wir haben Zeit für 40 Gespräche, mehr nicht. Mit wem reden wir?", 40),
        ("Quero montar a noite com as trinta mais caras do catálogo.", 30),
        ("A sala é pequena, cabem 12. Quem devo convidar para o curso?", 12),
        ("We are hiring 25 drivers in May. Which applicants will stay?", 25),
    ],
)
def test_what_fits_or_is_the_highest_degree_is_how_many_are_acted_on(statement: str, wanted: int) -> None:
    assert read_wishes(statement).act.top_k == wanted


@pytest.mark.parametrize(
    ("statement", "key", "wanted"),
    [
        ("The queue has to know within a tenth of a second.", "latency_ms", 100.0),
        ("Promise the customer a time that we keep nine times out of ten.", "quantile", 0.9),
        ("Tell me roughly between which limits, nine times out of ten.", "interval", 0.9),
        ("Dame un precio con un abanico donde caigan nueve de cada diez ventas.", "interval", 0.9),
        ("What will it cost? And let me see what it hangs on.", "explain", True),
        ("Bitte auch die Wirkung der Merkmale ausweisen.", "explain", True),
        ("Show how it performs race by race.", "per_group", "Show how it performs race by race"),
        ("Queremos as vendas porque a loja fecha.", "explain", False),
        ("Bitte die nächsten vier Wochen für jedes Land getrennt.", "per_group", ""),
    ],
)
def test_what_is_done_with_the_answer_is_read(statement: str, key: str, wanted: object) -> None:
    assert getattr(read_wishes(statement).act, key) == wanted


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("Which patients return? Split by patient.", "group"),
        ("Split by date, please.", "time"),
        ("Wer kündigt? Bitte nach Kunde aufteilen.", "group"),
        ("Qui va partir ? Séparez les lignes par client.", "group"),
        ("¿Quién se irá? Dividid los datos por cliente.", "group"),
        ("Chi se ne andrà? Suddividere i dati per cliente.", "group"),
        ("Wie gaat weg? Splits de gegevens per klant.", "group"),
        ("Quem vai sair? Dividir os dados por cliente.", "group"),
        ("Kto odejdzie? Proszę podzielić dane według klienta.", "group"),
        ("Vem slutar? Dela upp data efter kund.", "group"),
        ("Hangi müşteriler gidecek, bir liste lazım. Veriyi müşteriye göre bölün.", "group"),
        ("Train on before 2023, test after.", "time"),
        ("Entraînez sur tout ce qui précède 2023 et testez sur la suite, nous le voulons ainsi.", "time"),
        ("Träna på allt före 2023 och testa på det som kom efter.", "time"),
        ("The company was split by its founders in 2019. Which customers leave?", ""),
        ("Break the bill down by customer. How much will each pay?", ""),
        ("Wir teilen uns die Arbeit nach Regionen. Wer kündigt?", ""),
    ],
)
def test_a_split_by_something_named_is_read_in_ten_languages(statement: str, kind: str) -> None:
    assert read_wishes(statement).split.kind == kind


@pytest.mark.parametrize(
    ("statement", "costs"),
    [
        ("Missing one costs ten times a wasted call.", (1.0, 10.0)),
        ("A false alarm is four times as bad as a missed one.", (4.0, 1.0)),
        ("Ein unnötiger Besuch kostet 30 Euro, ein übersehener Fall 600.", (30.0, 600.0)),
        (
            "Turning away a good customer loses us the margin, lending to a bad one loses about five times as much.",
            (1.0, 5.0),
        ),
        ("Una visita per niente è un viaggio di un'ora; non mandarne una malata è sei volte peggio.", (1.0, 6.0)),
        ("Meglio dieci controlli inutili che uno mancato, per noi.", (1.0, 10.0)),
    ],
)
def test_costs_stand_in_the_order_false_alarm_and_miss(statement: str, costs: tuple[float, float]) -> None:
    assert read_wishes(statement).act.costs == costs


@pytest.mark.parametrize(
    ("statement", "share"),
    [
        ("Give me a range that holds four times out of five.", 0.8),
        ("Wir brauchen eine Spanne, in der es neun von zehn Mal liegt.", 0.9),
        ("I need the price with error bars.", 0.0),
        ("How many beds do we need?", None),
    ],
)
def test_a_range_has_the_share_that_is_said(statement: str, share: float | None) -> None:
    assert read_wishes(statement).act.interval == share


def test_steps_follow_from_the_tables_frequency() -> None:
    ahead = read_wishes("What will we sell in the next two years?").horizon
    assert (ahead.count, ahead.unit) == (2.0, "year")
    assert [steps_ahead(ahead, each) for each in ("month", "quarter", "year")] == [24, 8, 2]
    weeks = read_wishes("Bitte die nächsten vier Wochen, Tag für Tag.").horizon
    assert (steps_ahead(weeks, "day"), weeks.cadence) == (28, "day")


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("Learn on the older seasons, test it on the most recent ones.", "time"),
        ("It is for hospitals that are not in the file.", "group"),
        ("The same patient must not be on both sides.", "group"),
        ("How tall will the tree get?", ""),
    ],
)
def test_on_what_it_is_tested_is_read_only_where_it_is_said(statement: str, kind: str) -> None:
    assert read_wishes(statement).split.kind == kind


def test_a_metric_is_read_by_its_name_or_by_what_is_meant() -> None:
    assert read_wishes("Judge it by PR AUC please.").metric[0].value == "pr_auc"
    assert "f1_macro" in [one.value for one in read_wishes("The rare kinds must not be forgotten.").metric]


def test_every_thing_found_stands_in_the_statement() -> None:
    statement = "Top 40 names, with reasons, on AWS, in under 50 ms; a missed one costs ten times a wasted call."
    wished = read_wishes(statement)
    for one in (*wished.stack, *wished.act_found):
        assert statement[one.start : one.end] == one.words
        assert 0 < one.confidence <= 1
    assert wished.act.top_k == 40
    assert wished.act.explain


@pytest.mark.parametrize(
    ("words", "language", "value"),
    [
        ("twenty five", "en", 25), ("funfundzwanzig", "de", 25), ("quatre vingt dix sept", "fr", 97),
        ("treinta y cinco", "es", 35), ("venticinque", "it", 25), ("tweehonderdvijftig", "nl", 250),
        ("vinte e cinco", "pt", 25), ("dwadziescia piec", "pl", 25), ("tjugofem", "sv", 25), ("yirmi bes", "tr", 25),
    ],
)  # fmt: skip
def test_numbers_in_words_are_read(words: str, language: str, value: float) -> None:
    found = run_value(words.split(), 0, language)
    assert found is not None
    assert found[0] == value


def test_amounts_become_signs_of_a_line() -> None:
    assert Page("Nine in ten, 20 ms, $5 and 3 GB.").line == "<p0> , <t1> , <m2> and <b3> . "


def test_when_it_is_asked_and_what_a_row_is_are_told_in_the_persons_words() -> None:
    wished = read_wishes("One row per flight. Tell us before the plane leaves, not after.")
    assert wished.moment is not None
    assert wished.moment.value == "before the plane leaves"
    assert wished.unit is not None
    assert wished.unit.value == "flight"
