"""Answers from the champion: over HTTP, for a file, for a file larger than memory.

What config/performance.yaml may say of it; config/serving.yaml is read in `limits`.
"""

from __future__ import annotations

from pydantic import Field

from telco_churn.config import Section


class Budgets(Section):
    """What one process may take."""

    single_row_ms: float = Field(gt=0)
    batch_rows_per_second: float = Field(gt=0)
    memory_mb: float = Field(gt=0)


class PerformanceFile(Section):
    """What config/performance.yaml may hold."""

    budgets: Budgets
    memory_rows: int = Field(ge=1)
    single_row_repeats: int = Field(ge=1)
