"""Speed and memory of the champion against `config/performance.yaml`. Needs `make run` first; skipped otherwise."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from synthetic import make_rows

from telco_churn.config import load
from telco_churn.data.columns import from_frame
from telco_churn.errors import BadInput
from telco_churn.registry.versions import champion
from telco_churn.serving.bench import Speed, at_least, measure

pytestmark = pytest.mark.performance
STARTUP_SECONDS = 0.5  # of `--help` in a fresh interpreter
SOURCES = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture(scope="module")
def speed() -> Speed:
    """The champion, measured once on made-up rows."""
    try:
        model = champion()
    except BadInput as reason:
        pytest.skip(f"no champion yet: {reason}")
    return measure(model, from_frame(at_least(make_rows(500), load("performance")["memory_rows"])))


def test_one_row_is_answered_within_its_budget(speed: Speed) -> None:
    assert speed.single_row_ms <= load("performance")["budgets"]["single_row_ms"]


def test_many_rows_are_answered_fast_enough(speed: Speed) -> None:
    assert speed.batch_rows_per_second >= load("performance")["budgets"]["batch_rows_per_second"]


def test_many_rows_fit_into_their_memory(speed: Speed) -> None:
    assert speed.memory_mb <= load("performance")["budgets"]["memory_mb"]


def test_the_command_line_starts_quickly() -> None:
    seconds = []
    for _ in range(3):  # the best of three: the first reads from disk
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "telco_churn", "--help"], cwd=SOURCES, check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) <= STARTUP_SECONDS
