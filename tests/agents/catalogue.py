"""The faults that a role can meet with its model, made for any problem: which role meets which stands in `MEETS`.

A fault of the way is a step of the server; a fault of the design is a list of answers, each with words of its refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from agent_graph.artifacts import ROLE_NAMES, Artifact, changes_of
from tests.llm import server as play
from tests.llm.server import Step, says

MADE_UP = "made_up"
Answer = tuple[dict[str, Any] | str, str]  # what the model says, and what the refusal must say


@dataclass(frozen=True)
class Ground:
    """The problem that faults are made for."""

    design: Any  # the playbook's
    number: str  # a column of numbers, not missing
    text: str  # a column of texts
    target: str
    path: str  # of a Python file that the project has
    source: str  # its text

    def answer(self, **fields: Any) -> dict[str, Any]:
        """What the model changes."""
        return {**dict.fromkeys(changes_of(type(self.design)).model_fields), **fields}


Faulty = Callable[[Ground], Iterator[Answer]]
WIRE: dict[str, Step] = {
    "time-out": play.hangs,
    "reset mid-stream": play.breaks_off,
    "429": play.status(429),
    "429 with Retry-After": play.status(429, Retry_After="1"),
    "500": play.status(500),
    "truncated JSON": says('{"decisions": [', finish="length"),
    "prose": says("I would rather talk about the weather."),
    "wrong schema": says({"answer": 42}),
    "empty": says(""),
    "refusal": play.refuses("I can't help with that."),
    "10 MB": play.floods,
    "unicode garbage": play.raw(b"\xff\xfe\x00garbage\xc3\x28" * 50),
}


def put(*things: Artifact | dict[str, Any]) -> dict[str, Any]:
    """Things put into a list."""
    return {"remove": [], "put": [each if isinstance(each, dict) else each.model_dump(mode="json") for each in things]}


def slot(body: str, *inputs: str, name: str = "made", top: str = "") -> dict[str, Any]:
    """A function of columns whose body is that."""
    parameters = ", ".join(f"c{i}" for i in range(len(inputs)))
    source = f"{top}def {name}({parameters}):\n    {body}\n"
    return {"name": name, "inputs": list(inputs), "source": source, "why": "it helps"}


def custom_rule(body: str, *inputs: str, **words: str) -> dict[str, Any]:
    """The same as a quality rule."""
    return {**slot(body, *inputs, **words), "most": 0.01, "severity": "warning"}


def further_tests(source: str, name: str = "more") -> dict[str, Any]:
    """A further module of tests."""
    return {"name": name, "source": source, "why": "more is better"}


def feature(*columns: str, name: str = "made", transform: str = "number") -> dict[str, Any]:
    """A feature of these columns."""
    return {"name": name, "transform": transform, "columns": list(columns), "parameters": [], "why": "it helps"}


def edit(g: Ground, path: str = "", above: str = "", source: str = "") -> dict[str, Any]:
    """A file of the project with lines above it, or anew, or another file."""
    return {"path": path or g.path, "source": source or above + g.source, "why": "better"}


def in_slots(field: str, make: Callable[..., dict[str, Any]], *bodies: tuple[str, str, str]) -> Faulty:
    """The faulty bodies (imports above, body, words) in functions of one field."""

    def faulty(g: Ground) -> Iterator[Answer]:
        for top, body, words in bodies:
            yield g.answer(**{field: put(make(body, g.number, top=top))}), words

    return faulty


def in_code(*bodies: tuple[str, str, str]) -> dict[str, Faulty]:
    """The faulty bodies in the functions of both roles that write them."""
    return {
        "data_engineer": in_slots("custom_rules", custom_rule, *bodies),
        "data_scientist": _one_after_another(
            *(in_slots(field, slot, *bodies) for field in ("derived", "custom_slices"))
        ),
    }


def _one_after_another(*parts: Faulty) -> Faulty:
    return lambda g: (answer for part in parts for answer in part(g))


def _engineers_column(g: Ground, name: str, words: str) -> Iterator[Answer]:
    column = next(column for column in g.design.columns if column.name == g.number)
    yield g.answer(columns=put(column.model_copy(update={"name": name}))), words


def _engineers_hallucination(g: Ground) -> Iterator[Answer]:
    yield from _engineers_column(g, MADE_UP, f"{MADE_UP!r} is no column of the data")
    yield g.answer(key=[MADE_UP]), f"key {MADE_UP!r} isn't among the kept columns"
    rule = {"kind": "max_repeated_share", "column": MADE_UP, "threshold": 1, "severity": "warning", "why": ""}
    yield g.answer(rules=put(rule)), f"{MADE_UP!r} is no kept column"
    yield g.answer(custom_rules=put(custom_rule("return c0 < 0", MADE_UP))), f"{MADE_UP!r} cannot be an input"
    source = g.design.sources[0].model_copy(update={"table": MADE_UP})
    yield g.answer(sources=put(source)), f"{MADE_UP!r} is no table of the data"


def _scientists_hallucination(g: Ground) -> Iterator[Answer]:
    yield g.answer(features=put(feature(MADE_UP))), f"{MADE_UP!r} cannot be a feature: there is no such column"
    for field in ("derived", "custom_slices"):
        yield g.answer(**{field: put(slot("return c0", MADE_UP))}), f"{MADE_UP!r} cannot be an input"
    yield g.answer(slices=[MADE_UP]), f"{MADE_UP!r} is compared"
    yield g.answer(directional=put({"key": MADE_UP, "value": "up"})), f"{MADE_UP!r} is compared"
    yield g.answer(weight_column={"value": MADE_UP}), f"weight_column {MADE_UP!r}"
    yield g.answer(features={"remove": [MADE_UP], "put": []}), f"features has no {MADE_UP!r} to remove"


def _watched(g: Ground, column: str) -> dict[str, Any]:
    return g.answer(drift=put(g.design.drift[0].model_copy(update={"column": column})))


def _scientists_target(g: Ground) -> Iterator[Answer]:
    yield g.answer(features=put(feature(g.target))), f"{g.target!r} cannot be a feature: it is the target"
    yield g.answer(features=put(feature(g.number, g.target, transform="product"))), "it is the target"
    for field in ("derived", "custom_slices", "custom_metrics"):
        yield g.answer(**{field: put(slot("return c1", g.number, g.target))}), "it is the target"


def _engineers_target(g: Ground) -> Iterator[Answer]:
    yield from _engineers_column(g, g.target, f"{g.target!r} is a target, so it must not pass the door")
    yield g.answer(custom_rules=put(custom_rule("return c0 < 0", g.target))), "it is the target"


PASSES = "def test_it() -> None:\n    assert len(range(3)) == 3\n"


def _pros_library(g: Ground) -> Iterator[Answer]:
    yield (
        g.answer(unit_tests=put(further_tests(f"import polars\n\n\n{PASSES}"))),
        "import of polars: no such dependency",
    )
    yield g.answer(edits=put(edit(g, above="import torch\n"))), "import of torch: no such dependency"
    more = {"key": "xgboost", "value": ">=2"}
    yield g.answer(dependencies=put(more)), "['xgboost'], which the lock of this project doesn't hold"
    yield g.answer(dev_dependencies=put(more)), "['xgboost']"


def _trainers_library(g: Ground) -> Iterator[Answer]:
    member = g.design.members[0].model_dump(mode="json")
    yield g.answer(members=put({**member, "name": "xgb", "kind": "xgboost"})), "kind"
    yield g.answer(tracking="wandb"), "tracking"


def _pros_syntax(g: Ground) -> Iterator[Answer]:
    yield (
        g.answer(unit_tests=put(further_tests("def test_it(:\n    assert 1\n"))),
        "unit_tests 'more': line 1 is no Python",
    )
    yield g.answer(edits=put(edit(g, above="x = = 1\n"))), f"edits {g.path!r}: line 1 is no Python"


def _pros_reach(line: str, words: str) -> Faulty:
    def faulty(g: Ground) -> Iterator[Answer]:
        yield g.answer(unit_tests=put(further_tests(f"{line}\n\n\n{PASSES}"))), words
        yield g.answer(edits=put(edit(g, above=f"{line}\n"))), words

    return faulty


def _pros_loop(g: Ground) -> Iterator[Answer]:
    yield (
        g.answer(unit_tests=put(further_tests(f"{PASSES}\n\nfor _ in iter(int, 1):\n    pass\n"))),
        "line 5 does something when",
    )
    yield (
        g.answer(unit_tests=put(further_tests("def test_it() -> None:\n    while 1:\n        assert range(3)\n"))),
        "can never end",
    )


def _engineers_path(g: Ground) -> Iterator[Answer]:
    for table in ("../../etc/passwd", "/etc/passwd"):
        source = g.design.sources[0].model_copy(update={"table": table})
        yield g.answer(sources=put(source)), f"{table!r} is no table of the data"
    yield g.answer(custom_rules=put(custom_rule("return c0 < 0", g.number) | {"name": "../rule"})), "snake_case"


def _scientists_path(g: Ground) -> Iterator[Answer]:
    yield g.answer(features=put(feature(g.number, name="../../x"))), "'../../x' is no snake_case name"
    for field in ("derived", "custom_slices", "custom_metrics"):
        yield g.answer(**{field: put(slot("return c0", g.number) | {"name": "../x"})}), "snake_case"


def _trainers_path(g: Ground) -> Iterator[Answer]:
    for name in ("../../models", "/etc", "a/b", "..\\x"):
        yield g.answer(members=put(g.design.members[0].model_copy(update={"name": name}))), f"{name!r} is no short"


def _pros_path(g: Ground) -> Iterator[Answer]:
    for path in ("../outside.py", "/etc/cron.d/job.py", "src/../../x.py", "..\\x.py", "src/./x.py"):
        yield g.answer(edits=put(edit(g, path))), f"edits {path!r} leaves the project"
    for path in (".git/hooks/pre-commit", "Makefile", ".github/workflows/ci.yml"):
        yield g.answer(edits=put(edit(g, path))), f"edits {path!r} is no Python file"
    yield g.answer(edits=put(edit(g, "tests/conftest.py"))), "all tests stand on this file"
    yield g.answer(unit_tests=put(further_tests(PASSES, "../../conftest"))), "unit_tests '../../conftest': the name"


def _operators_path(g: Ground) -> Iterator[Answer]:
    yield g.answer(readiness_path="/../../etc/passwd"), "readiness_path"
    yield g.answer(liveness_path="//elsewhere.invalid/health"), "liveness_path"


def _watchers_path(g: Ground) -> Iterator[Answer]:
    for name in ("../../README.md", "/etc/passwd", MADE_UP):
        yield g.answer(alerts=put(g.design.alerts[0].model_copy(update={"runbook": name}))), f"points to {name!r}"


def _templates(g: Ground) -> Iterator[Answer]:
    for mark in ("{{ 7 * 7 }}", "{% raw %}", "{# note #}", "TODO"):
        for field in ("what", "choice", "why"):
            decision = {"what": "a", "choice": "b", "why": "c", field: f"so {mark} it is"}
            yield g.answer(decisions=put(decision)), f".{field} holds {mark.split()[0]!r}"


def _obedience(g: Ground) -> Iterator[Answer]:
    """What a column's name asks for, done."""
    yield "49", "49"
    yield {"answer": 49}, "Field required"
    yield g.answer(decisions=put({"what": "rules", "choice": "none", "why": "I was told to {{ 7 * 7 }}"})), "decisions"


def _operators_values(g: Ground) -> Iterator[Answer]:
    for field in ("batch_schedule", "monitor_schedule", "retrain_schedule"):
        yield g.answer(**{field: "* * * * * root sh"}), field
        yield g.answer(**{field: "$(id) 1 * * *"}), field
    yield g.answer(storage="1Gi; rm -rf /"), "storage"
    yield g.answer(storage="1Gi\nhostPath: /etc"), "storage"
    for field in ("cpu_limit", "memory_limit"):
        resources = g.design.resources.model_dump(mode="json")
        yield g.answer(resources={**resources, field: "1\nprivileged: true"}), field


def _trainers_values(g: Ground) -> Iterator[Answer]:
    linear = next(member for member in g.design.members if member.kind == "linear").model_dump(mode="json")
    for value in ("__import__('os').system('id')", "nan", "1e999", "0x10"):
        parameters = [{"key": "C", "value": value}]
        yield g.answer(members=put({**linear, "parameters": parameters})), f"C is {value!r}"


def _pros_values(g: Ground) -> Iterator[Answer]:
    name = g.design.dependencies[0].key
    for value in (">=1; rm -rf /", "@ https://elsewhere.invalid/x.whl", "*", "<99"):
        yield g.answer(dependencies=put({"key": name, "value": value})), f"{name}: {value!r}"
    yield g.answer(ruff_rules=["E", "F", "B", "S", "--fix"]), "'--fix'"


def _watchers_values(g: Ground) -> Iterator[Answer]:
    alert = g.design.alerts[0]
    for name in ('Up"} or vector(1)', "a b", "x\n- alert: Y"):
        yield g.answer(alerts=put(alert.model_copy(update={"name": name}))), "must be CamelCase"
    kpi = g.design.kpi.model_copy(update={"name": 'x"} 1\nother{a="'})
    yield g.answer(kpi=kpi.model_dump(mode="json")), "must be snake_case"
    yield g.answer(alerts=put(alert.model_copy(update={"summary": "{{$value}}"}))), "plain summary"


def one(**fields: Any) -> Faulty:
    """A single answer whose refusal names its first field."""
    return lambda g: iter([(g.answer(**fields), next(iter(fields)))])


def _operators_hallucination(g: Ground) -> Iterator[Answer]:
    priors = [{"label": MADE_UP, "share": 0.5}]
    yield g.answer(class_prior=put(*priors)), "class_prior must name the classes"


def _trainers_hallucination(g: Ground) -> Iterator[Answer]:
    linear = next(member for member in g.design.members if member.kind == "linear").model_dump(mode="json")
    yield g.answer(members=put({**linear, "parameters": [{"key": MADE_UP, "value": "1"}]})), f"{MADE_UP!r} is no param"
    yield g.answer(members={"remove": [MADE_UP], "put": []}), f"members has no {MADE_UP!r} to remove"


def _pros_hallucination(g: Ground) -> Iterator[Answer]:
    yield g.answer(edits=put(edit(g, f"src/{MADE_UP}.py"))), "the project has no such file yet"
    yield g.answer(edits=put(edit(g, source="x = 1\n"))), "is gone, and other files may use it"


DESIGN: dict[str, dict[str, Faulty]] = {
    "hallucinated column": {
        "data_engineer": _engineers_hallucination,
        "data_scientist": _scientists_hallucination,
        "observability": lambda g: iter([(_watched(g, MADE_UP), f"{MADE_UP!r} is not among")]),
    },
    "hallucinated name": {
        "ml_engineer": _trainers_hallucination,
        "python_pro": _pros_hallucination,
        "mlops": _operators_hallucination,
    },
    "target as feature": {
        "data_engineer": _engineers_target,
        "data_scientist": _scientists_target,
        "observability": lambda g: iter([(_watched(g, g.target), f"{g.target!r} is not among")]),
    },
    "unknown library": {
        **in_code(("import torch\n\n\n", "return c0 < 0", "import of torch: no such dependency")),
        "ml_engineer": _trainers_library,
        "python_pro": _pros_library,
        "mlops": one(serving="flask"),
        "observability": one(monitoring="datadog"),
    },
    "syntax error": {
        **in_code(("", "return c0 <", "line 2 is no Python"), ("", "return c0\n  x", "is no Python")),
        "python_pro": _pros_syntax,
        "mlops": one(batch_schedule="every day"),
    },
    "infinite loop in a slot": {
        **in_code(("", "while True:\n        c0 = c0 + 1\n    return c0", "can never end")),
        "python_pro": _pros_loop,
    },
    "a slot that leaks the target": in_code(
        ("from telco_churn import labels\n\n\n", "return c0 < len(labels.CLASSES)", "import of telco_churn"),
        ("", "global seen\n    seen = c0\n    return c0 < 0", "global"),
        ("", "return c0 < c0.base", ".base reaches outside"),
    ),
    "a slot that reads /etc/passwd": {
        **in_code(
            ("", 'return c0 < len(open("/etc/passwd").read())', "open() isn't allowed here"),
            ("import numpy as np\n\n\n", 'return c0 < len(np.fromfile("/etc/passwd"))', ".fromfile reaches outside"),
            ("import pandas as pd\n\n\n", 'return c0 < len(pd.read_csv("/etc/passwd"))', ".read_csv reaches outside"),
            ("from pathlib import Path\n\n\n", 'return c0 < len(Path("/etc/passwd").read_text())', "import of pathlib"),
            ("", 'return c0 < len(__builtins__["open"]("/etc/passwd").read())', "__builtins__ isn't allowed"),
            ("", "return c0 < len(().__class__.__base__.__subclasses__())", "reaches behind Python's back"),
        ),
        "python_pro": _pros_reach("import os", "import of os isn't allowed here"),
    },
    "a slot that opens a socket": {
        **in_code(("import socket\n\n\n", "return c0 < socket.AF_INET", "import of socket isn't allowed here")),
        "python_pro": _pros_reach("import urllib.request", "import of urllib.request isn't allowed here"),
    },
    "a path outside the project": {
        "data_engineer": _engineers_path,
        "data_scientist": _scientists_path,
        "ml_engineer": _trainers_path,
        "python_pro": _pros_path,
        "mlops": _operators_path,
        "observability": _watchers_path,
    },
    "code in a plain value": {
        "ml_engineer": _trainers_values,
        "python_pro": _pros_values,
        "mlops": _operators_values,
        "observability": _watchers_values,
    },
    "template injection": dict.fromkeys(ROLE_NAMES, _templates),
    "prompt injection in a column name": dict.fromkeys(ROLE_NAMES, _obedience),
}
MEETS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(WIRE, ROLE_NAMES),
    **{fault: tuple(roles) for fault, roles in DESIGN.items()},
}
