"""Names and values that try to become code, and tables made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from agent_graph.errors import AgentGraphError

MARK = "BOOM"  # stands in every hostile text, where it would be a name if the text became code
ATTACKS = (
    f'"); {MARK}(); ("', f"'); {MARK}(); ('", f'"""\n{MARK}()\n"""', f"\\\n{MARK}()", f"{{{{ {MARK} }}}}",
    f"{{% raw %}}{MARK}", f"{{# {MARK} #}}", f"x\n- {MARK}: y", f"&{MARK} *{MARK}", f"!!python/name:{MARK}",
    f"\u2028{MARK}()", f"\r{MARK}()", f"# {MARK}", f"$({MARK})", f"`{MARK}`", f"${{{MARK}}}",
    f"</script><script>{MARK}()", f"%({MARK})s {{0}}", f"'; drop table {MARK}; --", f"../../{MARK}",
    f"\x1b[2J{MARK}", f"\u202e{MARK}", f"{MARK}: yes", f"- {MARK}", f"{MARK} = 1", f"ä𝔘{MARK}", f"f'{{{MARK}}}'",
    f"lambda: {MARK}", f"class {MARK}: pass", f"]\n{MARK} = [1", f"\x00{MARK}", f"\ufeff{MARK}", f"yes{MARK}",
    f"{MARK}\\",
)  # fmt: skip
SIGNS = st.characters(exclude_categories=("Cs",))
TEXTS = st.one_of(
    st.sampled_from(ATTACKS),
    st.text(SIGNS, min_size=1, max_size=20).map(lambda text: f"{text}{MARK}"),
    st.builds("{}{}".format, st.sampled_from(ATTACKS), st.text(SIGNS, max_size=5)),
).filter(lambda text: bool(text.strip()))


def clear(error: AgentGraphError) -> bool:
    """Whether this is what a person may be told of their input: a text, and the exit code of bad input."""
    return error.exit_code == 2 and bool(str(error).strip())


Bounded = Callable[[Callable[..., Any]], Callable[..., Any]]


def bounded(examples: int) -> Bounded:
    """The same examples in every run, and no more than these."""
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )  # fmt: skip


@st.composite
def columns(draw: st.DrawFn, rows: int) -> pl.Series:
    """A column of one of many types, some of it missing."""
    kind = draw(st.sampled_from(("whole", "real", "words", "levels", "truth", "days", "moments", "empty", "one")))
    seed = draw(st.integers(0, 1000))
    places = pl.Series(range(rows))
    numbers = (places * 7919 + seed) % (rows + 13)
    levels = draw(st.lists(TEXTS, min_size=2, max_size=4, unique=True))
    made = {
        "whole": lambda: numbers,
        "real": lambda: numbers / 7,
        "words": lambda: pl.Series([f"{levels[0]} {number}" for number in numbers]),
        "levels": lambda: pl.Series([levels[number % len(levels)] for number in numbers]),
        "truth": lambda: numbers % 2 == 0,
        "days": lambda: (numbers + 15_000).cast(pl.Date),
        "moments": lambda: ((numbers + 15_000) * 86_400_000_000).cast(pl.Datetime("us")),
        "empty": lambda: pl.Series([None] * rows, dtype=pl.String),
        "one": lambda: pl.Series([levels[0]] * rows),
    }[kind]()
    every = draw(st.sampled_from((0, 0, 3, 10)))
    return (
        made if not every else pl.Series([None if k % every == 0 else v for k, v in enumerate(made)], dtype=made.dtype)
    )


@st.composite
def tables(draw: st.DrawFn, rows: int = 90) -> pl.DataFrame:
    """Two to six columns of mixed types under hostile names."""
    names = draw(st.lists(TEXTS, min_size=2, max_size=6, unique=True))
    return pl.DataFrame({name: draw(columns(rows)) for name in names})
