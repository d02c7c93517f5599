"""An archive of committed files, unpacked by hand: tarfile's own filter came only with Python 3.11.4."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path, PurePosixPath

from agent_graph.errors import BadInput


def unpack(archive: bytes, target: Path) -> None:
    """Write an archive's folders, files and links below `target`; of a file's mode only "may be run" counts.

    BadInput for a name, a link or a kind of entry that leads out of it. Nothing is ever written through a link.
    """
    root = target.resolve()
    links: list[tuple[str, Path]] = []
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            path = _place(root, member.name)
            if member.isdir():
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if member.issym():
                path.symlink_to(member.linkname)
                links.append((member.name, path))
            elif member.isreg() and (content := tar.extractfile(member)) is not None:
                path.write_bytes(content.read())
                path.chmod(0o755 if member.mode & 0o100 else 0o644)
            else:
                raise _leads_out(member.name)
    _stay_inside(root, links)


def _place(root: Path, name: str) -> Path:
    """Where an entry belongs; BadInput when that is outside, or behind a link of the same archive."""
    parts = PurePosixPath(name).parts
    if not parts or parts[0] == "/" or ".." in parts:
        raise _leads_out(name)
    path = root.joinpath(*parts)
    if path.is_symlink() or path.parent.resolve() != path.parent:
        raise _leads_out(name)
    return path


def _stay_inside(root: Path, links: list[tuple[str, Path]]) -> None:
    """Looked at when all are there, for a link may lead over another; one that leads out is removed, too."""
    for name, path in links:
        if path.readlink().is_absolute() or not _end(path).is_relative_to(root):
            path.unlink()
            raise _leads_out(name)


def _end(path: Path) -> Path:
    """Where a link ends; links that lead in a circle end nowhere, which is no way out."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _leads_out(name: str) -> BadInput:
    return BadInput(f"{name} leads out of the project; replace that link by a file")
