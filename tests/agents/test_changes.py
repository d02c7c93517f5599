"""A design told as what is different from another one: on the designs of all six roles."""

from __future__ import annotations

from typing import Any

import pytest

from agent_graph.artifacts import (
    ROLE_NAMES,
    Artifact,
    Changes,
    Decision,
    FeatureDesign,
    QualityRule,
    Setting,
    changes_of,
    identity,
)
from agent_graph.errors import DesignRejected
from agent_graph.llm.strict import strict_schema
from agent_graph.roles import BY_NAME, ROLES
from tests.agents.conftest import Desk
from tests.changing import changes_between

OTHER = Decision(what="something else", choice="x", why="y")


def features(**said: Any) -> Changes:
    kind = changes_of(FeatureDesign)
    return kind.model_validate({**dict.fromkeys(kind.model_fields), **said})


def base(desk: Desk) -> FeatureDesign:
    design = desk.playbook["data_scientist"]
    assert isinstance(design, FeatureDesign)
    return design


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_the_changes_of_every_design_are_valid_in_strict_schemas(role: Any) -> None:
    schema = strict_schema(changes_of(role.returns))
    assert set(schema["properties"]) == set(role.returns.model_fields)
    assert all({"type": "null"} in part["anyOf"] for part in schema["properties"].values())


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_no_change_leaves_a_design_as_it_is(role: str, desk: Desk) -> None:
    kind = changes_of(BY_NAME[role].returns)
    assert kind.model_validate(dict.fromkeys(kind.model_fields)).applied_to(desk.playbook[role]) == desk.playbook[role]


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_what_lies_between_two_designs_makes_the_second_of_the_first(role: str, desk: Desk) -> None:
    former = desk.playbook[role]
    latter = former.model_copy(update={"decisions": (*former.decisions[1:], OTHER)})  # type: ignore[attr-defined]
    said = changes_between(former, latter)
    assert [name for name in type(said).model_fields if getattr(said, name) is not None] == ["decisions"]
    assert said.applied_to(former) == latter


def test_a_field_that_may_be_null_can_be_set_and_emptied(desk: Desk) -> None:
    weighted = features(weight_column={"value": "bill"}).applied_to(base(desk))
    assert weighted.weight_column == "bill"
    assert features(weight_column=None).applied_to(weighted).weight_column == "bill"
    assert features(weight_column={"value": None}).applied_to(weighted).weight_column is None
    assert changes_between(weighted, base(desk)).applied_to(weighted) == base(desk)


def test_a_thing_of_a_known_name_is_replaced_in_its_place_and_a_new_one_comes_last(desk: Desk) -> None:
    first, *others = base(desk).features
    flag = first.model_copy(update={"transform": "missing_flag"})
    new = first.model_copy(update={"name": "another"})
    said = features(features={"remove": [], "put": [new.model_dump(), flag.model_dump()]})
    assert said.applied_to(base(desk)).features == (flag, *others, new)


def test_a_thing_that_is_not_there_cannot_be_removed(desk: Desk) -> None:
    with pytest.raises(DesignRejected, match=r"features has no 'tenuer' to remove; there are: .*'tenure'"):
        features(features={"remove": ["tenuer"], "put": []}).applied_to(base(desk))


def test_a_thing_put_twice_is_refused(desk: Desk) -> None:
    twice = [base(desk).features[0].model_dump()] * 2
    with pytest.raises(DesignRejected, match="is put more than once"):
        features(features={"remove": [], "put": twice}).applied_to(base(desk))


def test_things_are_known_by_their_name_and_rules_by_kind_and_column() -> None:
    rule = QualityRule(kind="max_missing_share", column="tenure", threshold=0.1, severity="error", why="")
    assert identity(rule) == "max_missing_share tenure"
    assert identity(rule.model_copy(update={"column": None})) == "max_missing_share"
    assert identity(Setting(key="k", value="v")) == "k"


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_every_thing_in_a_list_of_a_design_has_a_name_of_its_own(role: str, desk: Desk) -> None:
    for name, value in desk.playbook[role]:
        if isinstance(value, tuple) and value and isinstance(value[0], Artifact):
            names = [identity(thing) for thing in value]
            assert len(set(names)) == len(names), name
