"""What every backend must do, whichever it is: asked through the public door only."""

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_graph.sandbox import Limits, Policy, Result, Sandbox, SessionResult, Step

MiB = 1 << 20
SAYING = "import json, os, sys\ndef say(*facts): print('SAID ' + json.dumps(facts), flush=True)\n"
TRYING = """
def tried(action):
    try: return [True, str(action())[:200]]
    except OSError as problem: return [False, type(problem).__name__]
"""


@dataclass(frozen=True)
class Cell:
    """One backend, and a tree of its own for the program that is run in it."""

    sandbox: Sandbox
    tree: Path
    run_dir: Path
    binary: Path | None

    def python(self, code: str, limits: Limits | None = None, **policy: Any) -> tuple[Result, list[Any]]:
        """Run `code`, which reports with `say(...)`; the result and what was said."""
        (self.tree / "program.py").write_text(SAYING + TRYING + code)
        result = self.sandbox.run(
            ["python", "/work/program.py"], Policy(tree=self.tree, **policy), limits or Limits(wall_s=30)
        )
        return result, said(result.out)

    def one(self, code: str, **policy: Any) -> list[Any]:
        """What an honest program said that must end well."""
        result, facts = self.python(code, **policy)
        assert result.status == "ok", result
        return list(facts[0])

    def steps(self, *steps: Step, **asked: Any) -> SessionResult:
        return self.sandbox.session(steps, tree=self.tree, **asked)


def said(out: str) -> list[Any]:
    return [json.loads(line[5:]) for line in out.splitlines() if line.startswith("SAID ")]


def shell(name: str, script: str, **asked: Any) -> Step:
    return Step(name, ("sh", "-c", script), kind="exec", **asked)


def processes(token: str) -> list[int]:
    """Those on this machine that have `token` in their command line."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path("/proc", name, "cmdline").read_bytes()
        except OSError:
            continue
        if token.encode() in words and int(name) != os.getpid():
            found.append(int(name))
    return found


def hostile_outputs(secret: Path) -> str:
    return (
        f"os.mkdir('out')\nos.symlink({str(secret)!r}, 'out/link')\nos.mkfifo('out/pipe')\n"
        "open('out/a', 'w').write('a')\nos.link('out/a', 'out/b')\n"
        "open('out/line\\nbreak', 'w').write('x')\nopen('out/good.csv', 'w').write('1,2')\n"
        "os.makedirs('out/.git/hooks')\nopen('out/.git/hooks/post-checkout', 'w').write('x')\n"
        "os.symlink('/etc', 'out/folder')\n"
    )


def is_private(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode) and path.lstat().st_mode & 0o777 == 0o600
