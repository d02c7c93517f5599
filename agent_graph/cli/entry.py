"""The edge of the program: whatever goes wrong ends in one clear line and a documented exit code."""

from __future__ import annotations

import signal
import sys
import tempfile
import traceback

import typer
from typer.exceptions import TyperException

from agent_graph.cli.commands import app
from agent_graph.errors import AgentGraphError, one_line

INTERRUPTED = 130
LONGEST = 600  # signs of the line


def main() -> None:
    """Run the command line and leave with its exit code (`commands` lists them)."""
    for ending in (signal.SIGTERM, signal.SIGHUP):  # as Ctrl-C: the cell is closed, the run can be resumed
        signal.signal(ending, signal.default_int_handler)
    sys.exit(_code())


def _code() -> int:
    try:
        code = app(args=sys.argv[1:] or ["--help"], standalone_mode=False)
    except TyperException as error:  # a word of the command line that isn't known
        return _said(f"{error.format_message()} (agent-graph --help lists the commands and options)", 2)
    except AgentGraphError as error:
        return _said(str(error), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except SystemExit:
        raise
    except BaseException as error:  # a fault of ours (a library's panic is no Exception) in one line, its trace kept
        return _said(f"our own fault: {_remembered(error)}", 4)
    if code == INTERRUPTED:  # typer answers Ctrl-C with this code
        return _said("stopped", INTERRUPTED)
    return code if isinstance(code, int) else 0


def _said(text: str, code: int) -> int:
    line = one_line(text)
    if len(line) > LONGEST:  # names of the data can be long; what is wrong stands in front, the remedy at the end
        line = f"{line[: LONGEST // 2]} … {line[-LONGEST // 2 :]}"
    typer.echo(f"agent-graph: {line}", err=True)
    return code


def _remembered(error: BaseException) -> str:
    """The fault in one line, with the file that its trace was written to."""
    with tempfile.NamedTemporaryFile("w", prefix="agent-graph-fault-", suffix=".log", delete=False) as log:
        traceback.print_exception(error, file=log)
    return f"{type(error).__name__}: {one_line(str(error))[:200]}; please report it with {log.name}"
