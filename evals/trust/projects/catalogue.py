"""All pairs, by who would have written the lie."""

from __future__ import annotations

from evals.trust.projects import (
    answered,
    counted,
    deployed,
    landed,
    learnt,
    monitored,
    prepared,
    served,
    shipped,
    tested,
    watched,
)
from evals.trust.projects.pair import Pair

PAIRS: tuple[Pair, ...] = (
    *(*landed.PAIRS, *prepared.PAIRS, *learnt.PAIRS, *answered.PAIRS, *tested.PAIRS),
    *(*deployed.PAIRS, *shipped.PAIRS, *served.PAIRS, *counted.PAIRS, *watched.PAIRS, *monitored.PAIRS),
)
SAMPLE: frozenset[str] = frozenset({  # quick ones that need no trained model, for CI
    "test that asserts nothing",
    "test that always skips",
    "coverage that doesn't look everywhere",
    "lock without hashes",
    "import that nobody declared",
    "function that nothing calls",
    "better behaviour while a test looks",
    "download while training",
    "a container that listens where nobody asks",
    "a readiness probe of a path that isn't served",
    "production runs whatever is latest",
    "a pod that runs as root",
    "a password among the settings",
    "an image without its configuration",
    "a workflow whose tests may fail",
    "a release whose quality gate passes everything",
    "a canary script that promotes whatever the verdict",
    "a README with a command that isn't there",
    "a Makefile whose tests are a word of praise",
    "an alert that can never fire",
    "an alert that always fires",
    "rule tests that expect nothing",
    "an alert without a runbook",
    "a route to nobody",
})  # fmt: skip
