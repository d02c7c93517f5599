"""Whatever a person writes: nothing raises, and the design keeps its rule."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_graph.artifacts import ROLE_NAMES, RoleName
from agent_graph.profiling.names import lexicon
from agent_graph.roles import BY_NAME
from tests.feedback.conftest import DOTTED, INJECTION, UNICODE, Desk, account, applied, note, understand
from tests.feedback.notes import NEW, PUZZLING, REFUSED

WORDS = sorted(lexicon(
    "don't use not no drop add only ratio of to per and , . ; or but because if at least most 5 0.5 -3 % ms s min GB"
    " twice half every weekly on with between log missing AUC loss tenure gender charges Contract Churn customerID"
    " cache alert after PSI replicas trials folds 1e9 999999999999999999999 nan inf {{ }} \" ' ` ( ) / = >= rm -rf"
))  # fmt: skip
PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from([UNICODE, DOTTED, INJECTION]),
    st.sampled_from([sentence for _, sentence, *_ in (*NEW, *REFUSED, *PUZZLING)]),
    st.text(max_size=20),
)
NOTES = st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=14).map(" ".join))
RELAXED = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@RELAXED
@given(role=st.sampled_from(ROLE_NAMES), text=NOTES)
def test_any_text_is_read_and_the_design_keeps_its_rule(desk: Desk, role: RoleName, text: str) -> None:
    inputs, plain, told = desk.inputs[role], desk.playbook[role], note(role, text)
    wishes, puzzles = understand(told, inputs)
    assert all(isinstance(each, str) and each for each in puzzles)
    made, undone = applied(role, plain, wishes, inputs)
    BY_NAME[role].rule(made, inputs)
    unkept = {wish for wish, _ in undone}
    for each in account(told, made, inputs).wishes:
        assert (each.verdict == "not followed") == (each.wish in unkept), (each, undone)


@pytest.mark.parametrize("piece", ["drop x and ", "5 % "])
def test_a_very_long_note_is_given_up_and_its_end_is_said_to_be_unread(desk: Desk, piece: str) -> None:
    lines = "\n".join([piece * (400 // len(piece))] * 110)
    wishes, puzzles = understand(note("observability", lines), desk.inputs["observability"])
    assert wishes == ()
    assert "the note " in puzzles[-1]
