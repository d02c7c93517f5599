"""The fitted weights, as they lie in one file beside this module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("weights.json")


@lru_cache(maxsize=1)
def fitted() -> Mapping[str, Any]:
    """What the fit wrote: weights by part, the bar from which a reading is taken, and what it was fitted on."""
    found: Mapping[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found
