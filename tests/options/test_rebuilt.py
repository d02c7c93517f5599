"""A checkout of the good project is built with other options as if it had been from the start: nothing else is left."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from agent_graph.roles import ROLES
from agent_graph.state import DESIGN_KEYS, RunState
from agent_graph.writing import contribution, formatting
from evals.stacks import built_with, stack_of
from evals.trust.projects.good import rebuilt
from tests.options.test_helm import laid


def test_a_checkout_holds_the_files_of_its_new_stack_and_no_folder_of_the_old_one(
    designs: RunState, tmp_path: Path
) -> None:
    before = built_with(designs, stack_of())
    turns = [role for role in ROLES if role.name != "observability"]
    files = {role.name: formatting.formatted(contribution.files_of(role, before)) for role in turns}
    owned = {path: name for name, all_of in files.items() for path in all_of} | {"config/tuned.json": "ml_engineer"}
    tree = laid({path: text for all_of in files.values() for path, text in all_of.items()}, tmp_path)
    laid({"config/tuned.json": "{}"}, tree)
    assert (tree / "deploy" / "kubernetes").is_dir()
    ground: Any = SimpleNamespace(
        state={**before, "user_edits": ()},
        context=SimpleNamespace(workspace=SimpleNamespace(owned=lambda: owned), cell=lambda lock: lock),
    )
    kept = {key: before.get(key) for key in DESIGN_KEYS}
    bench: Any = SimpleNamespace(tree=tree, stack=before["stack"], **kept)
    rebuilt(ground, bench, "mlops", stack_of(packaging="helm"))
    assert not (tree / "deploy" / "kubernetes").exists()
    assert (tree / "deploy" / "helm" / "Chart.yaml").is_file()
    assert (tree / "config" / "tuned.json").read_text() == "{}", (
        "a command of the project made it, and a gate adopted it"
    )
    assert bench.stack.option("packaging") == "helm"
    assert bench.sandbox == (tree / "requirements.lock").read_text("utf-8")
