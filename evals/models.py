"""What a model does to the open problems: each run by playbooks and again with the model, side by side.

    python -m evals.models FOLDER NAME… --model openai:NAME [--base-url http://127.0.0.1:8080/v1] [--tries 3]

Writes evals/results/models.md. Exit code 1 when a run with the model isn't proven where the playbooks' is.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from agent_graph.artifacts import PLAYBOOK_AUTHOR, ExecutionReport, Usage
from agent_graph.words import number, uplift_words
from evals.run import HERE, made

HEAD = (
    "| problem | verdict | score, playbooks | score, model | designed by the model | answers not taken | tokens | "
    "seconds, playbooks | seconds, model | uplift by role |"
)


def main() -> int:
    """Run the problems both ways; 0 when the model made none of them worse than not proven."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--model", action="append", required=True)
    parser.add_argument("--base-url")
    parser.add_argument("--tries", default="3")
    parser.add_argument("--budget", default="20s")
    given = parser.parse_args()
    words = [part for model in given.model for part in ("--model", model)]
    words += ["--base-url", given.base_url] if given.base_url else []
    problems = json.loads((given.folder / "problems.json").read_text("utf-8"))["problems"]
    lines, worse = [], 0
    for problem in (p for p in problems if p["name"] in given.names):
        _, plain_s, plain = made(problem, given.folder, given.budget, None)
        done, model_s, asked = made(problem, given.folder, given.budget, None, (*words, "--tries", given.tries))
        if plain is None or asked is None:
            print(f"{problem['name']}: no report: {done.stderr[-300:]}")
            worse += 1
            continue
        worse += plain.verdict == "proven" != asked.verdict
        lines.append(row(problem, plain, asked, plain_s, model_s))
        print(lines[-1], flush=True)
        write(given.model, lines)
    return 1 if worse else 0


def row(problem: dict[str, Any], plain: ExecutionReport, asked: ExecutionReport, plain_s: float, model_s: float) -> str:
    """One line of the table."""
    accounts = [(account, account.authorship) for account in asked.roles if account.authorship]
    usage = sum((authorship.usage for _, authorship in accounts), Usage())
    by_model = [account.role for account, _ in accounts if account.author != PLAYBOOK_AUTHOR]
    rejected = sum(len(authorship.rejected) for _, authorship in accounts)
    uplift = "; ".join(f"{account.role}: {uplift_words(account)}" for account, _ in accounts if uplift_words(account))
    scores = [number(r.proof.holdout.score) if r.proof and r.proof.holdout else "none" for r in (plain, asked)]
    cells = (problem["name"], asked.verdict, *scores, ", ".join(by_model) or "none", str(rejected), f"{usage.tokens:,}")
    return f"| {' | '.join(cells)} | {plain_s:.0f} | {model_s:.0f} | {uplift} |"


def write(models: list[str], lines: list[str]) -> None:
    """The table as Markdown."""
    top = [
        f"# With a model: {', '.join(models)}",
        "",
        "Made by `python -m evals.models`; scores are of sealed rows.",
        "",
    ]
    text = "\n".join([*top, HEAD, "|---|---|---:|---:|---|---:|---:|---:|---:|---|", *lines]) + "\n"
    (HERE / "results" / "models.md").write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
