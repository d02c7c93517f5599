"""Whether the configuration of a generated project is true: who reads a key, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from agent_graph.artifacts import Check
from agent_graph.measuring import configured
from agent_graph.proof import configuration

PROBE = Path(configured.__file__).parent / "probes" / "config_refusals.py"
MEMBERS = "members:\n- {name: a, settings: {depth: 3}}\n"
RULES = "rules:\n- {kind: most, bar: 0.5}\n- {kind: least, bar: 0.1}\n"
FILES = {
    "config/shop.yaml": f"seed: 3\nsearch: {{trials: 4, seconds: 2.5}}\n{MEMBERS}{RULES}",
    "config/steps.yaml": "steps: [ingest, train]\n",
    "Makefile": "STEPS = $(shell cat config/steps.yaml)\n",
    "src/shop/__init__.py": "",
    "src/shop/config.py": """
import os
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

ENV_PREFIX = "SHOP_"


class BadInput(Exception):
    exit_code = 2


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Search(Section):
    trials: int
    seconds: float


class Member(Section):
    name: str
    settings: dict[str, int]


class Rule(Section):
    kind: str
    bar: float


class Shop(Section):
    seed: int
    search: Search
    members: list[Member]
    rules: list[Rule]


def reset():
    pass


def load(name):
    content = yaml.safe_load((Path(os.environ["SHOP_CONFIG_DIR"]) / f"{name}.yaml").read_text())
    try:
        Shop.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(".".join(map(str, first["loc"]))) from None
    return content
""",
    "src/shop/train.py": """
from shop.config import load


def plan():
    return load("shop")


def train():
    found = plan()
    rules = {rule["kind"]: rule.get("bar") for rule in load("shop")["rules"]}
    search = found["search"]
    members = [(one["name"], one["settings"]) for one in found["members"]]
    return found["seed"], search["trials"], search["seconds"], rules, members
""",
    "tests/test_shop.py": 'from shop.config import load\n\n\ndef test_it():\n    assert load("shop")["unread"]\n',
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project whose configuration is true."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def replaced(tree: Path, path: str, old: str, new: str) -> None:
    text = (tree / path).read_text("utf-8")
    assert old in text
    (tree / path).write_text(text.replace(old, new), "utf-8")


def read(tree: Path) -> Check:
    """What is said of the text."""
    (check,) = configuration.read(configured.documents(tree), configured.readers(tree))
    return check


def test_a_configuration_whose_keys_are_all_asked_for_is_true(tree: Path) -> None:
    check = read(tree)
    assert (check.verdict, check.name) == ("passed", "proof_config_is_read"), check.evidence
    assert "8 keys of 2 files" in check.evidence


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        ("config/shop.yaml", "seed: 3", "seed: 3\nunread: 1", "shop.yaml: unread: nothing reads it"),
        ("config/shop.yaml", "trials: 4", "trials: 4, why: text", "shop.yaml: search.why: nothing"),
        ("config/shop.yaml", "kind: least,", "kind: least, note: x,", "shop.yaml: rules.note: nothing"),
        ("src/shop/train.py", 'found["seed"]', "3", "shop.yaml: seed: nothing reads it"),
        ("src/shop/train.py", 'search["trials"]', "SEARCH.get(trials)", "search.trials: nothing"),
        ("Makefile", "config/steps.yaml", "steps.txt", "config/steps.yaml is read by nothing"),
        ("config/steps.yaml", "steps:", "seed: 3\nsteps:", "seed stands in config/shop.yaml and in config/steps.yaml"),
    ],
)
def test_a_key_that_nothing_reads_and_a_fact_that_stands_twice_are_told(
    tree: Path, path: str, old: str, new: str, told: str
) -> None:
    replaced(tree, path, old, new)
    check = read(tree)
    assert check.verdict == "failed"
    assert told in check.evidence


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("config/shop.yaml", "depth: 3", "depth: 3, any_name_at_all: 4"),
        ("config/steps.yaml", "steps:", "steps_of_the_day:"),
        ("src/shop/train.py", "found = plan()", "found: dict = load('shop')"),
        ("src/shop/train.py", 'found["seed"]', 'found.get("seed")'),
        ("src/shop/train.py", 'found["seed"]', 'load("shop")["seed"]'),
        ("config/steps.yaml", "steps:", "seed: 4\nsteps:"),
        ("config/steps.yaml", "steps:", "longest: {trials: 4}\nsteps:"),
        ("Makefile", "config/steps.yaml", "$(shell python src/shop/steps.py)"),
    ],
)
def test_names_that_are_data_and_other_ways_to_read_are_left_alone(tree: Path, path: str, old: str, new: str) -> None:
    (tree / "src/shop/steps.py").write_text("print(Path('config/steps.yaml').read_text('utf-8'))\n", "utf-8")
    replaced(tree, path, old, new)
    assert read(tree).verdict == "passed", read(tree).evidence


def test_a_model_of_a_file_reads_what_its_attributes_are_asked_for(tree: Path) -> None:
    (tree / "src/shop/train.py").write_text(
        "from shop.config import Shop, load\n\n\ndef limits():\n    return Shop.model_validate(load('shop'))\n\n\n"
        "def train():\n    found = limits()\n    return found.seed, found.search.trials, found.search.seconds, "
        "[(one.name, one.settings) for one in found.members], [(one.kind, one.bar) for one in found.rules]\n",
        "utf-8",
    )
    assert read(tree).verdict == "passed", read(tree).evidence
    replaced(tree, "src/shop/train.py", "found.seed, ", "")
    assert "shop.yaml: seed" in read(tree).evidence


def bench(tree: Path, scratch: Path) -> Any:
    """A bench whose cell is a process of ours."""

    def session(steps: list[Any], mounts: dict[str, Path]) -> tuple[Any, None]:
        (step,), (folder,) = steps, mounts.values()
        words = [sys.executable, str(PROBE), step.argv[1], str(folder / "cases.json")]
        env = {**os.environ, "PYTHONPATH": "src"}
        done = subprocess.run(words, cwd=tree, env=env, capture_output=True, text=True, check=False)
        return SimpleNamespace(steps=[SimpleNamespace(out=done.stdout, err=done.stderr, seconds=0.1)]), None

    return SimpleNamespace(tree=tree, scratch=scratch, manifest=SimpleNamespace(package="shop"), session=session)


def checked(tree: Path) -> Check:
    """What is said of changed copies."""
    shutil.rmtree(tree / "scratch", ignore_errors=True)
    return configuration.judge(bench(tree, tree / "scratch"))[-1]


def test_unknown_keys_and_other_types_are_refused_where_every_mapping_has_its_model(tree: Path) -> None:
    check = checked(tree)
    assert (check.verdict, check.name) == ("passed", "proof_config_is_checked"), check.evidence
    assert "8 changed copies of 1 files" in check.evidence


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('extra="forbid"', 'extra="ignore"', "with a key no_such_key is taken"),
        ("exit_code = 2", "exit_code = 1", "ends in BadInput"),
        ('".".join(map(str, first["loc"]))', '"something is wrong"', "refused without naming it"),
        ('".".join(map(str, first["loc"]))', "str(error)", "ends in BadInput"),
        ("    seed: int", "    seed: str", "as it is: BadInput: seed"),
        ("def load(name):", "def load(name):\n    raise SystemExit(3)\n", "can't be read"),
    ],
)
def test_what_is_taken_or_refused_without_the_key_is_told(tree: Path, old: str, new: str, told: str) -> None:
    replaced(tree, "src/shop/config.py", old, new)
    check = checked(tree)
    assert check.verdict == "failed"
    assert told in check.evidence


def test_a_file_that_another_program_reads_by_itself_is_not_asked_of_load(tree: Path) -> None:
    (tree / "config" / "clock.yaml").write_text("every: day\n", "utf-8")
    (tree / "clock.py").write_text("print(read('clock')['every'])\n", "utf-8")
    assert read(tree).verdict == "passed"
    assert checked(tree).verdict == "passed"


def test_a_project_without_a_file_that_load_reads_is_not_checked(tree: Path) -> None:
    (tree / "src/shop/train.py").write_text("", "utf-8")
    assert checked(tree).verdict == "not_checked"


def test_the_same_file_is_changed_in_the_same_places(tree: Path) -> None:
    content, known = configured.documents(tree)["shop"], configured.readers(tree)
    first = [yaml.safe_dump(each) for _, _, each in configuration.changed("shop", content, known)]
    again = [yaml.safe_dump(each) for _, _, each in configuration.changed("shop", content, known)]
    assert first == again
    assert len(first) == 2 * configuration.DRAWN
    assert yaml.safe_dump(content) not in first
    assert json.dumps(content, sort_keys=True) == json.dumps(configured.documents(tree)["shop"], sort_keys=True)
