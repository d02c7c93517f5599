"""Bad data: files that are none, tables that are none, targets that can't be learned."""
# ruff: noqa: E501 (a case a line)

from __future__ import annotations

import gzip
import io
import json
import os
import socket
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from evals.trust.inputs.case import Case, given, new, only_read, table, write

PLAIN = table()
PARQUET = io.BytesIO()
pl.read_csv(io.StringIO(PLAIN)).write_parquet(PARQUET)
TWO = "regional.csv", "customers.csv"


def lines(*more: object) -> str:
    """JSON lines of the same table, `more` put in the middle."""
    rows = [json.dumps(row) for row in pl.read_csv(io.StringIO(PLAIN)).to_dicts()]
    return "\n".join([*rows[:60], *(part if isinstance(part, str) else json.dumps(part) for part in more), *rows[60:]])


def pipe(folder: Path) -> Sequence[str]:
    os.mkfifo(folder / "customers.csv")
    return new()


def listening(folder: Path) -> Sequence[str]:
    with socket.socket(socket.AF_UNIX) as door:
        here = os.getcwd()
        os.chdir(folder)  # a socket's path may have 107 signs
        door.bind("customers.csv")
        os.chdir(here)
    return new()


def folder_named_csv(folder: Path) -> Sequence[str]:
    (folder / "customers.csv").mkdir()
    return new()


def folder_without_tables(folder: Path) -> Sequence[str]:
    (folder / "data").mkdir()
    write(folder / "data" / "notes.md", "# nothing")
    return new(data="data")


def loop_of_links(folder: Path) -> Sequence[str]:
    (folder / "data").mkdir()
    (folder / "data" / "again").symlink_to(folder / "data")
    (folder / "data" / "a.csv").symlink_to(folder / "data" / "b.csv")
    (folder / "data" / "b.csv").symlink_to(folder / "data" / "a.csv")
    return new(data="data")


def dangling_link(folder: Path) -> Sequence[str]:
    (folder / "customers.csv").symlink_to(folder / "gone.csv")
    return new()


def pipe_in_folder(folder: Path) -> Sequence[str]:
    (folder / "data").mkdir()
    os.mkfifo(folder / "data" / "a.csv")
    return new(data="data")


def two_tables(left: str, right: str, *more: str) -> object:
    def make(folder: Path) -> Sequence[str]:
        write(folder / "customers.csv", left)
        write(folder / "regions.csv", right)
        return new("--data", "regions.csv", *more)

    return make


def parts_that_differ(folder: Path) -> Sequence[str]:
    (folder / "data").mkdir()
    write(folder / "data" / "1.csv", PLAIN)
    write(folder / "data" / "2.csv", table(extra=lambda k: k))
    return new(data="data")


def parts_of_two_formats(folder: Path) -> Sequence[str]:
    (folder / "data").mkdir()
    write(folder / "data" / "1.csv", PLAIN)
    write(folder / "data" / "2.parquet", PARQUET.getvalue())
    return new(data="data")


def unquoted(name: str) -> str:
    """The header's `bill` replaced."""
    return PLAIN.replace("bill", name, 1)


TARGET = ("--target", "churn")
LEVELS = table(tenure=lambda k: f"t{k % 7}", bill=lambda k: f"b{k % 5}")
FILES = (
    Case("an empty file", given(""), "customers.csv", "give a table"),
    Case("a file of blank lines", given("\n\n\n\n"), "customers", "give|at least|add"),
    Case("a byte-order mark and nothing else", given(b"\xef\xbb\xbf"), "customers", "give|at least"),
    Case("a header only", given("tenure,plan,churn\n"), "customers", "give the data"),
    Case("one row", given(table(1)), "customers", "50"),
    Case("thirty rows", given(table(30)), "30 rows", "at least 50"),
    Case("one column", given("churn\n" + "yes\nno\n" * 60), "customers", "at least two"),
    Case("no header", given("\n".join(f"{k},{k * 2}" for k in range(99))), "no header", "add a line"),
    Case("a column name twice", given(PLAIN.replace("bill", "plan", 1)), "'plan'", "own name"),
    Case("a nameless column", given(unquoted("")), "column 3", "name it"),
    Case("a column named by spaces", given(unquoted("   ")), "column 3", "name it"),
    Case("12,000 columns", given(",".join(f"c{k}" for k in range(12_000)) + ("\n" + ",".join("1" * 12_000)) * 60),
         "12,000 columns", "10,000"),
    Case("garbage named .csv", given(bytes(range(256)) * 40), "customers.csv", "export"),
    Case("random bytes named .csv", given(b"".join((k * k).to_bytes(4, "big") for k in range(9000))),
         "customers", "export|correct|write it again|own name"),
    Case("a picture named .csv", given(b"\x89PNG\r\n\x1a\n" + bytes(99)), "PNG", "export"),
    Case("an Excel workbook named .csv", given(b"PK\x03\x04" + bytes(99)), "Excel", "export"),
    Case("a program named .csv", given(Path("/bin/true").read_bytes()), "a program", "export"),
    Case("a cut gzip", given(gzip.compress(PLAIN.encode())[:300], name="c.csv.gz"), "c.csv.gz", "check the file"),
    Case("a gzip with a wrong checksum", given(gzip.compress(PLAIN.encode())[:-8] + bytes(8), name="c.csv.gz"),
         "c.csv.gz", "check|write"),
    Case("a gzip of a gzip", given(gzip.compress(gzip.compress(PLAIN.encode())), name="c.csv.gz"),
         "c.csv.gz", "export|unpack"),
    Case("a cut Parquet", given(PARQUET.getvalue()[:500], name="c.parquet"), "c.parquet|'c'", "correct|export"),
    Case("a Parquet with a broken footer", given(PARQUET.getvalue()[:-60] + bytes(60), name="c.parquet"),
         "'c'|c.parquet", "correct|export"),
    Case("a text named .parquet", given(PLAIN, name="c.parquet"), "c.parquet", "export it again"),
    Case("a Parquet of a header only", given(b"PAR1PAR1", name="c.parquet"), "'c'|c.parquet", "correct|export"),
    Case("mixed encodings", given(b"\xef\xbb\xbf" + PLAIN.encode() + b"1,\xff\xfe,3,yes\n" * 30),
         "customers", "write it again|UTF-8|correct"),
    Case("UTF-16 that ends in half a sign", given(PLAIN.encode("utf-16") + b"\x41"), "customers.csv", "UTF-8"),
    Case("NUL bytes in a cell", given(PLAIN.encode().replace(b",a,", b",\0a,")), "customers", "export"),
    Case("10 MB in one line", given("x" * 10_000_000), "customers.csv", "give a table with rows"),
    Case("10 MB in one cell of the header", given(unquoted("y" * 10_000_000)), "customers.csv", "give a table with rows"),
    Case("a quote never closed", given(PLAIN.replace(",a,", ',"a,', 1)), "customers", "correct"),
    Case("a quote never closed in the header", given(PLAIN.replace("plan", '"plan', 1)), "customers", "correct|give|close"),
    Case("a row too long", given(PLAIN.replace(",a,", ",a,9,9,", 1)), "customers.csv", "correct that line"),
    Case("a row too short", given(PLAIN.replace(",a,", ",", 1)), "customers.csv", "correct that line"),
    Case("JSON lines with a broken line", given(lines('{"tenure": 3, "pl'), name="c.jsonl"), "c.jsonl|'c'", "correct"),
    Case("JSON lines of two shapes", given(lines({"tenure": {"years": 3}, "plan": []}), name="c.jsonl"),
         "c.jsonl|'c'|column", "correct"),
    Case("JSON that is one number", given("42", name="c.json"), "c.json|'c'", "correct|give|at least"),
    Case("nested JSON, not lines", given(json.dumps({"rows": [{"a": 1}] * 99}, indent=1), name="c.json"),
         "c.json|'c'", "correct|one object a line|at least two are needed"),
    Case("JSON 5,000 deep", given("[" * 5000 + "]" * 5000, name="c.json"), "c.json|'c'", "correct"),
    Case("a folder without tables", folder_without_tables, "/data'", "point at"),
    Case("a folder of links in a loop", loop_of_links, "'data'|data", "point at"),
    Case("a link to nothing", dangling_link, "customers.csv", "check the path"),
    Case("a pipe", pipe, "customers.csv", "point at|give"),
    Case("a pipe in a folder", pipe_in_folder, "data", "point at|give"),
    Case("a socket", listening, "customers.csv", "point at|give"),
    Case("/dev/zero", lambda folder: new(data="/dev/zero"), "/dev/zero", "point at|give"),
    Case("/dev/null", lambda folder: new(data="/dev/null"), "/dev/null", "point at|give"),
    Case("/proc/self/mem", lambda folder: new(data="/proc/self/mem"), "/proc/self/mem", "permissions|point at|give"),
    Case("a folder named .csv", folder_named_csv, "customers.csv", "point at"),
    Case("a web address", lambda folder: new(data="https://example.invalid/c.csv"), "example.invalid", "check|download"),
    Case("a file that isn't there", lambda folder: new(), "customers.csv", "check the path"),
    Case("a path of 5,000 signs", lambda folder: new(data="d/" * 2500), "d/d", "check the path|shorten"),
    Case("a pattern that matches nothing", lambda folder: new(data="*.csv"), r"\*\.csv", "check the pattern"),
    Case("parts with other columns", parts_that_differ, "2.csv", "one header"),
    Case("parts of two formats", parts_of_two_formats, "'data'", "one format"),
)  # fmt: skip
TABLES = (
    Case("a target that is empty", given(table(churn=lambda k: ""), *TARGET), "'churn'", "choose another"),
    Case("a target that is constant", given(table(churn=lambda k: "no"), *TARGET), "'churn'", "choose another"),
    Case("a target of 1,000 classes", given(table(1000, churn=lambda k: f"c{k}"), *TARGET), "'churn'", "choose another"),
    Case("one of two classes with one row", given(table(churn=lambda k: "usual" if k else "rare"), *TARGET),
         "'rare'", "merge it"),
    Case("a target that isn't there", given(PLAIN, "--target", "chrun"), "'chrun'", "did you mean 'churn'"),
    Case("a target in another table alone", two_tables(table(churn=lambda k: k), "plan,left\na,1\nb,2\nc,3\n", "--target", "left"),
         "'left'", "'regions'.*give that table first"),
    Case("a target that is a date", given(table(churn=lambda k: f"2024-01-{k % 28 + 1:02d}"), *TARGET), "'churn'", "choose"),
    Case("a target with infinite values", given(table(churn=lambda k: "inf" if k == 7 else k / 3), *TARGET),
         "'churn'", "replace them"),
    Case("a target of numbers and words", given(table(churn=lambda k: k if k % 9 else "much"), *TARGET), "'churn'", "choose|merge"),
    Case("a target of NaN", given(table(churn=lambda k: "NaN"), *TARGET), "'churn'", "choose another"),
    Case("infinite features", given(table(bill=lambda k: "-inf" if k == 50 else k / 4)), "'bill'", "replace them"),
    Case("a date that is none", given(table(day=lambda k: "31st of May" if k == 50 else f"2020-01-{k % 28 + 1:02d}")),
         "'day'", "correct or empty"),
    Case("no column of numbers to be asked for", given(LEVELS, "--task", "regression"), "'customers'", "choose another --task"),
    Case("no column that the metric judges", given(LEVELS, "--metric", "mae"), "'mae'", "choose one of"),
    Case("a time column of one moment", given(table(day=lambda k: "2024-05-01"), "--time-column", "day"),
         "'day'", "choose another"),
    Case("a time column of nothing", given(table(day=lambda k: ""), "--time-column", "day"), "'day'", "choose another"),
    Case("a time column of one moment but for five rows", given(table(day=lambda k: "2024-05-02" if k < 5 else "2024-05-01"), "--time-column", "day"),
         "'day'", "choose another"),
    Case("a target that few rows have", given(table(churn=lambda k: "yn"[k % 2] if k < 40 else ""), *TARGET), "'churn'", "at least 50"),
    Case("a date in the far future", given(table(day=lambda k: "2190-01-01" if k == 7 else f"2020-{k % 12 + 1:02d}-05"),
                                           "--time-column", "day"), "'day'", "correct|choose"),
    Case("only identifiers", given("id,uuid,churn\n" + "\n".join(f"{k},u{k},{'yn'[k % 2]}" for k in range(99))),
         "no column", "identifiers|give"),
    Case("a main table that can't be joined", two_tables(PLAIN, "colour,weight\nred,1.5\nblue,2.5\n" * 9),
         "'regions'", "leave that table out"),
    Case("the same file twice", lambda folder: [*given(PLAIN)(folder), "--data", "./customers.csv"], "customers.csv", "once"),
)  # fmt: skip
# What is strange and can be used all the same: each has to be accepted, so it is a table that ends elsewhere: with an
# unknown target, which is only looked for when the table was read.
UNKNOWN = tuple(
    Case(
        f"readable: {name}",
        given(content, "--target", "nowhere", name=file),
        "'nowhere'",
        "--target|did you mean|columns",
    )
    for name, content, file in (
        ("UTF-16", PLAIN.encode("utf-16"), "customers.csv"),
        ("gzip named .csv", gzip.compress(PLAIN.encode()), "customers.csv"),
        ("a Parquet named .csv", PARQUET.getvalue(), "customers.csv"),
        ("old Mac line ends", PLAIN.replace("\n", "\r\n"), "customers.csv"),
        ("a name of 10,000 signs", unquoted("b" * 10_000), "customers.csv"),
        ("a name of control signs", unquoted("b\x1b[31m\x07"), "customers.csv"),
        ("a name right to left", unquoted("\u202ellib"), "customers.csv"),
        ("a name that is SQL", unquoted("'; drop table x; --"), "customers.csv"),
        ("a name that is Jinja", unquoted("{{ cycler.__init__.__globals__.os.popen('id') }}"), "customers.csv"),
        ("a name that is Python", unquoted("__import__('os').system('id')"), "customers.csv"),
    )
)
# What can only be accepted with its own target is read and no more.
READ = (
    Case("readable: a class with one row beside two others", only_read(table(churn=lambda k: "ab"[k % 2] if k else "rare"), *TARGET),
         r"churn \(multiclass\)", "It would go on", code=0),
)  # fmt: skip
ACCEPTED = (*UNKNOWN, *READ)
CASES = (*FILES, *TABLES, *ACCEPTED)
