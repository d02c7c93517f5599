"""Notes are understood as far as the rules reach, carried out within the role's rule, and checked on the design."""

from __future__ import annotations

import pytest

from agent_graph.artifacts import FeatureDesign, RoleName, Slot
from agent_graph.roles import BY_NAME, ROLES
from tests.feedback.conftest import DOTTED, INJECTION, UNICODE, Desk, account, applied, note, understand
from tests.feedback.notes import NEW, PUZZLING, REFUSED, Expected


@pytest.mark.parametrize(("role", "sentence", "expected"), NEW, ids=lambda each: each if isinstance(each, str) else "")
def test_a_sentence_is_understood_carried_out_and_found_followed(
    desk: Desk, role: RoleName, sentence: str, expected: Expected
) -> None:
    inputs, plain, told = desk.inputs[role], desk.playbook[role], note(role, sentence)
    wishes, puzzles = understand(told, inputs)
    assert tuple((wish.kind, wish.subjects, wish.value) for wish in wishes) == expected
    assert puzzles == ()
    assert {each.verdict for each in account(told, plain, inputs).wishes} == {"not followed"}
    made, undone = applied(role, plain, wishes, inputs)
    assert undone == ()
    BY_NAME[role].rule(made, inputs)
    assert all(each.verdict == "followed" and each.evidence for each in account(told, made, inputs).wishes)
    added = made.decisions[len(plain.decisions) :]  # type: ignore[attr-defined]
    assert sum("asked for in review" in each.why for each in added) == len(wishes)


@pytest.mark.parametrize(("role", "sentence", "kind", "reason"), REFUSED, ids=lambda each: str(each)[:40])
def test_what_cannot_be_done_is_undone_with_the_reason(
    desk: Desk, role: RoleName, sentence: str, kind: str, reason: str
) -> None:
    inputs, plain, told = desk.inputs[role], desk.playbook[role], note(role, sentence)
    wishes, puzzles = understand(told, inputs)
    assert [wish.kind for wish in wishes] == [kind]
    assert puzzles == ()
    made, undone = applied(role, plain, wishes, inputs)
    assert made == plain
    assert [wish for wish, _ in undone] == list(wishes)
    assert reason in undone[0][1]
    assert account(told, made, inputs).wishes[0].verdict == "not followed"


@pytest.mark.parametrize(("role", "sentence", "hint"), PUZZLING, ids=lambda each: str(each)[:40])
def test_what_is_not_understood_is_said_and_changes_nothing(
    desk: Desk, role: RoleName, sentence: str, hint: str
) -> None:
    inputs, plain, told = desk.inputs[role], desk.playbook[role], note(role, sentence)
    wishes, puzzles = understand(told, inputs)
    assert wishes == ()
    assert sentence.rstrip("?") in " ".join(puzzles)
    assert hint in " ".join(puzzles)
    assert applied(role, plain, wishes, inputs) == (plain, ())
    assert account(told, plain, inputs).not_understood == puzzles


@pytest.mark.parametrize("role", BY_NAME)
def test_every_role_is_told_at_least_eight_kinds_of_things(role: RoleName) -> None:
    assert len({kind for named, _, expected in NEW if named == role for kind, _, _ in expected}) >= 8


def test_every_kind_of_wish_is_looked_up_in_one_way_only() -> None:
    for table in (role.wishes for role in ROLES):
        for kind in table:
            judges = [each.judge for each in table if each.name == kind.name]
            assert all(judge == judges[0] for judge in judges), kind.name


def test_a_note_of_several_sentences_is_understood_piece_by_piece(desk: Desk) -> None:
    told = note(
        "data_scientist", "Don't use gender. Add ratios of the bills to the tenure, and use 10 folds; make it nice"
    )
    wishes, puzzles = understand(told, desk.inputs["data_scientist"])
    assert [(wish.kind, wish.subjects) for wish in wishes] == [
        ("leave_out", ("gender",)),
        ("ratio", ("MonthlyCharges", "tenure")),
        ("ratio", ("TotalCharges", "tenure")),
        ("folds", ()),
    ]
    assert puzzles == ("make it nice",)


def test_the_good_half_of_a_sentence_is_kept_and_the_other_half_is_said(desk: Desk) -> None:
    wishes, puzzles = understand(note("data_scientist", "Do not use gender, and foo."), desk.inputs["data_scientist"])
    assert [wish.subjects for wish in wishes] == [("gender",)]
    assert puzzles == ("foo (no column is called 'foo')",)


def test_a_wish_after_a_reason_is_not_lost(desk: Desk) -> None:
    text = "Drop gender because it is unfair and add MonthlyCharges per tenure."
    wishes, puzzles = understand(note("data_scientist", text), desk.inputs["data_scientist"])
    assert [wish.kind for wish in wishes] == ["leave_out", "ratio"]
    assert puzzles == ()


def test_columns_that_only_a_reason_names_are_left_alone_and_that_is_said(desk: Desk) -> None:
    text = "Drop gender because it correlates with tenure"
    wishes, puzzles = understand(note("data_scientist", text), desk.inputs["data_scientist"])
    assert [wish.subjects for wish in wishes] == [("gender",)]
    assert "taken as a reason" in puzzles[0]


@pytest.mark.parametrize("name", [UNICODE, DOTTED, INJECTION])
@pytest.mark.parametrize(
    "sentence", ["drop {}", 'Leave out "{}", please.', "{} must not be used", "use no gender and drop {}"]
)
def test_hostile_names_are_names(desk: Desk, name: str, sentence: str) -> None:
    inputs, plain = desk.inputs["data_scientist"], desk.playbook["data_scientist"]
    told = note("data_scientist", sentence.format(name))
    wishes, _ = understand(told, inputs)
    assert (name,) in [wish.subjects for wish in wishes]
    made, undone = applied("data_scientist", plain, [wish for wish in wishes if wish.subjects == (name,)], inputs)
    assert undone == ()
    assert isinstance(made, FeatureDesign)
    assert name not in made.columns_used


def test_marks_of_templates_in_a_note_do_not_reach_the_design(desk: Desk) -> None:
    inputs, plain = desk.inputs["data_scientist"], desk.playbook["data_scientist"]
    told = note("data_scientist", "Drop gender because {{ 7 * 7 }} TODO")
    made, undone = applied("data_scientist", plain, understand(told, inputs)[0], inputs)
    assert undone == ()
    assert "{{" not in made.decisions[-1].model_dump_json()  # type: ignore[attr-defined]


def test_a_column_that_is_left_out_leaves_nothing_behind(desk: Desk) -> None:
    inputs, plain = desk.inputs["data_scientist"], desk.playbook["data_scientist"]
    assert isinstance(plain, FeatureDesign)
    text = "predictions must not depend on tenure; compare by tenure; add the log of tenure"
    fuller, undone = applied("data_scientist", plain, understand(note("data_scientist", text), inputs)[0], inputs)
    assert undone == ()
    assert "tenure" in fuller.invariant
    made, undone = applied(
        "data_scientist", fuller, understand(note("data_scientist", "drop tenure"), inputs)[0], inputs
    )
    assert undone == ()
    assert "tenure" not in made.columns_used | set(made.slices) | set(made.invariant)
    assert "tenure" not in {setting.key for setting in made.directional}
    assert "tenure" in {decision.what for decision in made.dropped}


def test_a_column_read_by_code_counts_as_used(desk: Desk) -> None:
    inputs, plain = desk.inputs["data_scientist"], desk.playbook["data_scientist"]
    assert isinstance(plain, FeatureDesign)
    slot = Slot(name="own", inputs=("gender",), source="def own(gender):\n    return gender == 'male'\n", why="x")
    hidden = plain.model_copy(
        update={"features": tuple(f for f in plain.features if "gender" not in f.columns), "derived": (slot,)}
    )
    found = account(note("data_scientist", "don't use gender"), hidden, inputs).wishes[0]
    assert found.verdict == "not followed"
    assert "own" in found.evidence


def test_a_pair_in_code_is_not_believed(desk: Desk) -> None:
    inputs, plain = desk.inputs["data_scientist"], desk.playbook["data_scientist"]
    slot = Slot(
        name="own", inputs=("MonthlyCharges", "tenure"), source="def own(a, b):\n    return a + b\n", why="the ratio"
    )
    told = note("data_scientist", "add monthly charges per tenure")
    found = account(told, plain.model_copy(update={"derived": (slot,)}), inputs).wishes[0]
    assert found.verdict == "not checked"


def test_a_wish_that_a_later_one_contradicts_is_reported(desk: Desk) -> None:
    inputs, plain = desk.inputs["data_scientist"], desk.playbook["data_scientist"]
    told = note("data_scientist", "drop TotalCharges and add the ratio of TotalCharges to tenure")
    _, undone = applied("data_scientist", plain, understand(told, inputs)[0], inputs)
    assert [wish.kind for wish, _ in undone] == ["leave_out"]
    assert "a later wish undid it" in undone[0][1]


def test_a_metric_is_judged_on_the_problem(desk: Desk) -> None:
    inputs, plain, told = (
        desk.inputs["data_scientist"],
        desk.playbook["data_scientist"],
        note("data_scientist", "optimise F1"),
    )
    assert account(told, plain, inputs).wishes[0].verdict == "not followed"
    problem = inputs.problem.model_copy(update={"metric": "f1"})
    assert account(told, plain, inputs.model_copy(update={"problem": problem})).wishes[0].verdict == "followed"


def test_alerts_follow_the_objective_that_they_rest_on(desk: Desk) -> None:
    inputs, plain = desk.inputs["observability"], desk.playbook["observability"]
    told = note("observability", "availability 99 %")
    made, _ = applied("observability", plain, understand(told, inputs)[0], inputs)
    burning = next(alert for alert in made.alerts if alert.name == "ErrorBudgetBurnsFast")  # type: ignore[attr-defined]
    assert "> 0.144" in burning.expression


def test_an_alert_that_waits_longer_is_proven_later(desk: Desk) -> None:
    inputs, plain = desk.inputs["observability"], desk.playbook["observability"]
    told = note("observability", "drift alerts after 30 minutes")
    made, _ = applied("observability", plain, understand(told, inputs)[0], inputs)
    alert = next(alert for alert in made.alerts if alert.name == "DriftDetected")  # type: ignore[attr-defined]
    assert (alert.for_minutes, alert.proven_at_minutes) == (30, 35)
    assert alert.fires_on[0].values == "1x40"


def test_a_stricter_bar_than_the_one_asked_for_stays(desk: Desk) -> None:
    inputs, plain = desk.inputs["python_pro"], desk.playbook["python_pro"]
    told = note("python_pro", "start within 2 seconds")
    made, undone = applied("python_pro", plain, understand(told, inputs)[0], inputs)
    assert undone == ()
    assert made.startup_seconds == 0.5  # type: ignore[attr-defined]
