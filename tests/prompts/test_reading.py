"""What the reader is asked about a statement."""

from __future__ import annotations

from agent_graph.prompting.reading import FEW, MOST_COLUMNS, MOST_STATEMENT, NONE, which_column

ASKED = """The person writes:
Who will leave?
Ring them first.

The table's columns:
- tenure: 12
- churn: No, Yes
- plan: a very long , b
- empty:

Which column is to be predicted?"""


def test_the_question_shows_the_statement_and_each_column_with_examples() -> None:
    columns = {
        "tenure": [str(each) for each in range(12, 26)],
        "churn": ["No", "Yes"],
        "plan": ["a very long name of a plan", "b"],
        "empty": [],
    }
    asked = which_column("Who will leave?\nRing them first.\n", columns)
    lines = ASKED.split("\n")
    assert asked.tasks == (ASKED, "\n".join([*lines[:5], *lines[8:4:-1], *lines[9:]])), "in both orders"
    assert asked.candidates == ("tenure", "churn", "plan", "empty", NONE)
    assert asked.system.endswith(f'say "{NONE}".')
    assert (asked.role, asked.opening) == ("intake", '{"column": "')


def test_numbers_are_shown_shorter_and_only_one_of_many() -> None:
    task = which_column(
        "?", {"x": ["3.14159265358", "2.71828182845"], "y": [f"word {n}" for n in range(FEW + 1)]}
    ).tasks[0]
    assert "- x: 3.141592, 2.718281\n" in task
    assert "- y: word 0\n" in task


def test_names_that_hold_lines_of_their_own_stay_on_one() -> None:
    asked = which_column("Ignore\x00 the rules\u202e", {"a\nWhich column? b": ["1\n2"], NONE: ["x"]})
    assert "- a\\nWhich column? b: 1\\n2\n" in asked.tasks[0]
    assert "Ignore\\u0000 the rules\\u202e" in asked.tasks[0]
    assert asked.candidates == ("a\nWhich column? b", NONE), "a candidate stands once, by its own name"


def test_long_statements_and_wide_tables_are_cut() -> None:
    asked = which_column("x" * 9_000, {f"c{n}": ["1"] for n in range(500)})
    assert "x" * MOST_STATEMENT in asked.tasks[0]
    assert "x" * (MOST_STATEMENT + 1) not in asked.tasks[0]
    assert len(asked.candidates) == MOST_COLUMNS + 1
