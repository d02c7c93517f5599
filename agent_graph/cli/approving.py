"""A review at the terminal: a person looks at a design, or at the code, and says how to go on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agent_graph import runner
from agent_graph.cli.screen import MARKS, Voice, somebody


def decider(voice: Voice, *, as_json: bool) -> runner.Decide | None:
    """Who approves designs and code: the person at the terminal, if there is one."""
    return Approver(voice) if somebody(as_json=as_json) else None


class Approver:
    """Puts every stop of a review to the person at the terminal, until they approve the rest."""

    def __init__(self, voice: Voice) -> None:
        self._rest, self._voice = False, voice

    def __call__(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Their answer to one stop."""
        if self._rest:
            return {"decision": "approve"}
        with self._voice.aside():
            return self._asked(payload)

    def _asked(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        self._show(payload)
        plan = payload["review"] == "plan"
        choices = "[a]pprove, approve the [r]est, send [b]ack with a note" + (", [e]dit" if plan else "")
        while True:
            given = typer.prompt(choices, default="a").strip().lower()[:1]
            if given in ("a", "r"):
                self._rest = given == "r"
                return {"decision": "approve"}
            if given == "b":
                role = payload.get("role") or typer.prompt("which agent")
                return {"decision": "back", "role": role, "note": typer.prompt("what shall it do otherwise")}
            text = _edited(payload["design"]) if given == "e" and plan else None
            if text is not None:
                return {"decision": "edit", "design": text}

    def _show(self, payload: Mapping[str, Any]) -> None:
        console = Console(highlight=False)
        if payload["review"] == "plan":
            table = Table("what", "choice", "why", title=payload["role"].replace("_", "-"), header_style="bold")
            for decision in payload["decisions"]:
                table.add_row(*(escape(decision[key]) for key in ("what", "choice", "why")))
            console.print(table)
            return
        console.print(f"\nThe code is in {escape(payload['path'])} at {payload['commit'][:10]}", soft_wrap=True)
        console.print(f"{len(payload['files'])} files, {payload['passed']} checks passed", soft_wrap=True)
        for check in payload["other"]:
            console.print(f"  {MARKS[check['verdict']]}  {check['name']}: {escape(check['evidence'][:300])}")


def _edited(design: Any) -> str | None:
    """The design as the person left it in their editor; None when they didn't save."""
    import click  # typer's own ground

    return click.edit(json.dumps(design, indent=1, ensure_ascii=False), extension=".json")
