"""The python-pro as data: what it reads, returns and must keep to."""

from __future__ import annotations

import re

from agent_graph import inspection, register
from agent_graph.artifacts import Check, HardeningDesign, Setting
from agent_graph.bench import Bench
from agent_graph.errors import DesignRejected
from agent_graph.role import Role
from agent_graph.roles.python_pro.inputs import PythonProInputs
from agent_graph.roles.python_pro.playbook.design import playbook
from agent_graph.roles.python_pro.wishes.hardening import WISHES
from agent_graph.writing import code, formatting, packages, rendering

NEEDED_RULES = frozenset({"E", "F", "B", "S"})
SPECIFIER = re.compile(r"((>=|<=|==|~=|<|>|!=)\d+(\.\d+)*)(,(>=|<=|==|~=|<|>|!=)\d+(\.\d+)*)*")
IMPORTED = {"scikit-learn": "sklearn", "pyyaml": "yaml"}  # where the module has another name
RANGES: tuple[tuple[str, float, float], ...] = (
    ("line_length", 80, 140),
    ("minimum_coverage", 0.7, 0.99),
    ("minimum_unit_tests", 20, 1_000),
    ("mutants", 12, 200),
    ("minimum_kill_rate", 0.5, 0.99),
    ("startup_seconds", 0.2, 10),
    ("single_row_ms", 0.5, 1_000),
    ("batch_rows_per_second", 1, 10_000_000),
    ("peak_memory_mb", 50, 16_000),
    ("memory_rows", 100, 1_000_000),
    ("cache_predictions", 0, 1_000_000),
)


def rule(design: HardeningDesign, inputs: PythonProInputs) -> None:
    """Bars lie where they can fail and can be met; the lint set finds bugs; what is imported is declared.

    Raises `DesignRejected` with the first thing that isn't so.
    """
    inspection.prose(design, inputs)
    for name, low, high in RANGES:
        value = getattr(design, name)
        if not low <= value <= high:
            raise DesignRejected(f"{name} is {value:g}; it must lie between {low:g} and {high:g}")
    if missing := NEEDED_RULES - set(design.ruff_rules):
        raise DesignRejected(f"ruff_rules lacks {sorted(missing)}: errors, bugs and security are always looked for")
    if bad := [code for code in design.ruff_rules if not re.fullmatch(r"[A-Z]{1,4}[0-9]{0,4}", code)]:
        raise DesignRejected(f"ruff_rules holds {inspection.few(bad)}, which are no ruff codes such as E, UP or S101")
    if not design.strict_types:
        raise DesignRejected("strict_types must be true: the generated code is typed throughout")
    if design.log_format != "json":
        raise DesignRejected(f"log_format {design.log_format!r} is unknown; this project logs json")
    _environments(design)
    _dependencies(design, inputs)
    _own_code(design, inputs)


def _environments(design: HardeningDesign) -> None:
    names = [environment.name for environment in design.environments]
    if sorted(names) != ["dev", "prod", "staging"]:
        raise DesignRejected(f"environments are {inspection.few(names)}; dev, staging and prod are each needed once")
    if wrong := [each.name for each in design.environments if not 1 <= each.threads <= 64]:
        raise DesignRejected(f"threads of {inspection.few(wrong)} must lie between 1 and 64")


def _dependencies(design: HardeningDesign, inputs: PythonProInputs) -> None:
    """The lock is made ahead, so names are a closed set: those that the templates import, and no others."""
    wanted = packages.runtime(tuple(member.kind for member in inputs.training.members), inputs.stack)
    _same_names("dependencies", design.dependencies, wanted)
    _same_names("dev_dependencies", design.dev_dependencies, packages.dev(inputs.stack))
    for each in (*design.dependencies, *design.dev_dependencies):
        if not SPECIFIER.fullmatch(each.value):
            raise DesignRejected(f"{each.key}: {each.value!r} is no version specifier such as '>=2.1,<3'")
        if ">=" not in each.value and "==" not in each.value:
            raise DesignRejected(f"{each.key}: {each.value!r} has no floor, so a resolver may go back years")


def _same_names(field: str, given: tuple[Setting, ...], wanted: tuple[Setting, ...]) -> None:
    names, known = [each.key for each in given], {each.key for each in wanted}
    if extra := sorted(set(names) - known):
        raise DesignRejected(f"{field} names {inspection.few(extra)}, which the lock of this project doesn't hold")
    if missing := sorted(known - set(names)):
        raise DesignRejected(f"{field} lacks {missing}, which this project's code imports")
    if len(names) != len(set(names)):
        raise DesignRejected(f"{field} names a package twice")


def _own_code(design: HardeningDesign, inputs: PythonProInputs) -> None:
    runtime = {IMPORTED.get(each.key, each.key.replace("-", "_")) for each in design.dependencies}
    package = inputs.manifest.package
    inspection.tests(design.unit_tests, runtime | {"pytest", "httpx"}, package)
    if design.edits:
        inspection.edits(design.edits, python_files(design, inputs), runtime, package)


def python_files(design: HardeningDesign, inputs: PythonProInputs) -> dict[str, str]:
    """The project's Python files when this role's turn has come, by path: what an edit may replace."""
    context = {name: getattr(inputs, name) for name in type(inputs).model_fields}
    context |= {"hardening": design, "statement": inputs.specification.statement}
    folders = [rendering.own(rendering.SKELETON)]
    kind = register.kind_of(inputs.problem)
    for role in ("data_engineer", "data_scientist", "ml_engineer", "python_pro"):
        folders += rendering.folders(role, inputs.stack, kind)
    files = {path: text for folder in folders for path, text in rendering.render(folder, context).items()}
    return {path: text for path, text in formatting.formatted(files).items() if path.endswith(".py")}


def gate(bench: Bench) -> tuple[Check, ...]:
    """What is measured of the files of this design; loaded when it is needed."""
    from agent_graph.roles.python_pro.checks import gate

    return gate.run(bench)


ROLE = Role(
    name="python_pro",
    title="Python engineer",
    reads=PythonProInputs,
    returns=HardeningDesign,
    writes="hardening",
    playbook=playbook,
    rule=rule,
    gate=gate,
    wishes=WISHES,
    scored="trained",
    more_files=code.extra_tests,
    edits=code.edits,
    editable=python_files,
)
