"""What lies in a folder, as digests that two moments or two runs can be compared by."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path


def prints(
    folder: Path, but: Callable[[Path], bool] = lambda path: False, read: Callable[[Path], bytes] = Path.read_bytes
) -> dict[str, str]:
    """Of everything below the folder that isn't a folder, by relative path: SHA-256 of a file's bytes, or what it is.

    `but` leaves a path out; `read` says what of a file counts.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if but(path) or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink():
            found[name] = f"link to {os.readlink(path)}"
        else:
            found[name] = hashlib.sha256(read(path)).hexdigest() if path.is_file() else "a special file"
    return found


def difference(expected: Mapping[str, str], got: Mapping[str, str]) -> str | None:
    """What differs, in words; None when nothing does."""
    names = sorted(name for name in {*expected, *got} if expected.get(name) != got.get(name))
    if not names:
        return None
    sides = [
        f"{name} is {'not there' if name not in got else 'new' if name not in expected else 'other'}" for name in names
    ]
    return f"{len(names)} differ: {', '.join(sides[:5])}"


def lost(before: Mapping[str, str], after: Mapping[str, str]) -> str | None:
    """Which of the files that were there are gone or others; what is new is no loss. None when none is."""
    return difference(before, {name: digest for name, digest in after.items() if name in before})
