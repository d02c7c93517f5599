"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from agent_graph.runner.models import Asking

Name = Annotated[str, typer.Argument(help="the project's name, as `agent-graph list` shows it")]
Statement = Annotated[str | None, typer.Argument(help="the problem in plain words")]
Data = Annotated[list[str] | None, typer.Option(help="file, folder or glob; the first is the main table")]
Target = Annotated[str | None, typer.Option(help="column to predict, where the words leave it open")]
Task = Annotated[str | None, typer.Option(help="kind of problem: binary, regression …; a wrong one is told all")]
Metric = Annotated[str | None, typer.Option(help="roc_auc | log_loss | rmse | …")]
TimeColumn = Annotated[str | None, typer.Option(help="hold out and validate by this time")]
GroupColumn = Annotated[str | None, typer.Option(help="rows of one group stay together")]
Options = Annotated[list[str] | None, typer.Option("--set", help="key=value: keep, drop, split …, or of the stack")]
Spec = Annotated[Path | None, typer.Option(help="YAML file with any of these; the command line wins")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON document, for machines")]
Model = Annotated[list[str] | None, typer.Option(help="openai:NAME, or ROLE=openai:NAME for one role")]
BaseUrl = Annotated[str | None, typer.Option(help="an OpenAI-compatible server of your own")]
MaxUsd = Annotated[float | None, typer.Option(min=0, help="cap of the models' cost")]
MaxTokens = Annotated[int | None, typer.Option(min=0, help="cap of the models' tokens")]
MaxOutput = Annotated[int, typer.Option(min=256, help="tokens of one answer, reasoning included")]
Tries = Annotated[int, typer.Option(min=1, help="answers of a model that are looked at for one design")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="ask again what was answered before")]
Record = Annotated[Path | None, typer.Option(help="write every exchange to this new file; resume goes on in it")]
Replay = Annotated[Path | None, typer.Option(help="take every answer from a recording, offline")]
ShareSamples = Annotated[int, typer.Option(min=0, help="open rows that a role's prompt may show; else statistics only")]
NoRatchet = Annotated[bool, typer.Option("--no-ratchet", help="keep a model's design that scores worse")]
Trace = Annotated[bool, typer.Option("--trace", help="write the run's spans to MLflow")]
Guess = Annotated[bool, typer.Option("--guess", help="where the question is open, take the likeliest, and say so")]
Review = Annotated[str, typer.Option(help="stop for you: plan (each design), code (before the proof), or both")]


def asking_of(model: list[str] | None, *, tries: int, **given: Any) -> Asking | None:
    """The wishes about models; None when there are none. BadInput when there are some, but no model is named."""
    from agent_graph.errors import BadInput
    from agent_graph.runner.models import FLAGS, Asking, Patience

    wishes = Asking(models=tuple(model or ()), patience=Patience(tries=tries), **given)
    if wishes.models:
        return wishes
    others = [name for name, default in Asking() if name != "patience" and getattr(wishes, name) != default]
    named = [FLAGS.get(name, f"--{name.replace('_', '-')}") for name in others]
    named += ["--tries"] if wishes.patience != Patience() else []
    if named:
        raise BadInput(f"{' and '.join(named)} can't be kept without a model: name it too, as in --model openai:NAME")
    return None


CODES = {"proven": 0, "not proven": 1, "proven for a guess": 7}  # how a command ends, by the project's verdict


def stops(review: str) -> tuple[str, ...]:
    """`plan,code` as its parts."""
    return tuple(part.strip() for part in review.split(",") if part.strip())
