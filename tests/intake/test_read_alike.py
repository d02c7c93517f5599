"""The generated project reads a file as people write it as the host does, and as the plain sealed part."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from agent_graph import profiling
from tests.intake.foreign import made, read_by_host, read_by_project

Writer = Callable[[random.Random], str]


def german(number: float, places: int = 2) -> str:
    return f"{number:,.{places}f}".translate(str.maketrans(",.", ".,"))


def report(dice: random.Random) -> str:
    """A German spreadsheet's report: title, units, money, marks, a total and a signature."""
    lines = [
        "Auswertung;;;;;;",
        ";;;;;;",
        "Nummer;Gebiet;Betrag;Gewicht;Temperatur;Express;Kosten",
        ";;[€];[kg];[°C];;[€]",
    ]
    for k in range(260):
        sum_, weight = dice.lognormvariate(7, 1), dice.uniform(0.1, 40)
        degrees = "-999" if k % 17 == 0 else german(dice.gauss(12, 6), 1)
        lines.append(
            f"R-{k:04d};{dice.choice(['Nord', 'nord ', 'Süd'])};{german(sum_)} €;{german(weight, 3)};{degrees};"
            f"{dice.choice(['Ja', 'ja', 'N', 'Nein', 'k.A.'])};"
            f"{german(sum_ / 7 + weight) + ' €' if k % 40 else '-999,00 €'}"
        )
    return "\r\n".join([*lines, ";;;;;;", "Summe;;1.234.567,10 €;;;;", "Erstellt von: Versand;;;;;;"]) + "\r\n"


def bookings(dice: random.Random) -> str:
    """Clerks' spellings, zones, kilometres, days of a spreadsheet, and a card number of twenty digits."""
    lines = ["card,slot,made_date,unit,distance,fee,came"]
    for k in range(260):
        day = dt.datetime(2023, 1, 2, 7) + dt.timedelta(hours=29 * k)
        fee = dice.choice([f"${dice.uniform(1, 4000):,.2f}", "$-", f"(${dice.uniform(1, 900):,.2f})"])
        lines.append(
            f"{10**19 + 37 * k},{day:%d.%m.%Y %H:%M} {'CEST' if 3 < day.month < 11 else 'CET'},{44_900 + k % 80},"
            f'{dice.choice(["Eye Clinic", "eye clinic", "heart"])},{dice.uniform(0, 30):.1f} km,"{fee}",'
            f"{dice.choice(['Yes', 'y', 'YES ', 'No', 'n', 'unknown'])}"
        )
    return "\n".join(lines) + "\n"


def sensors(dice: random.Random) -> str:
    """A French logger: comments, months in words, spaces between thousands, -200 and 9999-12-31 for nothing."""
    lines = ["# capteur 3, version 2", "jour;gaz;humidité;fin;taux;benzène"]
    months = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ]
    for k in range(260):
        gas = f"{dice.uniform(800, 4000):,.1f}".replace(",", "\u202f").replace(".", ",") if k % 13 else "-200"
        end = "9999-12-31" if k % 3 == 0 else f"2023-0{k % 9 + 1}-11"
        rate = f"{dice.uniform(0, 9):.1f} %".replace(".", ",")
        benzene = "offline" if k % 29 == 0 else str(k % 23)
        lines.append(f"{k % 28 + 1} {months[k % 12]} 2022;{gas};{k % 90};{end};{rate};{benzene}")
    return "\n".join([*lines, "", "Source: notre réseau"]) + "\n"


@pytest.mark.parametrize(
    ("writer", "target", "encoding"),
    [(report, "Kosten", "cp1252"), (bookings, "came", "utf-8"), (sensors, "benzène", "utf-16")],
)
def test_project_and_host_read_a_file_alike(tmp_path: Path, writer: Writer, target: str, encoding: str) -> None:
    given = tmp_path / "given.csv"
    given.write_bytes(writer(random.Random(7)).encode(encoding))  # noqa: S311
    state, root = made(tmp_path / "made", given, target)
    raw, plain = read_by_project(root, given, Path(state["sealed"].open_dir))
    host = read_by_host(profiling.profile([str(given)])).filter(pl.col(target).is_not_null())
    assert len(raw) == len(host)
    assert set(plain["fingerprint"]) <= set(raw["fingerprint"])  # the same row is known in both forms
    labels = pl.Series("label", host[target]).cast(raw["__label__"].dtype)
    assert raw["__label__"].equals(labels.alias("__label__"))
    for column in state["data"].columns:
        of_project, of_host = raw[column.name], host[column.name]
        if of_project.dtype.is_numeric():
            of_project, of_host = of_project.fill_nan(None), of_host.cast(pl.Float64)
        elif column.datetime_format == "serial-day":
            of_host = dt.datetime(1899, 12, 30) + pl.Series(of_host).cast(pl.Duration("us")) * 86_400_000_000
        elif of_project.dtype.is_temporal():
            of_host = of_host.cast(of_project.dtype)
        assert of_project.equals(of_host.alias(column.name).cast(of_project.dtype)), column.name
    both = pl.concat([plain, raw.filter(~pl.col("fingerprint").is_in(plain["fingerprint"].implode()))], how="vertical")
    key = ["fingerprint"]
    assert both.drop("__row__").sort(key).equals(raw.drop("__row__").sort(key))


def test_a_plain_table_gives_the_project_no_module_for_other_forms(tmp_path: Path) -> None:
    given = tmp_path / "given.csv"
    given.write_text("\n".join(["a,b,y", *(f"{k},{k % 7},{'yes' if k % 3 else 'no'}" for k in range(90))]) + "\n")
    _, root = made(tmp_path / "made", given, "y")
    assert not (root / "src" / "project_of_files" / "data" / "plain.py").exists()
    assert "written" not in (root / "config" / "data.yaml").read_text()
