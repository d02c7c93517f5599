"""The execution report: what was decided, what was measured, what was not. Schema documented in docs/report.md."""

from __future__ import annotations

from html import escape
from typing import Literal

from agent_graph.artifacts.authorship import Authorship
from agent_graph.artifacts.checks import Check, GateResult, Measure, ProofResult, RoleName
from agent_graph.artifacts.notes import NoteAccount
from agent_graph.artifacts.problem import Problem
from agent_graph.artifacts.reading import Reading
from agent_graph.artifacts.value import Artifact, Decision, Setting

REPORT_SCHEMA: Literal["1.5"] = "1.5"
ProjectVerdict = Literal["proven", "proven for a guess", "not proven"]


class RoleAccount(Artifact):
    """What one role did: its decisions, who answered, its last gate."""

    role: RoleName
    author: str  # "playbook", or the model's name
    authorship: Authorship | None  # None: the role has made no design
    decisions: tuple[Decision, ...]
    gate: GateResult | None
    seconds: float


class Bin(Artifact):
    """One bin of a reliability or residual table, from held-out rows, computed by the host."""

    predicted: float
    actual: float
    rows: int


class Importance(Artifact):
    """How much the loss grows when columns that belong together are shuffled, as the project's own evaluation says.

    Before 1.5 it was one column, without interval and direction.
    """

    column: str  # the leading one
    value: float
    columns: tuple[str, ...] = ()  # all of the group, the leading one first
    low: float | None = None  # 95 % interval
    high: float | None = None
    direction: str = (
        ""  # of the answer: "more → higher", or the levels with the highest and lowest; "" where none is sure
    )

    @property
    def others(self) -> tuple[str, ...]:
        """What else belongs to the group."""
        return self.columns[1:]


class Pictures(Artifact):
    """The numbers behind the report's plots."""

    calibration: tuple[Bin, ...]  # classes: mean predicted probability against observed share
    residuals: tuple[Bin, ...]  # numbers: predicted against mean actual, by decile of the prediction
    importance: tuple[Importance, ...]
    importance_agreement: float | None = None  # rank correlation of the leading groups in two halves of the rows
    drift: tuple[Measure, ...]  # PSI of the newest rows by column
    drift_kind: str  # what the drift numbers compare


class BuiltWith(Artifact):
    """One choice of the stack: what was taken, why, and how far it was shown to work."""

    choice: str  # "serving"
    option: str  # "fastapi"
    line: str  # what that is
    confidence: float  # that the person wants it, from 0 to 1
    reason: str
    shown_by: str  # "run": its check starts the tool; "validated": its files are held to what the tool takes
    tool: str
    origin: str = ""  # distribution and version that a stranger's came with


class DataFacts(Artifact):
    """The size of what was given."""

    tables: tuple[str, ...]
    rows: int
    columns: int
    open_rows: int
    holdout_rows: int
    digest: str  # of the split, SHA-256
    unlabelled: int = 0  # rows, open and sealed, that have no answer to learn from or to be scored by
    notes: tuple[str, ...] = ()  # how the files were read where they aren't plainly written, a sentence each


class ExecutionReport(Artifact):
    """Everything that a reader needs to believe or doubt the project; made only from measurements."""

    schema_version: Literal["1.1", "1.2", "1.3", "1.4", "1.5"]  # 1.1 had no calls, 1.2 no reading, 1.3 no stack
    agent_graph_version: str
    name: str
    statement: str
    created: str  # ISO 8601, UTC
    verdict: ProjectVerdict
    reason: str  # one sentence
    question: str = ""  # what was answered, and how sure it is that this was asked
    guessed: bool = False  # it was open, and nobody confirmed it
    reading: Reading | None = None  # of the statement, with what became of each of its pieces
    problem: Problem
    data: DataFacts
    stack: tuple[BuiltWith, ...] = ()  # what it is built with, an entry a choice
    roles: tuple[RoleAccount, ...]
    proof: ProofResult | None
    pictures: Pictures
    sandbox: tuple[Setting, ...]  # which control was really in force
    timings: tuple[Measure, ...]  # seconds
    seed: int
    budget_s: float
    revision: int = 1  # the work that this report ends; 1 is the first run
    notes: tuple[NoteAccount, ...] = ()  # what people said to the roles, and whether the designs follow it

    def _repr_html_(self) -> str:
        """Verdict, score and the checks that didn't pass, as a notebook shows them."""
        holdout = self.proof.holdout if self.proof else None
        score = (
            f"<p>{escape(holdout.metric)} {holdout.score:.4g} on {holdout.rows:,} sealed rows</p>" if holdout else ""
        )
        others = "".join(
            f"<li>{escape(check.name)} ({check.verdict.replace('_', ' ')}): {escape(check.evidence)}</li>"
            for check in self.checks
            if check.verdict != "passed"
        )
        asked = f"<p>{escape(self.question)}</p>" if self.question else ""
        head = f"<h4>{escape(self.name)}: {self.verdict}</h4>{asked}<p>{escape(self.reason)}</p>{score}"
        return f"{head}<p>{self.count('passed')} checks passed</p><ul>{others}</ul>"

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every check of the last gates and of the proof."""
        gates = tuple(check for account in self.roles if account.gate for check in account.gate.checks)
        return gates + (self.proof.checks if self.proof else ())

    def count(self, verdict: str) -> int:
        """How many checks ended with that verdict."""
        return sum(check.verdict == verdict for check in self.checks)
