"""Try some lies by name: `python -m evals.trust.projects "a pod that runs as root" …`; 1 if one gets through."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from evals.trust.projects.catalogue import PAIRS
from evals.trust.projects.example import ROOMS
from evals.trust.projects.measure import told


def main(words: Sequence[str]) -> int:
    """Judge these lies and their twins, on the committed example if only texts are read; 2 for a name that is none."""
    pairs = [pair for pair in PAIRS if pair.name in words]
    if unknown := set(words) - {pair.name for pair in pairs}:
        print(f"no such lie: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    lines = told(pairs, all(pair.room in ROOMS for pair in pairs), print)
    for line in lines:
        print(f"{line.what}: {line.held} of {line.of}", *line.faults, sep="\n")
    return int(any(line.faults for line in lines) or not pairs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
