"""Write docs/coverage.md: the rows of the mission, each beside the checks whose own folders say that they cover it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from agent_graph import register
from agent_graph.roles import ROLES

ROOT = Path(__file__).resolve().parents[1]
ROWS, PAGE = ROOT / "docs" / "mission.toml", ROOT / "docs" / "coverage.md"
HEAD = """# Coverage: what the mission asks for, and the check that shows it

A row counts when a check or a test shows it on a generated project. Names in `code` are checks of the execution report,
or files of this repository. **not yet** means: nothing shows it. `make coverage` makes this page of the mission's rows
(`docs/mission.toml`) and of what checks of roles, choices and options say they cover (their folders' `checks.toml`).
"""


def covered() -> dict[str, list[str]]:
    """Names of checks by row of the mission, roles in the order of their work, then choices and options."""
    found: dict[str, list[str]] = {}
    for each in (*ROLES, *register.choices().values(), *register.options().values()):
        for name, check in each.checks.items():
            for row in check.covers:
                found.setdefault(row, []).append(name)
    return found


def page() -> str:
    """The page; ValueError when a check covers a row that the mission doesn't have, or a row has nothing to show."""
    checks, sections = covered(), tomllib.loads(ROWS.read_text("utf-8"))["section"]
    if strange := set(checks) - {row["id"] for section in sections for row in section["row"]}:
        raise ValueError(f"no row of the mission: {', '.join(sorted(strange))}")
    parts = [HEAD]
    for section in sections:
        lines = [_line(row, checks.get(row["id"], [])) for row in section["row"]]
        parts.append(
            "\n".join([f"## {section['title']}", "", "| row | what | shown by |", "|---|---|---|", *lines, ""])
        )
    return "\n".join(parts)


def _line(row: dict[str, Any], checks: list[str]) -> str:
    named = ", ".join(f"`{name}`" for name in dict.fromkeys(checks))
    shown = [f"{row['told']}: {named}" if row.get("told") and named else named, row.get("also", "")]
    if left := row.get("left"):
        shown.append("**not yet**" if left == "all" else f"{left} **not yet**")
    if not any(shown):
        raise ValueError(f"{row['id']} has neither a check nor a word")
    return f"| {row['id']} | {row['what']} | {'; '.join(part for part in shown if part)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
