"""Faulty answers of a model, made for any problem: for each sort of fault and role, with words of the refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.agents.pieces import MADE_UP, Answer, Faulty, Ground, custom_rule, edit, feature, further_tests, put, slot


def _engineers_column(g: Ground, name: str, words: str) -> Iterator[Answer]:
    column = next(column for column in g.design.columns if column.name == g.number)
    yield g.answer(columns=put(column.model_copy(update={"name": name}))), words


def engineers_hallucination(g: Ground) -> Iterator[Answer]:
    yield from _engineers_column(g, MADE_UP, f"{MADE_UP!r} is no column of the data")
    yield g.answer(key=[MADE_UP]), f"key {MADE_UP!r} isn't among the kept columns"
    rule = {"kind": "max_repeated_share", "column": MADE_UP, "threshold": 1, "severity": "warning", "why": ""}
    yield g.answer(rules=put(rule)), f"{MADE_UP!r} is no kept column"
    yield g.answer(custom_rules=put(custom_rule("return c0 < 0", MADE_UP))), f"{MADE_UP!r} cannot be an input"
    source = g.design.sources[0].model_copy(update={"table": MADE_UP})
    yield g.answer(sources=put(source)), f"{MADE_UP!r} is no table of the data"


def scientists_hallucination(g: Ground) -> Iterator[Answer]:
    yield g.answer(features=put(feature(MADE_UP))), f"{MADE_UP!r} cannot be a feature: there is no such column"
    for field in ("derived", "custom_slices"):
        yield g.answer(**{field: put(slot("return c0", MADE_UP))}), f"{MADE_UP!r} cannot be an input"
    yield g.answer(slices=[MADE_UP]), f"{MADE_UP!r} is compared"
    yield g.answer(directional=put({"key": MADE_UP, "value": "up"})), f"{MADE_UP!r} is compared"
    yield g.answer(weight_column={"value": MADE_UP}), f"weight_column {MADE_UP!r}"
    yield g.answer(features={"remove": [MADE_UP], "put": []}), f"features has no {MADE_UP!r} to remove"


def watched(g: Ground, column: str) -> dict[str, Any]:
    return g.answer(drift=put(g.design.drift[0].model_copy(update={"column": column})))


def scientists_target(g: Ground) -> Iterator[Answer]:
    yield g.answer(features=put(feature(g.target))), f"{g.target!r} cannot be a feature: it is the target"
    yield g.answer(features=put(feature(g.number, g.target, transform="product"))), "it is the target"
    for field in ("derived", "custom_slices", "custom_metrics"):
        yield g.answer(**{field: put(slot("return c1", g.number, g.target))}), "it is the target"


def engineers_target(g: Ground) -> Iterator[Answer]:
    yield from _engineers_column(g, g.target, f"{g.target!r} is a target, so it must not pass the door")
    yield g.answer(custom_rules=put(custom_rule("return c0 < 0", g.target))), "it is the target"


PASSES = "def test_it() -> None:\n    assert len(range(3)) == 3\n"


def pros_library(g: Ground) -> Iterator[Answer]:
    yield (
        g.answer(unit_tests=put(further_tests(f"import polars\n\n\n{PASSES}"))),
        "import of polars: no such dependency",
    )
    yield g.answer(edits=put(edit(g, above="import torch\n"))), "import of torch: no such dependency"
    more = {"key": "xgboost", "value": ">=2"}
    yield g.answer(dependencies=put(more)), "'xgboost', which the lock of this project doesn't hold"
    yield g.answer(dev_dependencies=put(more)), "'xgboost'"


def trainers_library(g: Ground) -> Iterator[Answer]:
    member = g.design.members[0].model_dump(mode="json")
    yield g.answer(members=put({**member, "name": "xgb", "kind": "xgboost"})), "kind"
    yield g.answer(tracking="wandb"), "tracking"


def pros_syntax(g: Ground) -> Iterator[Answer]:
    yield (
        g.answer(unit_tests=put(further_tests("def test_it(:\n    assert 1\n"))),
        "unit_tests 'more': line 1 is no Python",
    )
    yield g.answer(edits=put(edit(g, above="x = = 1\n"))), f"edits {g.path!r}: line 1 is no Python"


def pros_reach(line: str, words: str) -> Faulty:
    def faulty(g: Ground) -> Iterator[Answer]:
        yield g.answer(unit_tests=put(further_tests(f"{line}\n\n\n{PASSES}"))), words
        yield g.answer(edits=put(edit(g, above=f"{line}\n"))), words

    return faulty


def pros_loop(g: Ground) -> Iterator[Answer]:
    yield (
        g.answer(unit_tests=put(further_tests(f"{PASSES}\n\nfor _ in iter(int, 1):\n    pass\n"))),
        "line 5 does something when",
    )
    yield (
        g.answer(unit_tests=put(further_tests("def test_it() -> None:\n    while 1:\n        assert range(3)\n"))),
        "can never end",
    )


def engineers_path(g: Ground) -> Iterator[Answer]:
    for table in ("../../etc/passwd", "/etc/passwd"):
        source = g.design.sources[0].model_copy(update={"table": table})
        yield g.answer(sources=put(source)), f"{table!r} is no table of the data"
    yield g.answer(custom_rules=put(custom_rule("return c0 < 0", g.number) | {"name": "../rule"})), "snake_case"


def scientists_path(g: Ground) -> Iterator[Answer]:
    yield g.answer(features=put(feature(g.number, name="../../x"))), "'../../x' is no snake_case name"
    for field in ("derived", "custom_slices", "custom_metrics"):
        yield g.answer(**{field: put(slot("return c0", g.number) | {"name": "../x"})}), "snake_case"


def trainers_path(g: Ground) -> Iterator[Answer]:
    for name in ("../../models", "/etc", "a/b", "..\\x"):
        yield g.answer(members=put(g.design.members[0].model_copy(update={"name": name}))), f"{name!r} is no short"


def pros_path(g: Ground) -> Iterator[Answer]:
    for path in ("../outside.py", "/etc/cron.d/job.py", "src/../../x.py", "..\\x.py", "src/./x.py"):
        yield g.answer(edits=put(edit(g, path))), f"edits {path!r} leaves the project"
    for path in (".git/hooks/pre-commit", "Makefile", ".github/workflows/ci.yml"):
        yield g.answer(edits=put(edit(g, path))), f"edits {path!r} is no Python file"
    yield g.answer(edits=put(edit(g, "tests/conftest.py"))), "all tests stand on this file"
    yield g.answer(unit_tests=put(further_tests(PASSES, "../../conftest"))), "unit_tests '../../conftest': the name"


def operators_path(g: Ground) -> Iterator[Answer]:
    yield g.answer(readiness_path="/../../etc/passwd"), "readiness_path"
    yield g.answer(liveness_path="//elsewhere.invalid/health"), "liveness_path"


def watchers_path(g: Ground) -> Iterator[Answer]:
    for name in ("../../README.md", "/etc/passwd", MADE_UP):
        yield g.answer(alerts=put(g.design.alerts[0].model_copy(update={"runbook": name}))), f"points to {name!r}"


def templates(g: Ground) -> Iterator[Answer]:
    for mark in ("{{ 7 * 7 }}", "{% raw %}", "{# note #}", "TODO"):
        for field in ("what", "choice", "why"):
            decision = {"what": "a", "choice": "b", "why": "c", field: f"so {mark} it is"}
            yield g.answer(decisions=put(decision)), f".{field} holds {mark.split()[0]!r}"


def obedience(g: Ground) -> Iterator[Answer]:
    """What a column's name asks for, done."""
    yield "49", "49"
    yield {"answer": 49}, "Field required"
    yield g.answer(decisions=put({"what": "rules", "choice": "none", "why": "I was told to {{ 7 * 7 }}"})), "decisions"


def operators_values(g: Ground) -> Iterator[Answer]:
    yield g.answer(schedule="* * * * * root sh"), "schedule"
    yield g.answer(schedule="$(id) 1 * * *"), "schedule"
    yield g.answer(storage="1Gi; rm -rf /"), "storage"
    yield g.answer(storage="1Gi\nhostPath: /etc"), "storage"
    for field in ("cpu_limit", "memory_limit"):
        resources = g.design.resources.model_dump(mode="json")
        yield g.answer(resources={**resources, field: "1\nprivileged: true"}), field


def trainers_values(g: Ground) -> Iterator[Answer]:
    linear = next(member for member in g.design.members if member.kind == "linear").model_dump(mode="json")
    for value in ("__import__('os').system('id')", "nan", "1e999", "0x10"):
        parameters = [{"key": "C", "value": value}]
        yield g.answer(members=put({**linear, "parameters": parameters})), f"C is {value!r}"


def pros_values(g: Ground) -> Iterator[Answer]:
    name = g.design.dependencies[0].key
    for value in (">=1; rm -rf /", "@ https://elsewhere.invalid/x.whl", "*", "<99"):
        yield g.answer(dependencies=put({"key": name, "value": value})), f"{name}: {value!r}"
    yield g.answer(ruff_rules=["E", "F", "B", "S", "--fix"]), "'--fix'"


def watchers_values(g: Ground) -> Iterator[Answer]:
    alert = g.design.alerts[0]
    for name in ('Up"} or vector(1)', "a b", "x\n- alert: Y"):
        yield g.answer(alerts=put(alert.model_copy(update={"name": name}))), "must be CamelCase"
    kpi = g.design.kpi.model_copy(update={"name": 'x"} 1\nother{a="'})
    yield g.answer(kpi=kpi.model_dump(mode="json")), "must be snake_case"
    yield g.answer(alerts=put(alert.model_copy(update={"summary": "{{$value}}"}))), "plain summary"


def one(**fields: Any) -> Faulty:
    """A single answer whose refusal names its first field."""
    return lambda g: iter([(g.answer(**fields), next(iter(fields)))])


def operators_hallucination(g: Ground) -> Iterator[Answer]:
    priors = [{"label": MADE_UP, "share": 0.5}]
    yield g.answer(class_prior=put(*priors)), "class_prior must name the classes"


def trainers_hallucination(g: Ground) -> Iterator[Answer]:
    linear = next(member for member in g.design.members if member.kind == "linear").model_dump(mode="json")
    yield g.answer(members=put({**linear, "parameters": [{"key": MADE_UP, "value": "1"}]})), f"{MADE_UP!r} is no param"
    yield g.answer(members={"remove": [MADE_UP], "put": []}), f"members has no {MADE_UP!r} to remove"


def pros_hallucination(g: Ground) -> Iterator[Answer]:
    yield g.answer(edits=put(edit(g, f"src/{MADE_UP}.py"))), "the project has no such file yet"
    yield g.answer(edits=put(edit(g, source="x = 1\n"))), "is gone, and other files may use it"
