"""Names in a refusal: a few, those first that look like what was written, however many there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST = 12


def few(names: Iterable[str], like: str = "") -> str:
    """At most a dozen of the names, quoted, and how many more there are."""
    known = sorted(names)
    near = difflib.get_close_matches(like, known, n=3) if like else []
    shown = [*near, *(name for name in known if name not in near)][:MOST]
    more = len(known) - len(shown)
    return (", ".join(map(repr, shown)) or "none") + (f" and {more} more" if more else "")
