"""The container backend without an engine: what one would be told, what is believed of it, and what it must keep."""

import csv
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import get_args

import pytest

from agent_graph.backends import Backend
from agent_graph.errors import AgentGraphError, SandboxUnavailable
from agent_graph.sandbox import Limits, Policy, Sandbox, Step, available
from agent_graph.sandbox.bwrap import Room
from agent_graph.sandbox.container import create_words
from agent_graph.sandbox.engine import Engine, Kind, client_env, empty_image, find_engine
from agent_graph.sandbox.slot import claim_slot
from agent_graph.settings import Settings
from tests.sandbox.played_engine import needs_stage, play

DOCKER = {"ServerVersion": "28.2", "SecurityOptions": ["name=seccomp"], "OSType": "linux", "OperatingSystem": "Debian"}
PODMAN = {"host": {"security": {"rootless": True}, "serviceIsRemote": False}, "version": {"Version": "5.4"}}


def room(sandbox: Sandbox, tmp_path: Path, **mounts: Path) -> Room:
    limits = Limits(memory=1 << 30, pids=40, cpus=0.5, disk=1 << 20, tmp=2 << 20, shm=3 << 20, nofile=99)
    return Room(sandbox.runtime, tmp_path, tmp_path, mounts, {"TOKEN": "canary"}, limits, 261_007)


def words_of(sandbox: Sandbox, tmp_path: Path, kind: Kind = "docker", *, rootless: bool = False) -> list[str]:
    engine = Engine(kind, Path("/usr/bin", kind), "1", rootless)
    return create_words(room(sandbox, tmp_path), engine, "agent-graph-1-0", "cell:1")


def test_the_engine_is_told_every_control(sandbox: Sandbox, tmp_path: Path) -> None:
    words = " ".join(words_of(sandbox, tmp_path))
    for told in (
        "create --name agent-graph-1-0", "--pull never", "--network none", "--read-only", "--cap-drop ALL",
        "--security-opt no-new-privileges", "--user 261007:261007", "--pids-limit 40", "--cpus 0.5",
        "--memory 1073741824", "--memory-swap 1073741824", "--shm-size 3145728", "--log-driver none",
        "--ulimit core=0:0", "--ulimit nofile=99:99",
        "--tmpfs /work:rw,exec,nosuid,nodev,size=1048576,mode=0777",
        "--tmpfs /tmp:rw,exec,nosuid,nodev,size=2097152,mode=1777",
        f"type=bind,source={sandbox.runtime},target=/runtime,readonly",
    ):  # fmt: skip
        assert told in words
    assert words.endswith("cell:1 /runtime/bin/python -I -S -B /sbx/first.py 261007")
    for never in ("--privileged", "--env", "--volume", "=host", "canary", "/var/run", "docker.sock"):
        assert never not in words.replace("--hostname sandbox", "").replace(str(tmp_path), "")


def test_every_bind_is_read_only_and_none_is_the_root(sandbox: Sandbox, tmp_path: Path) -> None:
    words = words_of(sandbox, tmp_path)
    binds = [next(csv.reader([words[at + 1]])) for at, word in enumerate(words) if word == "--mount"]
    assert len(binds) > 8
    for bind in binds:
        assert bind[0] == "type=bind"
        assert bind[3] == "readonly"
        assert bind[1] not in ("source=/", "source=/etc", "source=/home", "source=/root")


def test_a_path_with_commas_and_quotes_stays_one_path(sandbox: Sandbox, tmp_path: Path) -> None:
    odd = tmp_path / 'a,readonly=false,"b"'
    engine = Engine("docker", Path("docker"), "1", rootless=False)
    words = create_words(room(sandbox, tmp_path, data=odd), engine, "n", "i")
    parsed = [next(csv.reader([word])) for word in words if "target=/data" in word]
    assert parsed == [["type=bind", f"source={odd}", "target=/data", "readonly"]]


def test_podman_is_told_what_only_it_would_do_unasked(sandbox: Sandbox, tmp_path: Path) -> None:
    words = words_of(sandbox, tmp_path, "podman", rootless=True)
    assert {"--read-only-tmpfs=false", "--systemd=false", "--no-hosts"} <= set(words)
    assert words[words.index("--userns") + 1] == "keep-id"
    assert "--userns" not in words_of(sandbox, tmp_path, "podman")


def test_the_image_is_empty_folders_and_links_and_always_the_same() -> None:
    assert empty_image() == empty_image()
    with tarfile.open(fileobj=io.BytesIO(empty_image())) as image:
        entries = {entry.name: (entry.isdir() or entry.issym(), entry.mode) for entry in image}
    assert all(plain for plain, _ in entries.values())
    assert entries["work"] == (True, 0o777)
    assert entries["etc"] == (True, 0o755)


def test_the_engine_s_client_gets_none_of_our_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary")
    monkeypatch.setenv("DOCKER_HOST", "unix:///x")
    assert client_env()["DOCKER_HOST"] == "unix:///x"
    assert "canary" not in client_env().values()


CGROUPS = "crun: creating cgroup directory: Permission denied: OCI permission denied"
RUNS = {"runs": "shift $(($# - 1)); echo $1", "broken": f"echo '{CGROUPS}' >&2; exit 126", "mute": ":"}


def engine_that_says(folder: Path, out: str, code: int = 0, run: str = "runs", name: str = "engine") -> Path:
    """An engine that answers `info`, and runs containers as `run` says."""
    path = folder / name
    info = f"cat <<'END'\n{out}\nEND\n{'echo Cannot connect to the daemon >&2; exit 1' * code}"
    path.write_text(f'#!/bin/sh\ncase "$1" in\nrun) {RUNS[run]} ;;\ninfo)\n{info}\n;;\nesac\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("kind", "said", "code", "why"),
    [
        ("docker", "", 1, "Cannot connect to the daemon. Remedy: start the daemon"),
        ("docker", json.dumps({**DOCKER, "SecurityOptions": ["name=rootless"]}), 0, "rootless docker is not supported"),
        ("docker", json.dumps({**DOCKER, "SecurityOptions": ["name=userns"]}), 0, "userns-remap is not supported"),
        ("docker", json.dumps({**DOCKER, "OperatingSystem": "Docker Desktop"}), 0, "a kernel of its own"),
        ("docker", json.dumps({**DOCKER, "OSType": "windows"}), 0, "a kernel of its own"),
        ("docker", json.dumps(PODMAN), 0, "is this really docker"),
        ("podman", json.dumps({**PODMAN, "host": {"serviceIsRemote": True}}), 0, "client of another machine"),
        ("podman", "no json", 0, "makes no sense"),
    ],
)
def test_an_engine_that_cannot_hold_a_cell_is_refused_with_the_remedy(
    tmp_path: Path, kind: Kind, said: str, code: int, why: str
) -> None:
    with pytest.raises(SandboxUnavailable, match="NOT run") as caught:
        available(kind, engine_that_says(tmp_path, said, code))
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_engine_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailable, match=r"podman is not on PATH\. Remedy: install podman"):
        available("podman")


def test_an_engine_that_answers_is_known_by_its_answer(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    docker = find_engine("docker", engine_that_says(tmp_path / "docker", json.dumps(DOCKER)))
    podman = find_engine("podman", engine_that_says(tmp_path, json.dumps(PODMAN)))
    assert (docker.version, docker.rootless) == ("28.2", False)
    assert (podman.version, podman.rootless) == ("5.4", True)


@pytest.mark.parametrize(("kind", "facts"), [("docker", DOCKER), ("podman", PODMAN)])
@pytest.mark.parametrize(("run", "why"), [("broken", CGROUPS), ("mute", "said '' instead of 'ran'")])
def test_an_engine_that_answers_and_runs_nothing_is_unavailable_with_cause_and_remedy(
    tmp_path: Path, kind: Kind, facts: dict[str, object], run: str, why: str
) -> None:
    with pytest.raises(SandboxUnavailable, match="trivial container") as caught:
        available(kind, engine_that_says(tmp_path, json.dumps(facts), run=run))
    assert why in str(caught.value)
    assert f"Remedy: see what `{kind} run` says" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_settings_and_sandbox_know_the_same_backends() -> None:
    assert set(get_args(Settings.model_fields["sandbox"].annotation)) == set(get_args(Backend))


def terminal(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from agent_graph.cli import main; main()", *words]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False)


def test_a_sandbox_that_is_not_known_is_one_clear_line() -> None:
    for ended in (terminal("list", AGENT_GRAPH_SANDBOX="gvisor"), terminal("--sandbox", "gvisor", "list")):
        assert ended.returncode == 2
        assert ended.stderr.count("\n") == 1
        assert "gvisor" in ended.stderr
        assert "podman" in ended.stderr


def test_the_doctor_tells_of_every_backend(tmp_path: Path) -> None:
    ended = terminal("--sandbox", "podman", "doctor", "--json", PATH=str(tmp_path))
    found = json.loads(ended.stdout)
    assert ended.returncode == 3
    assert not found["able"]
    assert found["chosen"] == "podman"
    assert "podman is not on PATH" in found["sandbox"]
    assert found["cells"].keys() == {"bwrap", "docker", "podman"}
    assert found["cells"]["docker"] != "ready"


def test_the_doctor_and_the_cell_believe_no_engine_that_only_answers(tmp_path: Path) -> None:
    for kind, facts in (("docker", DOCKER), ("podman", PODMAN)):
        engine_that_says(tmp_path, json.dumps(facts), run="broken", name=kind)
    path = f"{tmp_path}:{os.environ['PATH']}"
    found = json.loads(terminal("--sandbox", "podman", "doctor", "--json", PATH=path).stdout)
    assert not found["able"]
    assert CGROUPS in found["sandbox"]
    assert CGROUPS in found["cells"]["docker"]
    assert found["tools"]["docker"] is None, "a client whose engine runs nothing builds no image"
    said = terminal("--sandbox", "podman", "doctor", PATH=path).stdout
    assert "docker       unavailable: builds images" in said


def test_a_session_runs_in_a_played_container(sandbox: Sandbox, tree: Path, tmp_path: Path) -> None:
    needs_stage()
    played = Sandbox(sandbox.runtime, backend="docker", run_dir=tmp_path / "run", binary=play(tmp_path))
    (tree / "src/shop.py").write_text("open('made', 'w').write('m'); print('ran')")
    session = played.session(
        [Step("one", ("shop",)), Step("two", ("cat", "made"), kind="exec")],
        tree=tree,
        collect=("made",),
        export_to=tmp_path / "export",
        require={"memory": "cgroup"},
    )
    assert [(step.rc, step.out) for step in session.steps] == [(0, "ran\n"), (0, "m")]
    assert session.export is not None
    assert list(session.export.files) == ["made"]
    assert session.result.enforced["backend"] == "docker"


@pytest.mark.parametrize("ignored", ["--network", "--cap-drop", "--user", "--read-only", "--memory"])
def test_an_engine_that_ignores_a_control_runs_nothing(
    sandbox: Sandbox, tree: Path, tmp_path: Path, ignored: str
) -> None:
    needs_stage()
    careless = Sandbox(sandbox.runtime, backend="docker", run_dir=tmp_path / "run", binary=play(tmp_path, ignored))
    data = tmp_path / "export"
    with pytest.raises(AgentGraphError, match="did not") as caught:
        careless.run(["touch", "made"], Policy(tree=tree, collect=("made",), export_to=data))
    assert ignored in str(caught.value) or ignored == "--memory"
    assert not data.exists()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["0.lock"]


def test_a_leftover_of_the_slot_s_dead_supervisor_is_removed_first(sandbox: Sandbox, tmp_path: Path) -> None:
    needs_stage()
    binary = play(tmp_path)
    played = Sandbox(sandbox.runtime, backend="docker", run_dir=tmp_path / "run", binary=binary)
    (tmp_path / "run").mkdir(mode=0o700)
    with claim_slot(tmp_path / "run") as slot:
        (tmp_path / "played" / slot.name).write_text("[]")
    assert played.run(["true"]).status == "ok"
    assert sorted(os.listdir(tmp_path / "played")) == ["ignores"]
