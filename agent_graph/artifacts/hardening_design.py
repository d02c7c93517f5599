"""The python-pro's design: quality bars, tests, performance budgets, environments, packaging."""

from __future__ import annotations

from typing import Literal

from agent_graph.artifacts.slots import Edit, ExtraTests
from agent_graph.artifacts.value import Artifact, Decision, Setting


class Environment(Artifact):
    """What differs in one environment; everything else is said once in config/*.yaml."""

    name: Literal["dev", "staging", "prod"]
    log_level: Literal["DEBUG", "INFO", "WARNING"]
    threads: int
    why: str


class HardeningDesign(Artifact):
    """What makes the code fit for production, and how that is held."""

    line_length: int
    ruff_rules: tuple[str, ...]
    strict_types: bool
    minimum_coverage: float  # share of lines of src/ that the tests run
    minimum_unit_tests: int
    mutants: int  # how many the gate tries
    minimum_kill_rate: float  # of the mutants on lines that tests run
    startup_seconds: float  # of `python -m <package> --help` in a fresh interpreter
    single_row_ms: float  # p50 of one prediction in-process
    batch_rows_per_second: int
    peak_memory_mb: int  # of a process that predicts `memory_rows` rows
    memory_rows: int
    cache_predictions: int  # entries of the service's cache, 0 = off
    log_format: str  # "json"
    environments: tuple[Environment, ...]
    dependencies: tuple[Setting, ...]  # name -> specifier, what the project needs at run time
    dev_dependencies: tuple[Setting, ...]
    unit_tests: tuple[ExtraTests, ...]  # further modules beside the templates'
    edits: tuple[Edit, ...]  # Python files of the project so far, written anew
    decisions: tuple[Decision, ...]
