"""Runs in the cell: compares the installed distributions with the committed lock file. Prints one line, exit 0 or 1."""

import re
import sys
from importlib.metadata import distributions

from packaging.requirements import Requirement

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?==([^\s\\;]+)")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def words(text: str | None) -> set[str]:
    return {canonical(word.strip()) for word in (text or "").split(",") if word.strip()}


def without_extra(extras: dict[str, set[str]]) -> list[str]:
    """Where a package asks for another with an extra, and the lock pins that one without: pip refuses such a lock."""
    asked = []
    for distribution in distributions():
        name = canonical(distribution.metadata["Name"])
        for each in map(Requirement, distribution.requires or ()):
            contexts = [{"extra": extra} for extra in ("", *extras.get(name, ()))]
            wanted = words(",".join(each.extras)) - extras.get(canonical(each.name), set())
            if wanted and (each.marker is None or any(map(each.marker.evaluate, contexts))):
                asked.append(f"{name} asks for {each.name}[{','.join(sorted(wanted))}]")
    return sorted(asked)


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as lock:
        found_pins = [match for line in lock if (match := PIN.match(line))]
    pins = {canonical(match[1]): match[3] for match in found_pins}
    found = {canonical(d.metadata["Name"]): d.version for d in distributions()}
    wrong = sorted(
        f"{name} {found.get(name, 'missing')} instead of {pin}" for name, pin in pins.items() if found.get(name) != pin
    )
    extra = sorted(set(found) - set(pins) - {"pip", "setuptools", "wheel"})
    if wrong or extra or not pins:
        print(f"{len(wrong)} differ: {', '.join(wrong[:5])}; not in the lock: {', '.join(extra[:5])}")
        return 1
    if asked := without_extra({canonical(match[1]): words(match[2]) for match in found_pins}):
        print(f"the lock pins without their extra: {', '.join(asked[:5])}")
        return 1
    print(f"{len(pins)} distributions, each at the locked version; nothing else is installed")
    return 0


sys.exit(main())
