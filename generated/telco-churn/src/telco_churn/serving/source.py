"""Which model answers: the champion, loaded anew when another one is promoted, or its stand-in."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from telco_churn.config import settings
from telco_churn.log import get_logger
from telco_churn.models.model import Model
from telco_churn.registry.versions import POINTER, exported
from telco_churn.serving.telemetry import Telemetry

log = get_logger(__name__)
FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 60.0  # the wait doubles: a store that hiccups is back soon, a broken model isn't
ATTEMPTS = 3  # loads that fail before a service without any model stands in for it


@dataclass(frozen=True)
class Export:
    """A model folder that is to be served, and when it was promoted (seconds since the epoch; None: it was pinned)."""

    folder: Path
    promoted_at: float | None


@dataclass(frozen=True)
class Served:
    """A model in memory, the export that it came from, and what it is to the champion."""

    model: Model
    source: Literal["champion", "previous"]
    export: Export


class ModelSource:
    """Holds the served model and the one before it, and notices promotions and rollbacks.

    A new export that can't be loaded, or fails its first prediction, never replaces a model that works; it is tried
    again, for the reason may have been the store's.
    """

    def __init__(
        self,
        telemetry: Telemetry,
        first_prediction: Callable[[Model], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._telemetry = telemetry
        self._first_prediction = first_prediction
        self._clock = clock
        self._seen: Export | None = None  # answers now
        self._tried: Export | None = None
        self._failures = 0  # of the export that was tried last
        self._next_try = 0.0
        self.current: Served | None = None
        self.former: Served | None = None
        self.broken = False  # there is an export, but it can't be used

    def look(self) -> None:
        """`refresh` whose failures are told and left for the next time: a service outlives its store's bad moments."""
        try:
            self.refresh()
        except Exception:
            log.exception("the promoted model can't be looked up; it is tried again")

    def refresh(self) -> bool:
        """Load what is promoted unless it answers already; returns whether another model answers now."""
        wanted = promoted()
        if wanted is None or wanted == self._seen:
            return False
        if wanted != self._tried:
            self._tried, self._failures = wanted, 0
        elif self._clock() < self._next_try:
            return False
        loaded = self._loaded(wanted, "champion")
        self._telemetry.reloads.labels("failed" if loaded is None else "ok").inc()
        if loaded is not None:
            self._seen, self._tried, self.broken = wanted, None, False
            self.former, self.current = self.current, loaded
        else:
            self._stand_in(wanted)
        self._announce()
        return loaded is not None

    def _stand_in(self, wanted: Export) -> None:
        """What answers while an export can't be used, and when it is tried again."""
        self._next_try = self._clock() + min(FIRST_RETRY_S * 2**self._failures, LONGEST_RETRY_S)
        self._failures += 1
        self._seen = None  # a rollback to what answers now makes it the champion again
        if self.current is not None:
            self.current = replace(self.current, source="previous")
        else:
            self.current = self._kept_beside(wanted)
        self.broken = self.current is not None or self._failures >= ATTEMPTS

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
        return Served(model, source, export)

    def _kept_beside(self, broken: Export) -> Served | None:
        """The former champion, which a promotion leaves beside the new one."""
        for folder in sorted(broken.folder.parent.glob("[!.]*")):
            if folder.is_dir() and folder != broken.folder:
                former = self._loaded(Export(folder, None), "previous")
                if former is not None:
                    return former
        return None

    def _announce(self) -> None:
        served = self.current
        if served is None:
            self._telemetry.now_served("none", "prior", math.nan)
        else:
            promoted_at = served.export.promoted_at
            self._telemetry.now_served(
                served.model.version, served.source, math.nan if promoted_at is None else promoted_at
            )


def promoted() -> Export | None:
    """The export that the service should use: the pinned one, else the champion; None before the first promotion."""
    pinned = settings().pinned_model
    if pinned is not None:
        return Export(settings().root / pinned, None)
    try:
        return Export(exported(), (settings().serving_dir / POINTER).stat().st_mtime)
    except FileNotFoundError:
        return None
