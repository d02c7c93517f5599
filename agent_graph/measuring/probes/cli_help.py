"""Asks each command of a project for its help, in one process: `cli_help.py CLI_MODULE COMMAND…`.

One JSON object on stdout: command to exit code, -1 when it said nothing.
"""

import contextlib
import importlib
import io
import json
import sys


def main() -> None:
    """Ask, tell."""
    name, *commands = sys.argv[1:]
    cli = importlib.import_module(name)
    answers = {}
    for command in commands:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
            code = cli.main([command, "--help"])
        answers[command] = code if said.getvalue().strip() else -1
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
