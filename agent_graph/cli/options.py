"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from agent_graph.asking import Asking

Name = Annotated[str, typer.Argument(help="the project's name, as `agent-graph list` shows it")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON document, for machines")]
Model = Annotated[list[str] | None, typer.Option(help="openai:NAME, or ROLE=openai:NAME for one role")]
FLAGS = {  # wishes about models that are called otherwise on the command line
    "cache": "--no-cache",
    "sample_rows": "--share-samples",
    "ratchet": "--no-ratchet",
}
BaseUrl = Annotated[str | None, typer.Option(help="an OpenAI-compatible server of your own")]
MaxUsd = Annotated[float | None, typer.Option(min=0, help="cap of the models' cost")]
MaxTokens = Annotated[int | None, typer.Option(min=0, help="cap of the models' tokens")]
MaxOutput = Annotated[int, typer.Option(min=256, help="tokens of one answer, reasoning included")]
Tries = Annotated[int, typer.Option(min=1, help="answers of a model that are looked at for one design")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="ask again what was answered before")]
Record = Annotated[Path | None, typer.Option(help="write every exchange to this new file; resume goes on in it")]
Replay = Annotated[Path | None, typer.Option(help="take every answer from a recording, offline")]
ShareSamples = Annotated[int, typer.Option(min=0, help="rows that a prompt may show; else statistics only")]
NoRatchet = Annotated[bool, typer.Option("--no-ratchet", help="keep a model's design that scores worse")]
Trace = Annotated[bool, typer.Option("--trace", help="write the run's spans to MLflow")]
Review = Annotated[str, typer.Option(help="stop for you: plan (each design), code (before the proof), or both")]


def asking_of(model: list[str] | None, *, tries: int, **given: Any) -> Asking | None:
    """The wishes about models; None when there are none. BadInput when there are some, but no model is named."""
    from agent_graph.asking import Asking
    from agent_graph.errors import BadInput
    from agent_graph.llm import Patience

    wishes = Asking(models=tuple(model or ()), patience=Patience(tries=tries), **given)
    if wishes.models:
        return wishes
    others = [name for name, default in Asking() if name != "patience" and getattr(wishes, name) != default]
    named = [FLAGS.get(name, f"--{name.replace('_', '-')}") for name in others]
    named += ["--tries"] if wishes.patience != Patience() else []
    if named:
        raise BadInput(f"{' and '.join(named)} can't be kept without a model: name it too, as in --model openai:NAME")
    return None


def stops(review: str) -> tuple[str, ...]:
    """`plan,code` as its parts."""
    return tuple(part.strip() for part in review.split(",") if part.strip())
