"""Make the committed example again: `make example` writes generated/telco-churn, data and history left out.

What it was rendered from, question and designs, is kept beside the tests: they render it again in seconds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from agent_graph.cli.commands import DEMO_STATEMENT, DEMO_TARGET

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / "tests" / "snapshots" / "telco_churn.json"
ROOM = "<checkout>"  # stands for where the checkout lies
TOLD = """
import json, sys
from agent_graph.runner import state
from agent_graph.state import BASIS_KEYS
found = state("telco-churn")
print(json.dumps({key: found[key].model_dump(mode="json") for key in BASIS_KEYS if key in found}))
"""


def main() -> int:
    """Run the main job in a folder of its own, then put its committed files where the example lies."""
    target = ROOT / "generated" / "telco-churn"
    with tempfile.TemporaryDirectory() as folder:
        program = "from agent_graph.cli import main; main()"
        data = ROOT / "evals" / "data" / "telco_churn.csv"
        words = ["--data", str(data), "--name", "telco-churn", "--target", DEMO_TARGET, "--budget", "20s", "--yes"]
        command = [sys.executable, "-c", program, "new", DEMO_STATEMENT, *words]
        environment = {"AGENT_GRAPH_CACHE": str(ROOT / "generated/.agent-graph/cache")}
        done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, check=False)
        project = Path(folder) / "generated" / "telco-churn"
        if done.returncode not in (0, 1) or not project.is_dir():
            return done.returncode
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=project, capture_output=True, text=True, check=True)
        shutil.rmtree(target, ignore_errors=True)
        for name in filter(None, listed.stdout.split("\0")):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(project / name, target / name)
        told = subprocess.run(
            [sys.executable, "-c", TOLD], cwd=folder, capture_output=True, text=True, check=True
        ).stdout
        kept = json.loads(told.replace(str(ROOT), ROOM).replace(folder, "<folder>"))
        STATE.parent.mkdir(exist_ok=True)
        STATE.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
