"""The runtime of a generated project: built once per lock, by uv, or one clear error."""

import re
import threading
from pathlib import Path

import pytest

from agent_graph.errors import RuntimeUnavailable
from agent_graph.sandbox import Sandbox, build_runtime, tool_path

LOCK = "# nothing but the interpreter\n"
ABSENT = f"six==0.0.1 --hash=sha256:{'0' * 64}\n"


def test_a_runtime_is_built_once_and_can_run(tmp_path: Path) -> None:
    lines: list[str] = []
    built = build_runtime(LOCK, tmp_path, lines.append)
    assert lines
    lines.clear()
    (tmp_path / "lock").write_text(LOCK)
    assert build_runtime(tmp_path / "lock", tmp_path, lines.append) == built
    assert lines == []
    result = Sandbox(built, run_dir=tmp_path / "run").run(["python", "-c", "import sys; print(sys.prefix)"])
    assert result.out == "/runtime\n", result.err


def test_builders_at_the_same_time_wait_for_one_another(tmp_path: Path) -> None:
    lines: list[str] = []
    threads = [threading.Thread(target=build_runtime, args=(LOCK, tmp_path, lines.append)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("Creating virtual environment" in line for line in lines) == 1
    assert [path.name for path in (tmp_path / "runtimes").iterdir() if path.is_dir()] == [
        build_runtime(LOCK, tmp_path).name
    ]


def test_a_failed_installation_names_the_remedy_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(RuntimeUnavailable, match="Remedy: check the network") as caught:
        build_runtime(ABSENT, tmp_path)
    assert "\n" not in str(caught.value)
    assert [path.name for path in (tmp_path / "runtimes").iterdir() if path.is_dir()] == []


def test_a_lock_without_hashes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeUnavailable, match="hash"):
        build_runtime("numpy==2.2.0\n", tmp_path)


def test_a_tool_is_found_beside_the_interpreter_or_named_as_missing() -> None:
    assert tool_path("uv").exists()
    with pytest.raises(RuntimeUnavailable, match="no-such-tool"):
        tool_path("no-such-tool")


def test_a_smaller_lock_is_taken_from_a_larger_environment_and_holds_nothing_else(tmp_path: Path) -> None:
    whole = (Path(__file__).parents[2] / "generated" / "telco-churn" / "requirements.lock").read_text("utf-8")
    blocks = {block.partition("==")[0]: block for block in re.findall(r"^[a-z][^\n]*==(?:.|\n(?=\s))*", whole, re.M)}
    small, large = ("\n".join([*(blocks[name] for name in names), ""]) for names in (["click"], ["click", "iniconfig"]))
    lines: list[str] = []
    larger = build_runtime(large, tmp_path)
    smaller = build_runtime(small, tmp_path, lines.append)
    assert lines[0] == f"Taken from {larger.name}, which holds more"
    assert not any("Compiled" in line or "Prepared" in line for line in lines[1:-1])
    seen = "import importlib.util, sys; print(sys.prefix, *(bool(importlib.util.find_spec(n)) for n in sys.argv[1:]))"
    words = ["python", "-c", seen, "click", "iniconfig"]
    for built, found in ((smaller, "/runtime True False\n"), (larger, "/runtime True True\n")):
        result = Sandbox(built, run_dir=tmp_path / "run").run(words)
        assert result.out == found, result.err
    assert build_runtime(LOCK, tmp_path, lines.append) not in (smaller, larger)
