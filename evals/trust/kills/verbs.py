"""What a victim is about when it is killed, and how its user goes on: verbs of the product on the small run.

The clock stands still in its process (agent_graph's own, and git's), so that two runs of the same inputs can be
compared byte for byte, and nothing of a report has to be left out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent_graph import Asking, runner
from agent_graph.errors import BadInput
from agent_graph.workspace import Workspace
from agent_graph.workspace.git import Git
from evals.trust.ground import STATEMENT
from evals.trust.ground.customers import NAME
from evals.trust.kills.clock import MOMENT

NOTE = "At least 3 replicas."


def stop_dates() -> None:
    """From now on it is always the same moment in what agent_graph and git write (its clocks: `kills.clock`)."""

    class Still(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(MOMENT, tz or UTC)

    for name, module in list(sys.modules.items()):
        if name.startswith("agent_graph") and getattr(module, "datetime", None) is datetime:
            module.datetime = Still  # type: ignore[attr-defined]
    environment = Git._environment
    dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{MOMENT} +0000")
    Git._environment = lambda git, author: environment(git, author) | dates  # type: ignore[method-assign]


def begin(data: Path, url: str) -> None:
    """The run, as `agent-graph new` would start it."""
    asking = Asking(models=("openai:stub", "intake=playbook"), base_url=url) if url else None
    runner.new(STATEMENT, str(data), name=NAME, target="churn", budget_s=5.0, asking=asking)


def send_back() -> None:
    """The rerun, as `agent-graph rerun` would start it."""
    runner.rerun(NAME, "mlops", NOTE)


def two_revisions() -> None:
    """A project of two revisions, made without a model: the ground for a return to the first."""
    begin(Path.cwd().parents[1] / "customers.csv", "")
    send_back()


def two_answers() -> None:
    """A project with an alternative beside it, which can be taken over."""
    begin(Path.cwd().parents[1] / "customers.csv", "")
    runner.rerun(NAME, "mlops", NOTE, alternative=True)


def go_back() -> None:
    """The return, as `agent-graph revert` would start it."""
    runner.revert(NAME, 1)


def take_over() -> None:
    """The take-over, as `agent-graph accept` would start it."""
    runner.accept(NAME, 2)


def finish_return(given: Callable[[], None]) -> str:
    """What a user does after a crash of a return: resume; where there is nothing to resume, the same command again."""
    before = _standing()
    try:
        runner.resume(NAME)
    except BadInput as error:
        if "at its end" not in str(error):
            raise
        if before == 3:
            return "was at its end"
        given()
        return "given again: it hadn't begun yet"
    return "resumed"


def go_on(data: Path, url: str, rerun: bool) -> str:
    """What a user does after a crash: resume; where it says that there is nothing yet, the same command again."""
    try:
        runner.resume(NAME)
    except BadInput as error:
        said = str(error)
        if not rerun and "there is no project" in said:
            begin(data, url)
            return "new again: nothing was on record yet"
        if rerun and ("stopped before it began" in said or (_standing() == 1 and "at its end" in said)):
            send_back()
            return "rerun again: it hadn't begun yet"
        if "at its end" in said:
            return "was at its end"
        raise
    return "resumed"


def two_commits() -> None:
    """A project of two agents' commits and an edit of the user's, not yet committed: the ground for a third commit."""
    workspace = _workspace()
    workspace.create()
    workspace.commit(
        "python_pro", "python-pro <python-pro@agent-graph.invalid>", "one", {"a.py": "A = 1\n", "b.py": ""}
    )
    third_commit("# the second\n")
    (workspace.path / "README.md").write_text("The user's own words.\n", encoding="utf-8")
    workspace.adopt_edits()


def third_commit(text: str = "# the third\n") -> None:
    """A commit that changes, adds and removes files, edits one of another agent, and is merged beside the user's."""
    files = {"src/c.py": text, f"src/{len(text)}.py": text, "a.py": f"A = 1\n{text}"}
    author = "mlops <mlops@agent-graph.invalid>"
    _workspace().commit("mlops", author, f"mlops: {text}", files, edits=["a.py"])


def _workspace() -> Workspace:
    home = Path.cwd() / "generated"
    return Workspace(home / NAME, home / ".agent-graph" / "runs" / NAME)


def _standing() -> int:
    return max((each.number for each in runner.history(NAME)), default=0)
