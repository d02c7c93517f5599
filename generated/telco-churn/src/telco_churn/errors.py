"""What this project says when it can't go on.

ProjectError              exit 1
├── BadInput              exit 2: a file, column, value or setting is not as it must be
└── QualityGateFailed     exit 3: all went well, and the answer is no
"""

from __future__ import annotations

from typing import Any, ClassVar


class ProjectError(Exception):
    """A failure with one clear line for the user; `report` is what the command still prints on stdout."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, report: dict[str, Any] | None = None) -> None:
        super().__init__(" ".join(message.split()))
        self.report = report


class BadInput(ProjectError):
    """Something given to the project is missing or wrong; the message names it and the remedy."""

    exit_code = 2


class QualityGateFailed(ProjectError):
    """A gate (data contract, thresholds, drift, promotion) said no; the message says which and why."""

    exit_code = 3
