"""Runs in the cell: compares the installed distributions with the committed lock file. Prints one line, exit 0 or 1."""

import re
import sys
from importlib.metadata import distributions

PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as lock:
        pins = {canonical(m[1]): m[2] for line in lock if (m := PIN.match(line))}
    found = {canonical(d.metadata["Name"]): d.version for d in distributions()}
    wrong = sorted(
        f"{name} {found.get(name, 'missing')} instead of {pin}" for name, pin in pins.items() if found.get(name) != pin
    )
    extra = sorted(set(found) - set(pins) - {"pip", "setuptools", "wheel"})
    if wrong or extra or not pins:
        print(f"{len(wrong)} differ: {', '.join(wrong[:5])}; not in the lock: {', '.join(extra[:5])}")
        return 1
    print(f"{len(pins)} distributions, each at the locked version; nothing else is installed")
    return 0


sys.exit(main())
