"""GitHub Actions: tests on every change, releases, scheduled retraining."""

from pathlib import Path

from agent_graph.measuring.pipelines import Pipelines
from agent_graph.option import Option
from agent_graph.options.ci.github_actions.workflows import ROOT, check, fixed, read

OPTION = Option(
    choice="ci",
    name="github_actions",
    line="GitHub Actions: tests, releases, scheduled retraining",
    folder=Path(__file__).parent,
    shown_by="validated",
    tool="actionlint",
    words=("GitHub Actions", "GH Actions"),
    traces=(".github/workflows",),
    says=Pipelines(ROOT, read, fixed),
    check=check,
)
