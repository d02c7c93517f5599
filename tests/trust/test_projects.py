"""Lies that stand in texts are caught on the committed example, and their honest twins are left alone."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent_graph import register
from agent_graph.artifacts import ROLE_NAMES, Check
from agent_graph.bench import Findings
from evals.trust.projects import __main__ as by_name
from evals.trust.projects import dated, example
from evals.trust.projects import measure as judging
from evals.trust.projects.catalogue import NAMED, OPTIONS, PAIRS, SAMPLE, pairs
from evals.trust.projects.pair import Pair, all_of, replaced


def test_the_catalogue_is_large_its_names_are_its_own_and_its_twins_are_there() -> None:
    names = Counter(pair.name for pair in PAIRS)
    assert len(PAIRS) >= 60
    assert [name for name, count in names.items() if count > 1] == []
    assert names.keys() >= SAMPLE
    assert {pair.room for pair in PAIRS if pair.name in SAMPLE} == set(example.ROOMS)
    assert sum(pair.honest is not None for pair in PAIRS) >= 0.8 * len(PAIRS)


def test_the_lies_of_the_sample_are_caught_and_its_twins_raise_no_alarm() -> None:
    heard: list[str] = []
    caught, clean = judging.run(True, heard.append)
    assert (caught.verdict, clean.verdict) == ("passed", "passed"), (caught.faults, clean.faults)
    assert caught.of == clean.of == len(SAMPLE)
    assert heard


def test_a_lie_that_no_check_sees_and_a_twin_that_is_none_are_told() -> None:
    good = example.Example()
    lie = next(pair for pair in PAIRS if pair.name == "a pod that runs as root")
    honest = Pair("an honest one called a lie", "packaging", "pods_hardened", all_of(), lie.lie)
    assert "passed" in (judging._missed(good, honest) or "")
    assert "root" in (judging._alarms(good, "packaging", [honest])[honest.name] or "")


LIE = next(pair for pair in PAIRS if pair.name == "a pod that runs as root")


def said(monkeypatch: pytest.MonkeyPatch, verdict: bool | None, evidence: str, name: str = LIE.caught_by) -> None:
    """Every project from now on is told this of one check; None: it was not checked."""
    findings = Findings("mlops")
    findings.add(name, "not_checked" if verdict is None else verdict, evidence)
    checks: tuple[Check, ...] = tuple(findings.checks)
    monkeypatch.setattr(judging, "judged", lambda good, room, patch, chosen=None: patch(SimpleNamespace()) or checks)


@pytest.mark.parametrize(
    "evidence",
    [
        "Traceback (most recent call last): …",
        "train ended with 1: NameError: name 'np' is not defined",
        "ModuleNotFoundError: No module named 'levels'",
        "KeyError: 'chunk_rows'",
        "the project's rows, features, labels and folds could not be used together",
        "the service did not start",
    ],
)
def test_a_lie_that_only_crashes_is_not_caught_unless_the_crash_is_the_lie(
    monkeypatch: pytest.MonkeyPatch, evidence: str
) -> None:
    said(monkeypatch, False, evidence)
    lie = replace(LIE, lie=all_of())
    assert "it only broke" in (judging._missed(example.Example(), lie) or "")
    assert judging._missed(example.Example(), replace(lie, sign=re.escape(evidence))) is None
    assert "says no" in (judging._missed(example.Example(), replace(lie, sign="may run as root")) or "")


def test_a_lie_that_is_seen_for_what_it_is_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    said(monkeypatch, False, "prod: Deployment/telco-churn may run as root")
    assert judging._missed(example.Example(), replace(LIE, lie=all_of())) is None


@pytest.mark.parametrize(("verdict", "name"), [(None, LIE.caught_by), (True, "another_check")])
def test_a_twin_whose_check_said_nothing_was_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, verdict: bool | None, name: str
) -> None:
    said(monkeypatch, verdict, "no linter is here", name)
    twin = replace(LIE, honest=all_of())
    assert "it wasn't looked at" in (judging._alarms(example.Example(), "packaging", [twin])[twin.name] or "")
    said(monkeypatch, True, "nobody runs as root")
    assert judging._alarms(example.Example(), "packaging", [twin]) == {twin.name: None}


def test_the_everyday_choice_holds_every_room_and_every_lie_that_is_named() -> None:
    chosen = {pair.name for pair in judging.spread()}
    assert {pair.name for pair in PAIRS} >= NAMED
    assert chosen >= NAMED
    assert {pair.room for pair in judging.spread()} == {pair.room for pair in PAIRS}
    assert chosen >= {pair.name for pair in PAIRS if pair.room in example.ROOMS}
    assert len(chosen) == len(judging.spread())


def test_a_lie_whose_place_has_gone_is_told_and_the_others_are_still_tried() -> None:
    gone = replace(LIE, lie=replaced("Makefile", "no such line", ""))
    assert "out of date" in (judging._missed(example.Example(), gone) or "")


def test_the_second_project_is_made_of_the_same_tables_each_time_and_each_order_has_its_account() -> None:
    first, again = dated.tables(), dated.tables()
    assert all(first[name].equals(again[name]) for name in ("orders", "accounts"))
    assert first["orders"]["order_id"].n_unique() == dated.ROWS
    assert set(first["orders"]["account_id"]) <= set(first["accounts"]["account_id"])


def laid_by_options() -> dict[str, str]:
    """The files of the example that an option brought, each with the module where lies in it belong."""
    found = {}
    for choice in register.choices().values():
        files = register.options()[choice.name, choice.default].folder / "files"
        for path in files.rglob("*"):
            _, _, place = path.relative_to(files).as_posix().partition("/")
            name = place.replace("__package__", "telco_churn").removesuffix(".jinja")
            found[name] = f"{choice.name}_{choice.default}"
    return {name: module for name, module in found.items() if (example.TREE / name).is_file()}


def content(tree: Path) -> dict[Path, bytes]:
    """What lies in a checkout, by relative path."""
    return {path.relative_to(tree): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def put_back(tree: Path, good: dict[Path, bytes]) -> set[str]:
    """Make the checkout hold that again; the paths of what was other."""
    found = content(tree)
    changed = {path for path in {*good, *found} if good.get(path) != found.get(path)}
    for path in changed:
        if path in good:
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(good[path])
        else:
            (tree / path).unlink()
    return {path.as_posix() for path in changed}


def test_a_lie_in_the_file_of_an_option_lies_in_that_options_module() -> None:
    """So that an option that is taken away takes its lies with it."""
    options = laid_by_options()
    assert {Path("monitoring/prometheus/rules.yml"), Path("src/telco_churn/serving/app.py")} <= {*map(Path, options)}
    seen = Counter[str]()
    with example.Example().whole() as tree:
        good = content(tree)
        for part in (*ROLE_NAMES, OPTIONS):
            for pair in pairs(part):
                if pair.chosen is not None:
                    continue  # judged with files that the example hasn't got
                try:
                    pair.lie(tree)
                except FileNotFoundError:  # a lie of the second project
                    put_back(tree, good)
                    continue
                changed = put_back(tree, good)
                owners = {options[name] for name in changed & options.keys()}
                assert bool(owners) == (part == OPTIONS), (pair.name, changed)
                seen.update(owners)
        assert content(tree) == good
    assert len(seen) >= 5


def test_lies_are_tried_by_name_and_a_name_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert by_name.main(["a pod that runs as king"]) == 2
    assert by_name.main([]) == 1
    assert by_name.main(["a route to nobody"]) == 0
    monkeypatch.setattr(judging, "judged", lambda *given: ())
    assert by_name.main(["a route to nobody"]) == 1
