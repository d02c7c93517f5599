"""What was measured: checks, gates, the proof."""

from __future__ import annotations

from typing import ClassVar, Literal

from agent_graph.artifacts.value import Artifact, Grown, Setting

Verdict = Literal["passed", "failed", "not_checked"]
RoleName = Literal["data_engineer", "data_scientist", "ml_engineer", "python_pro", "mlops", "observability"]
ROLE_NAMES: tuple[RoleName, ...] = (
    "data_engineer",
    "data_scientist",
    "ml_engineer",
    "python_pro",
    "mlops",
    "observability",
)


class Measure(Artifact):
    """One number that a check found; `unit` is "" for a plain ratio or score."""

    name: str
    value: float
    unit: str


class Check(Artifact):
    """One thing measured, with its owner and evidence. `failed` is a value, not an exception."""

    name: str  # snake_case, stable: docs/coverage.md names it
    owner: RoleName
    verdict: Verdict
    evidence: str  # one or two sentences with the numbers; for a failure the lines that matter
    measures: tuple[Measure, ...]
    seconds: float


class GateResult(Artifact):
    """The checks of one role's contribution at one commit."""

    role: RoleName
    attempt: int  # 1 is the first design of its revision
    revision: int = 1  # in which it was measured
    key: str = ""  # SHA-256 of all that was measured: the same key needs no second look
    commit: str
    checks: tuple[Check, ...]
    seconds: float

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.verdict == "failed")

    @property
    def passed(self) -> bool:
        """No check failed and at least one passed."""
        return not self.failed and any(check.verdict == "passed" for check in self.checks)


class Setback(Artifact):
    """What a role is told when it is asked again."""

    attempt: int  # of the design that failed
    checks: tuple[Check, ...]

    def failed(self, name: str) -> bool:
        """Whether the check of that name is among the failed ones."""
        return any(check.name == name for check in self.checks)


class Promise(Artifact):
    """The validation score, from out-of-fold predictions of open rows, fixed before the hold-out was scored."""

    metric: str
    score: float
    low: float  # 95 % bootstrap interval, for a sample of the hold-out's size
    high: float

    def standing(self, score: float, *, higher_is_better: bool) -> Literal["worse", "kept", "better"]:
        """Whether a score lies inside what was promised, or on which side."""
        below, above = ("worse", "better") if higher_is_better else ("better", "worse")
        return below if score < self.low else above if score > self.high else "kept"  # type: ignore[return-value]


class HoldoutScore(Artifact):
    """Scores on the sealed rows, computed by the host from a predictions file."""

    metric: str
    score: float
    dummy: float
    baseline: float
    baseline_name: str
    secondary: tuple[Measure, ...]
    rows: int


class Estimate(Artifact):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


class Ranked(Artifact):
    """What the sealed rows bring that one way of ranking puts first, as many as are acted upon."""

    kind: Literal["project", "baseline", "rule", "random"]
    name: str  # in words; a rule's is made of a column's name and a level of the data
    precision: Estimate  # share of the rows acted upon that are hits
    lift: Estimate  # the same, in multiples of the share of hits among all rows
    captured: Estimate  # share of all hits that are among the rows acted upon
    standing: Literal["better", "even", "worse"] | None  # of the project to this way; None: it is the project


class DecisionScore(Artifact):
    """How good the decision is: hits among the highest of the sealed rows, at the share that is acted upon."""

    top_k: int  # rows of the table that are acted upon
    table_rows: int
    rows: int  # sealed rows that have a label
    acted: int  # of them, at the same share
    rate: float  # share of hits among all of them
    ways: tuple[Ranked, ...]  # the project, the plain baseline, the best rule of thumb where there is one, random picks


class ListedRow(Artifact):
    """One of the rows to act on, as the project listed it; texts are the project's own."""

    rank: int
    named: str  # what names the row, or where it stands among the sealed ones
    score: float
    reasons: tuple[str, ...]


class Comparison(Artifact):
    """Two revisions' predictions of the same sealed rows, scored side by side."""

    former: int  # revision
    metric: str
    before: float
    after: float
    noise: float  # standard error of the difference, paired bootstrap
    verdict: Literal["better", "same", "worse"]  # same: within two standard errors


class LicenceCount(Artifact):
    """How many packages are under one licence."""

    licence: str  # SPDX expression
    packages: int


class Vulnerability(Artifact):
    """One known hole of a locked version."""

    package: str
    version: str
    known_as: str  # identifier in the database, as GHSA-… or PYSEC-…


class Dependencies(Artifact):
    """What a project is installed with, as its lock says."""

    packages: int
    licences: tuple[LicenceCount, ...]  # the most frequent first
    vulnerabilities: tuple[Vulnerability, ...]
    not_asked: str  # why no database of vulnerabilities could be asked; "" when one was


class Delivered(Artifact):
    """A table that came without the target, and the file of the repository that holds its predictions."""

    table: str
    file: str
    rows: int


class ProofResult(Grown):
    """The acceptance run of the whole project from a clean checkout."""

    LATER: ClassVar[tuple[str, ...]] = ("delivered", "decision", "listed")

    attempt: int  # in its revision
    revision: int = 1
    key: str = ""  # SHA-256 of all that was run
    looked: int = 1  # how often the sealed rows have been scored so far, this time included
    commit: str
    checks: tuple[Check, ...]
    promise: Promise | None
    holdout: HoldoutScore | None
    sandbox: tuple[Setting, ...]  # which control held in the cell of this run, and how
    dependencies: Dependencies | None = None
    seconds: float
    delivered: tuple[Delivered, ...] = ()
    decision: DecisionScore | None = None  # where a number of rows is acted upon
    listed: tuple[ListedRow, ...] = ()  # the first of them

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.verdict == "failed")
