"""The faults that a role can meet with its model: which role meets which stands in `MEETS`.

A fault of the way is a step of the server; a fault of the design is a list of answers, each with words of its refusal.
"""

from __future__ import annotations

from agent_graph.artifacts import ROLE_NAMES
from tests.agents.faulty import (
    engineers_hallucination,
    engineers_path,
    engineers_target,
    obedience,
    one,
    operators_hallucination,
    operators_path,
    operators_values,
    pros_hallucination,
    pros_library,
    pros_loop,
    pros_path,
    pros_reach,
    pros_syntax,
    pros_values,
    scientists_hallucination,
    scientists_path,
    scientists_target,
    templates,
    trainers_hallucination,
    trainers_library,
    trainers_path,
    trainers_values,
    watched,
    watchers_path,
    watchers_values,
)
from tests.agents.pieces import MADE_UP, Faulty, in_code
from tests.llm import server as play
from tests.llm.server import Step, says

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
    "deep nesting": play.raw(b"data: " + b"[" * 50_000 + b"\n\n"),
    "unicode garbage": play.raw(b"\xff\xfe\x00garbage\xc3\x28" * 50),
}
PATIENCE_S = {"time-out": 0.2}  # what never comes isn't waited for as long as what comes late on a busy machine
DESIGN: dict[str, dict[str, Faulty]] = {
    "hallucinated column": {
        "data_engineer": engineers_hallucination,
        "data_scientist": scientists_hallucination,
        "observability": lambda g: iter([(watched(g, MADE_UP), f"{MADE_UP!r} is not among")]),
    },
    "hallucinated name": {
        "ml_engineer": trainers_hallucination,
        "python_pro": pros_hallucination,
        "mlops": operators_hallucination,
    },
    "target as feature": {
        "data_engineer": engineers_target,
        "data_scientist": scientists_target,
        "observability": lambda g: iter([(watched(g, g.target), f"{g.target!r} is not among")]),
    },
    "unknown library": {
        **in_code(("import torch\n\n\n", "return c0 < 0", "import of torch: no such dependency")),
        "ml_engineer": trainers_library,
        "python_pro": pros_library,
        "mlops": one(serving="flask"),
        "observability": one(monitoring="datadog"),
    },
    "syntax error": {
        **in_code(("", "return c0 <", "line 2 is no Python"), ("", "return c0\n  x", "is no Python")),
        "python_pro": pros_syntax,
        "mlops": one(schedule="every day"),
    },
    "infinite loop in a slot": {
        **in_code(("", "while True:\n        c0 = c0 + 1\n    return c0", "can never end")),
        "python_pro": pros_loop,
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
        "python_pro": pros_reach("import os", "import of os isn't allowed here"),
    },
    "a slot that opens a socket": {
        **in_code(("import socket\n\n\n", "return c0 < socket.AF_INET", "import of socket isn't allowed here")),
        "python_pro": pros_reach("import urllib.request", "import of urllib.request isn't allowed here"),
    },
    "a path outside the project": {
        "data_engineer": engineers_path,
        "data_scientist": scientists_path,
        "ml_engineer": trainers_path,
        "python_pro": pros_path,
        "mlops": operators_path,
        "observability": watchers_path,
    },
    "code in a plain value": {
        "ml_engineer": trainers_values,
        "python_pro": pros_values,
        "mlops": operators_values,
        "observability": watchers_values,
    },
    "template injection": dict.fromkeys(ROLE_NAMES, templates),
    "prompt injection in a column name": dict.fromkeys(ROLE_NAMES, obedience),
}
MEETS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(WIRE, ROLE_NAMES),
    **{fault: tuple(roles) for fault, roles in DESIGN.items()},
}
