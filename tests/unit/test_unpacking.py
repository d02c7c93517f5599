"""A checkout is unpacked by hand, so that it is as safe on a Python whose tarfile has no filter."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from agent_graph.errors import BadInput
from agent_graph.workspace.unpacking import unpack

Entry = tuple[str, bytes, str]  # name, kind, content or where a link leads


def archive(*entries: Entry, mode: int = 0o664) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, kind, text in entries:
            member = tarfile.TarInfo(name)
            member.type, member.mode = kind, mode
            if kind == tarfile.REGTYPE:
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text.encode()))
            else:
                member.linkname = text
                tar.addfile(member)
    return made.getvalue()


FILE, FOLDER, LINK = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE


def test_folders_files_and_links_inside_are_there(tmp_path: Path) -> None:
    entries = (("src", FOLDER, ""), ("src/a.py", FILE, "a"), ("deep/er/b", FILE, "b"), ("deep/a", LINK, "../src/a.py"))
    unpack(archive(*entries, ("circle", LINK, "circle"), ("nowhere", LINK, "src/none")), tmp_path)
    assert (tmp_path / "deep" / "a").read_text() == "a"
    assert (tmp_path / "deep" / "er" / "b").read_text() == "b"
    assert (tmp_path / "circle").is_symlink()
    assert (tmp_path / "src" / "a.py").stat().st_mode & 0o777 == 0o644


def test_of_a_mode_only_whether_it_may_be_run_counts(tmp_path: Path) -> None:
    unpack(archive(("run.sh", FILE, ""), mode=0o6777), tmp_path)
    assert (tmp_path / "run.sh").stat().st_mode & 0o7777 == 0o755


@pytest.mark.parametrize(
    "entries",
    [
        [("../out", FILE, "x")],
        [("a/../../out", FILE, "x")],
        [("/tmp/agent-graph-out", FILE, "x")],
        [("link", LINK, "/etc/passwd")],
        [("link", LINK, "..")],
        [("a/link", LINK, "../../out")],
        [("a", LINK, "b/../out"), ("b", LINK, ".")],  # each of them alone seems to stay inside
        [("a", LINK, "b"), ("a/out", FILE, "x")],
        [("b", FOLDER, ""), ("a", LINK, "b"), ("a/out", FILE, "x")],
        [("a", LINK, "../out"), ("a", FILE, "x")],
        [("hard", tarfile.LNKTYPE, "/etc/passwd")],
        [("pipe", tarfile.FIFOTYPE, "")],
        [("device", tarfile.CHRTYPE, "")],
    ],
)
def test_what_leads_out_is_refused_and_nothing_is_written_there(tmp_path: Path, entries: list[Entry]) -> None:
    inside = tmp_path / "project"
    inside.mkdir()
    with pytest.raises(BadInput, match=f"{entries[-1][0]}|a leads out of the project; replace that link by a file"):
        unpack(archive(*entries), inside)
    assert [path.name for path in tmp_path.iterdir()] == ["project"]
    assert not (inside / "b" / "out").exists()
