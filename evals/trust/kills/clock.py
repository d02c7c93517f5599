"""Imported before agent_graph, it stops every clock that agent_graph reads: 1 January 2026, for ever.

So two runs of the same inputs can be compared byte for byte, and no field of a report has to be left out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

MOMENT = 1_767_225_600


def _still(real: Callable[[], float], moment: float) -> Callable[[], float]:
    """A clock that stands for agent_graph and goes on for all others."""
    return lambda: moment if sys._getframe(1).f_globals.get("__name__", "").startswith("agent_graph") else real()


for _name, _moment in (("monotonic", 0.0), ("perf_counter", 0.0), ("time", float(MOMENT))):
    setattr(time, _name, _still(getattr(time, _name), _moment))
