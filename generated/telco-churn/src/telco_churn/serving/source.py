"""Which model answers: the champion, loaded anew when another one is promoted, or its stand-in."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from telco_churn.config import settings
from telco_churn.log import get_logger
from telco_churn.model import Model
from telco_churn.registry import POINTER
from telco_churn.serving.telemetry import Telemetry

log = get_logger(__name__)


@dataclass(frozen=True)
class Export:
    """A model folder that is to be served, and when it was promoted (seconds since the epoch)."""

    folder: Path
    promoted_at: float


@dataclass(frozen=True)
class Served:
    """A model in memory, when it was promoted, and what it is to the champion."""

    model: Model
    source: Literal["champion", "previous"]
    promoted_at: float


class ModelSource:
    """Holds the served model and the one before it, and notices promotions and rollbacks.

    A new export that can't be loaded, or fails its first prediction, never replaces a model that works.
    """

    def __init__(self, telemetry: Telemetry, first_prediction: Callable[[Model], object]) -> None:
        self._telemetry = telemetry
        self._first_prediction = first_prediction
        self._seen: Export | None = None
        self.current: Served | None = None
        self.former: Served | None = None
        self.broken = False  # there is an export, but it can't be used

    def refresh(self) -> bool:
        """Load what is promoted if it is another export than last time; returns whether another model answers now."""
        wanted = promoted()
        if wanted is None or wanted == self._seen:
            return False
        self._seen = wanted
        loaded = self._loaded(wanted, "champion")
        self.broken = loaded is None
        self._telemetry.reloads.labels("failed" if self.broken else "ok").inc()
        if loaded is not None:
            self.former, self.current = self.current, loaded
        elif self.current is not None:
            self.current = replace(self.current, source="previous")
        else:
            self.current = self._kept_beside(wanted)
        self._announce()
        return loaded is not None

    def _loaded(self, export: Export, source: Literal["champion", "previous"]) -> Served | None:
        """The model of a folder, warmed up; None when anything is wrong with it: the service goes on without."""
        began = time.monotonic()
        try:
            model = Model.load(export.folder)
            self._first_prediction(model)
        except Exception:
            log.exception("a model can't be used", extra={"folder": str(export.folder)})
            return None
        seconds = round(time.monotonic() - began, 3)
        log.info("model loaded", extra={"version": model.version, "source": source, "seconds": seconds})
        return Served(model, source, export.promoted_at)

    def _kept_beside(self, broken: Export) -> Served | None:
        """The former champion, which a promotion leaves beside the new one."""
        for folder in sorted(broken.folder.parent.glob("[!.]*")):
            if folder.is_dir() and folder != broken.folder:
                former = self._loaded(Export(folder, folder.stat().st_mtime), "previous")
                if former is not None:
                    return former
        return None

    def _announce(self) -> None:
        served = self.current
        if served is None:
            self._telemetry.now_served("none", "prior", math.nan)
        else:
            self._telemetry.now_served(served.model.version, served.source, served.promoted_at)


def promoted() -> Export | None:
    """The export that the service should use: the pinned one, else the champion; None before the first promotion."""
    pinned = settings().pinned_model
    if pinned is not None:
        return Export(settings().root / pinned, 0.0)
    pointer = settings().serving_dir / POINTER
    try:
        version = str(json.loads(pointer.read_text(encoding="utf-8"))["version"])
        return Export(settings().serving_dir / version, pointer.stat().st_mtime)
    except FileNotFoundError:
        return None
