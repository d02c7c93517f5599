"""Every filled prompt is read as prose in review, fits its budget, and shares its first bytes with the others."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable
from typing import Any

import jinja2
import numpy as np
import pytest
from syrupy.assertion import SnapshotAssertion

from agent_graph.artifacts import ROLE_NAMES, UserEdit
from agent_graph.prompting import environment, prompt, tokens
from agent_graph.roles import BY_NAME
from tests.prompts.conftest import Desk, failed

LIMIT = 8_000


def test_the_system_message_reads_as_before(telco: Desk, snapshot: SnapshotAssertion) -> None:
    assert telco.prompt("data_engineer").system == snapshot


@pytest.mark.parametrize("name", ROLE_NAMES)
def test_a_role_s_task_reads_as_before(telco: Desk, name: str, snapshot: SnapshotAssertion) -> None:
    assert telco.prompt(name).task == snapshot


def test_a_second_ask_reads_as_before(telco: Desk, snapshot: SnapshotAssertion) -> None:
    again = telco.prompt("mlops", setback=failed("p99 312 ms, bar 200 ms"), notes=("We have two replicas at most.",))
    assert again.task[again.task.index("# What a person says") :] == snapshot


@pytest.mark.parametrize("name", ROLE_NAMES)
def test_both_messages_fit_for_a_plain_and_for_a_wide_table(telco: Desk, wide: Desk, name: str) -> None:
    assert telco.prompt(name).tokens < LIMIT
    assert wide.prompt(name).tokens < LIMIT


@pytest.mark.parametrize("name", ROLE_NAMES)
def test_a_wide_table_fits_when_everything_comes_together(wide: Desk, name: str) -> None:
    trace = "\n".join(f"  File line {n}: something went wrong in a function of a module" for n in range(300))
    rows = "\n".join([",".join(f"column{n}" for n in range(300))] + [",".join("1.25" for _ in range(300))] * 50)
    filled = wide.prompt(name, setback=failed(*[trace] * 9), notes=("more of it " * 2_000,) * 3, samples=rows)
    assert filled.tokens < LIMIT
    assert "also failed: check_4, check_5, check_6, check_7, check_8" in filled.task


def test_a_wide_table_s_columns_are_all_named_the_telling_ones_with_their_facts(wide: Desk) -> None:
    system = wide.prompt("data_engineer").system
    told = system[system.index("# The data") :]
    assert '"failed": target' in told
    assert '"channel99": feature' in told, "a third of it is missing, so it has a line of its own"
    for column in wide.known["profile"].main.columns:
        stem, number = re.fullmatch(r"([^0-9]*)([0-9]*)", column.name).groups()  # type: ignore[union-attr]
        runs = re.findall(rf'"{stem}([0-9]+) … {stem}([0-9]+) \(', told)
        assert f'"{column.name}"' in told or any(int(a) <= int(number) <= int(b) for a, b in runs), column.name


def test_names_too_long_to_be_told_are_counted(made: Callable[..., Desk]) -> None:
    columns: dict[str, Any] = {
        f"a very long name that says in many words what was read at {chr(65 + n % 26)}{n * 7}": ["low", "high"] * 30
        for n in range(300)
    }
    columns["broken"] = ["yes", "no", "no"] * 20
    filled = made(columns, "What breaks?", target="broken").prompt("mlops")
    assert filled.tokens < LIMIT
    assert '"broken": target' in filled.system
    assert re.search(r" and \d+ more\n", filled.system)


def test_the_playbook_s_design_is_whole_where_there_is_room_and_tables_where_not(telco: Desk, wide: Desk) -> None:
    assert telco.known["features"].model_dump_json()[:200] in telco.prompt("data_scientist").task
    task = wide.prompt("data_scientist").task
    assert '"rows_in_all":299' in task
    assert '"first_in_full"' in task


def test_all_roles_of_a_run_share_their_system_message_to_the_last_byte(telco: Desk) -> None:
    assert len({telco.prompt(name).system for name in ROLE_NAMES}) == 1


def test_a_second_ask_begins_as_the_first_did(telco: Desk) -> None:
    first = telco.prompt("mlops")
    second = telco.prompt("mlops", setback=failed("p99 312 ms"), notes=("Two replicas.",))
    assert second.system == first.system
    shared = os.path.commonprefix([first.task, second.task])  # noqa: RUF071  # characters are what is meant
    assert "# What your gate and the proof measure" in shared
    assert tokens(shared) > 1_400


def test_a_filled_prompt_is_the_same_every_time(telco: Desk) -> None:
    assert telco.prompt("observability") == telco.prompt("observability")


@pytest.mark.parametrize("name", ["_shared/system.md.jinja", *(f"{role}/task.md.jinja" for role in ROLE_NAMES)])
def test_a_name_that_is_not_there_is_an_error(name: str) -> None:
    with pytest.raises(jinja2.UndefinedError):
        environment().get_template(name).render()


def test_statistics_only_unless_rows_are_shared(made: Callable[..., Desk], telco: Desk) -> None:
    rng = np.random.default_rng(1)
    columns: dict[str, Any] = {
        "comment": [f"my secret number {n} is what I never told anybody until today {n * 7}" for n in range(200)],
        "plan": ["basic", "plus"] * 99 + ["onlyonecustomer", "basic"],
        "amount": rng.normal(size=200).round(3),
        "left": rng.choice(["yes", "no"], 200),
    }
    texts = made(columns, "Who will leave?", target="left")
    assert all("my secret number" not in (p := texts.prompt(name)).system + p.task for name in ROLE_NAMES)
    assert "onlyonecustomer" not in texts.prompt("mlops").system
    assert "# Some rows" not in telco.prompt("mlops").system
    assert "tenure,churn\n1,Yes" in telco.prompt("mlops", samples="tenure,churn\n1,Yes").system


def test_the_estimate_grows_with_the_text_and_counts_foreign_letters_fully() -> None:
    assert tokens("") == 0
    assert tokens("a word") == 2
    assert tokens("数据" * 10) >= 20
    assert tokens("x" * 700) >= 100


def test_a_second_answer_sees_the_first_and_the_user_s_own_changes(telco: Desk) -> None:
    role = BY_NAME["mlops"]
    edit = UserEdit(path="config/serving.yaml", owner="mlops", text="-workers: 1\n+workers: 2\n")
    inputs = telco.inputs(role, failed("p99 312 ms")).model_copy(update={"edits": (edit,)})
    filled = prompt(role, inputs, telco.design(role), last='{"replicas_min": 9}')
    assert "+workers: 2" in filled.task
    assert '{"replicas_min": 9}' in filled.task
    assert filled.tokens < LIMIT


def test_the_python_engineer_is_shown_whole_modules_that_fit(telco: Desk, wide: Desk) -> None:
    for desk in (telco, wide):
        filled = desk.prompt("python_pro")
        assert re.search(r"^=== src/\S+\.py$", filled.task, re.MULTILINE)
        assert "left out]" not in filled.task.split("# Files of the project")[1].split("# Your answer")[0]
        assert filled.tokens < LIMIT
