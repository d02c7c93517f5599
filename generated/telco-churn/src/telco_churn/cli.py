"""The command line: `python -m telco_churn COMMAND`.

A command is a function; what it returns is printed on stdout as one JSON object (None: nothing). Exit codes: 0 done,
2 bad input (one line on stderr), 3 a quality gate said no. Only the module of the command asked for is imported.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from telco_churn.errors import ProjectError

COMMANDS: dict[str, str] = {
    "ingest": "data.ingest:run",
    "validate": "data.validate:run",
    "features": "features.store:run",
    "tune": "training.tune:run",
    "train": "training.train:run",
    "evaluate": "evaluation.evaluate:run",
    "promote": "registry.versions:promote",
    "rollback": "registry.versions:rollback",
    "predict": "serving.predict:run",
    "final": "training.train:final",
    "batch": "serving.batch:run",
    "deliver": "serving.deliver:run",
    "serve": "serving.app:run",
    "reference": "monitoring.monitor:reference",
    "monitor": "monitoring.monitor:run",
    "retrain": "monitoring.retrain:run",
    "cycle": "monitoring.cycle:run",
    "bench": "serving.bench:run",
}
SUMMARIES: dict[str, str] = {
    "ingest": "bring new files of the landing folder into the processed layer",
    "validate": "hold rows against the data contract",
    "features": "fit the feature pipeline, or transform rows with it",
    "tune": "search for parameters within a time budget",
    "train": "fit the model and register it as the candidate",
    "evaluate": "measure the candidate against baselines and thresholds",
    "promote": "make a version the champion that is served",
    "rollback": "bring the previous champion back",
    "predict": "predict the rows of a file",
    "final": "refit on every row, the held-out ones too",
    "batch": "predict a file larger than memory",
    "deliver": "answer the rows that came in: dated, kept, never overwritten",
    "serve": "answer predictions over HTTP",
    "reference": "record the distributions that monitoring compares with",
    "monitor": "compare new rows with the reference",
    "bench": "measure the champion's speed and memory, and show where the time goes",
    "retrain": "train and compare a new candidate when a trigger fires",
    "cycle": "all that is due: ingest, monitor, retrain where called for, deliver",
}
BAD_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        print(usage(), file=sys.stdout if words else sys.stderr)
        return 0 if words else BAD_USAGE
    name, *rest = words
    if name not in COMMANDS:
        return _refuse(f"no command {name!r}; commands: {' '.join(COMMANDS)}", BAD_USAGE)
    try:
        _print(_call(name, rest))
    except ProjectError as error:
        _print(error.report)
        return _refuse(str(error), error.exit_code)
    except Exception as error:
        if type(error).__module__.startswith("typer.") and hasattr(error, "format_message"):
            return _refuse(error.format_message(), BAD_USAGE)
        traceback.print_exc()
        return 1
    return 0


def usage() -> str:
    """The list of commands."""
    lines = [f"  {name:<10} {SUMMARIES[name]}" for name in COMMANDS]
    return "\n".join(["python -m telco_churn COMMAND [--help]", "", *lines])


def _call(name: str, arguments: list[str]) -> Any:
    """Import the command's module, let typer read the arguments, run it."""
    import typer  # costs time that an unknown command or the usage text needn't pay

    module, _, function = COMMANDS[name].partition(":")
    run = getattr(importlib.import_module(f"{__package__}.{module}"), function)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(run)
    result = typer.main.get_command(app).main(
        args=arguments, prog_name=f"python -m {__package__} {name}", standalone_mode=False
    )
    return None if isinstance(result, int) else result  # --help ends with a bare exit code


def _print(result: Any) -> None:
    if result is not None:
        print(json.dumps(result, default=str, ensure_ascii=False), flush=True)


def _refuse(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr, flush=True)
    return code
