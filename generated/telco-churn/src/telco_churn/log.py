"""Logs as JSON lines on stderr, so that stdout holds a command's result and nothing else."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from telco_churn.config import settings

ROOT = "telco_churn"
STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, what `extra` gave, the traceback if any."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({key: value for key, value in vars(record).items() if key not in STANDARD_FIELDS})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


class StderrHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to whatever `sys.stderr` is at that moment (tests and servers replace it)."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        self.stream = sys.stderr
        super().emit(record)


def get_logger(name: str) -> logging.Logger:
    """The logger of that name below the project's own, which writes JSON lines on stderr."""
    root = logging.getLogger(ROOT)
    if not root.handlers:
        handler = StderrHandler()
        handler.setFormatter(JsonLines())
        root.addHandler(handler)
        root.propagate = False
        root.setLevel(settings().log_level.upper())
    return logging.getLogger(name if name.startswith(ROOT) else f"{ROOT}.{name}")
