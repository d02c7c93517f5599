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

from agent_graph.artifacts import PLAYBOOK_AUTHOR, ExecutionReport, RoleAccount, Usage
from agent_graph.telling.words import number, uplift_words
from evals.running import HERE, made

HEAD = (
    "| problem | verdict | score, playbooks | score, model | noise | changed by the model | found nothing to change | "
    "playbook's stands | tries | answers not taken | tokens | asking, s | s, playbooks | s, model | uplift by role |"
)


def main() -> int:
    """Run the problems both ways; 0 when the model made none of them worse than not proven."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--model", action="append", required=True)
    parser.add_argument("--base-url")
    parser.add_argument("--tries", default="3")
    parser.add_argument("--max-output", default="8192")
    parser.add_argument("--budget", default="20s")
    given = parser.parse_args()
    words = [part for model in given.model for part in ("--model", model)]
    words += ["--base-url", given.base_url] if given.base_url else []
    problems = json.loads((given.folder / "problems.json").read_text("utf-8"))["problems"]
    lines, worse = [], 0
    for problem in (p for p in problems if p["name"] in given.names):
        plainly = made(problem, given.folder, given.budget, None)
        with_model = (*words, "--tries", given.tries, "--max-output", given.max_output)
        by_model = made(problem, given.folder, given.budget, None, with_model)
        plain, asked = plainly.report, by_model.report
        if plain is None or asked is None:
            print(f"{problem['name']}: no report: {by_model.said[-300:]}")
            worse += 1
            continue
        worse += plain.verdict == "proven" != asked.verdict
        lines.append(row(problem, plain, asked, plainly.seconds, by_model.seconds))
        print(lines[-1], flush=True)
        write(given.model, lines)
    return 1 if worse else 0


def row(problem: dict[str, Any], plain: ExecutionReport, asked: ExecutionReport, plain_s: float, model_s: float) -> str:
    """One line of the table."""
    accounts = [(account, account.authorship) for account in asked.roles if account.authorship]
    usage = sum((authorship.usage for _, authorship in accounts), Usage())
    by_model = [(account.role, authorship) for account, authorship in accounts if account.author != PLAYBOOK_AUTHOR]
    rejected = sum(len(authorship.rejected) for _, authorship in accounts)
    cells = (
        problem["name"],
        asked.verdict,
        *(number(r.proof.holdout.score) if r.proof and r.proof.holdout else "none" for r in (plain, asked)),
        f"± {number(noise(plain))}",
        ", ".join(role for role, authorship in by_model if authorship.wanted != "{}") or "none",
        ", ".join(role for role, authorship in by_model if authorship.wanted == "{}") or "none",
        "; ".join(f"{a.role}: {why(a)}" for a, _ in accounts if a.author == PLAYBOOK_AUTHOR) or "none",
        f"{usage.tries}",
        f"{rejected}",
        f"{usage.tokens:,}",
        f"{usage.seconds:.0f}",
        f"{plain_s:.0f}",
        f"{model_s:.0f}",
        uplift([account for account, _ in accounts]),
    )
    return f"| {' | '.join(cells)} |"


def noise(report: ExecutionReport) -> float:
    """Half of the width of the promise's 95 % interval: what chance alone does to a score of these sealed rows."""
    promise = report.proof.promise if report.proof else None
    return (promise.high - promise.low) / 2 if promise else float("nan")


def why(account: RoleAccount) -> str:
    """Why the playbook's design stands, on one line of a table."""
    words = account.authorship.why if account.authorship else ""
    return " ".join(words.replace("|", "/").split())[:160]


def uplift(accounts: list[RoleAccount]) -> str:
    """What the ratchet measured of each role, or why there is no number; roles of the same words together."""
    found: dict[str, list[str]] = {}
    for account in accounts:
        words = " ".join(uplift_words(account).replace("|", "/").split())[:160]
        found.setdefault(words, []).append(account.role)
    return "; ".join(f"{', '.join(roles)}: {words}" for words, roles in found.items())


def write(models: list[str], lines: list[str]) -> None:
    """The table as Markdown."""
    top = [
        f"# With a model: {', '.join(models)}",
        "",
        "Made by `python -m evals.models`; scores are of sealed rows.",
        "",
    ]
    rule = "|---|---|---:|---:|---:|---|---|---|---:|---:|---:|---:|---:|---:|---|"
    rows = {row.split("|")[1].strip(): row for row in [*known(top[0]), *lines]}
    text = "\n".join([*top, HEAD, rule, *rows.values()]) + "\n"
    (HERE / "results" / "models.md").write_text(text, "utf-8")


def known(title: str) -> list[str]:
    """Rows of problems that were run before with the same model."""
    path = HERE / "results" / "models.md"
    former = path.read_text("utf-8").splitlines() if path.is_file() else []
    if title not in former:
        return []
    return [line for line in former if line.startswith("| ") and not line.startswith("| problem |")]


if __name__ == "__main__":
    sys.exit(main())
