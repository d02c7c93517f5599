"""What the reader is asked about a statement: its answer is one of a closed list, so no text in it can lead astray."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agent_graph.llm import Weighing
from agent_graph.llm.fence import visible
from agent_graph.prompting import environment

NONE = "none of them"  # a candidate like the columns: that no column holds the answer
OPENING = '{"column": "'
MOST_STATEMENT = 1_500  # characters
MOST_COLUMNS = 60  # the first ones; the others are not among the candidates
FEW = 12  # distinct values: so many are a choice, of which three are shown; of more, one
NUMBER_WIDTH, WORD_WIDTH = 8, 12  # characters of a value that are shown


def which_column(statement: str, columns: Mapping[str, Sequence[str]], label: str = "which column") -> Weighing:
    """The question which column is to be predicted, to be asked by `likelihoods`.

    `columns` hold the distinct values of each as text, the most frequent first: more than FEW if there are more. The
    candidates are the first MOST_COLUMNS columns in their order, then NONE. They are shown in both orders.
    """
    shown = list(columns)[:MOST_COLUMNS]
    told = [(visible(name), _examples(columns[name])) for name in shown]
    template = environment().get_template
    words, page = _cut(statement), template("intake/which_column.task.md.jinja")
    tasks = tuple(page.render(statement=words, columns=order).strip() for order in _orders(told))
    system = template("intake/which_column.system.md.jinja").render(nothing=NONE)
    return Weighing(label, system.strip(), tasks, (*shown, *(() if NONE in shown else (NONE,))), OPENING)


def _orders(told: Sequence[tuple[str, str]]) -> Iterator[Sequence[tuple[str, str]]]:
    """The columns in their order and the other way round: a small model likes what stands first."""
    yield told
    if len(told) > 1:
        yield told[::-1]


def _cut(statement: str) -> str:
    return "\n".join(visible(line) for line in statement[:MOST_STATEMENT].splitlines()).strip()


def _examples(values: Sequence[str]) -> str:
    given = [value for value in values if value]
    width = NUMBER_WIDTH if given and all(map(_is_number, given)) else WORD_WIDTH
    words = ", ".join(visible(value[:width]) for value in given[: 1 if len(given) > FEW else 3])
    return f" {words}" if words else ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
