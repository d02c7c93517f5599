"""Lies that stand in texts are caught on the committed example, and their honest twins are left alone."""

from __future__ import annotations

from collections import Counter

from evals.trust.projects import example, judging
from evals.trust.projects.catalogue import PAIRS, SAMPLE
from evals.trust.projects.pair import Pair, all_of


def test_the_catalogue_is_large_its_names_are_its_own_and_its_twins_are_there() -> None:
    names = Counter(pair.name for pair in PAIRS)
    assert len(PAIRS) >= 60
    assert [name for name, count in names.items() if count > 1] == []
    assert names.keys() >= SAMPLE
    assert {pair.room for pair in PAIRS if pair.name in SAMPLE} == set(example.ROOMS)
    assert sum(pair.honest is not None for pair in PAIRS) >= 0.8 * len(PAIRS)


def test_the_lies_of_the_sample_are_caught_and_its_twins_raise_no_alarm() -> None:
    said: list[str] = []
    caught, clean = judging.run(True, said.append)
    assert (caught.verdict, clean.verdict) == ("passed", "passed"), (caught.faults, clean.faults)
    assert caught.of == clean.of == len(SAMPLE)
    assert said


def test_a_lie_that_no_check_sees_and_a_twin_that_is_none_are_told() -> None:
    good = example.Example()
    lie = next(pair for pair in PAIRS if pair.name == "a pod that runs as root")
    honest = Pair("an honest one called a lie", "mlops text", "pods_hardened", all_of(), lie.lie)
    assert "passed" in (judging._missed(good, honest) or "")
    assert "root" in (judging._alarms(good, "mlops text", [honest])[honest.name] or "")
