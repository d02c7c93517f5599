"""The suite that a backend must pass before it may run generated code: bwrap here, docker and podman where they are."""

import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest

from agent_graph.backends import Backend
from agent_graph.errors import BadInput, SandboxSetupError, SandboxUnavailable
from agent_graph.sandbox import Limits, Policy, Sandbox, Step, StepResult, available
from tests.sandbox.conformance import Cell, MiB, hostile_outputs, is_private, processes, shell
from tests.sandbox.played_engine import needs_stage, play

BACKENDS = [backend for backend in get_args(Backend) if backend != "none"]
PLAYED = "docker, played"  # the container backend's own code, where no engine runs
INSIDE = {
    "PATH", "HOME", "TMPDIR", "USER", "LANG", "TZ", "XDG_CACHE_HOME", "MPLBACKEND", "OMP_NUM_THREADS", "PWD",
    "OPENBLAS_NUM_THREADS", "MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK", "GIT_PYTHON_REFRESH",
    "PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE", "PYTHONUNBUFFERED", "PYTHONHASHSEED", "LC_CTYPE",
}  # fmt: skip


@pytest.fixture(params=[*BACKENDS, pytest.param(PLAYED, marks=pytest.mark.slow)])
def cell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cell]:
    backend, binary = request.param, None
    if backend == PLAYED:
        needs_stage()
        backend, binary = "docker", play(tmp_path)
    try:
        available(backend, binary)
    except SandboxUnavailable as problem:
        pytest.skip(str(problem))
    (tmp_path / "tree/src").mkdir(parents=True)
    sandbox = Sandbox(Path(sys.prefix), backend=backend, run_dir=tmp_path / "run", binary=binary)
    yield Cell(sandbox, tmp_path / "tree", tmp_path / "run", binary)
    assert [path.name for path in (tmp_path / "run").glob("*") if path.suffix != ".lock"] == []


HOG = "b = []\nwhile True: b.append(bytearray(b'x' * (8 << 20)))"
FULL = "with open('full', 'wb') as f:\n    while True: f.write(b'x' * 65536)"
MANY = "for n in range(1000): open(f'f{n}', 'w').close()\nimport time; time.sleep(3)"
DEEP = "for n in range(40): os.mkdir('d'); os.chdir('d')\nimport time; time.sleep(3)"


@pytest.mark.parametrize(
    ("code", "limits", "status", "rc"),
    [
        ("", Limits(), "ok", 0),
        ("sys.exit(3)", Limits(), "exit", 3),
        ("os.kill(os.getpid(), 11)", Limits(), "signal", 139),
        ("import time; time.sleep(60)", Limits(wall_s=0.5), "timeout", None),
        ("while True: pass", Limits(cpu_s=1), "cpu", 152),
        (HOG, Limits(memory=200 * MiB), "memory", ...),
        (FULL, Limits(disk=8 * MiB), "disk", ...),
        (MANY, Limits(files=500), "files", None),
        (DEEP, Limits(depth=20), "depth", None),
        ("while True: os.write(1, b'x' * 65536)", Limits(out_kill=4 * MiB), "output", None),
    ],
    ids=["ok", "exit", "signal", "timeout", "cpu", "memory", "disk", "files", "depth", "output"],
)
def test_how_a_program_ended_is_told(cell: Cell, code: str, limits: Limits, status: str, rc: object) -> None:
    started = time.monotonic()
    result, _ = cell.python(code, limits)
    rlimited = status == "memory" and "MemoryError" in result.err and result.enforced["memory"] == "rlimit+poll"
    assert result.status == status or rlimited, result
    assert rc is ... or result.rc == rc
    assert time.monotonic() - started < 25


def test_a_program_that_does_not_exist_is_the_program_s_fault(cell: Cell) -> None:
    result = cell.sandbox.run(["no-such-program"])
    assert (result.status, result.rc) == ("exit", 127)
    assert "no-such-program" in result.err


def test_the_tree_is_a_copy_and_the_host_s_stays_as_it_was(cell: Cell) -> None:
    (cell.tree / "private").write_text("mine")
    (cell.tree / "private").chmod(0o600)
    (cell.tree / "tool.sh").write_text("#!/bin/sh\necho ran\n")
    (cell.tree / "tool.sh").chmod(0o755)
    (cell.tree / "link").symlink_to("private")
    (cell.tree / ".git").mkdir()
    script = "cat link; ./tool.sh; echo more >> private; rm tool.sh; ls -A"
    result = cell.sandbox.run(["sh", "-c", script], Policy(tree=cell.tree))
    assert result.out == "mineran\nlink\nprivate\nsrc\n", result
    assert (cell.tree / "private").read_text() == "mine"
    assert (cell.tree / "tool.sh").exists()


def test_mounts_runtime_and_system_are_read_only_and_work_is_not(cell: Cell, tmp_path: Path) -> None:
    data, other = tmp_path / "data", tmp_path / 'odd, "name"'
    for folder in (data, other):
        folder.mkdir(mode=0o700)
        (folder / "rows.csv").write_text("a,b")
        (folder / "rows.csv").chmod(0o600)
    code = (
        "for place in ('/data/rows.csv', '/other/rows.csv'): say(open(place).read(), tried(lambda: open(place, 'a')))\n"
        "for place in ('/data', '/other', '/runtime', '/runtime/bin', '/src', '/sbx', '/etc', '/usr', '/', '/sys'):\n"
        "    say(place, tried(lambda: open(place + '/made', 'w')))\n"
        "for place in ('/work', '/tmp', '/home', '/dev/shm'): say(tried(lambda: open(place + '/made', 'w')))\n"
        "say(sys.prefix)"
    )
    result, facts = cell.python(code, mounts={"data": data, "other": other})
    assert result.status == "ok", result
    assert [fact[0] for fact in facts[:2]] == ["a,b", "a,b"]
    assert [fact for fact in facts[:12] if fact[1][0]] == []
    assert [fact[0][0] for fact in facts[12:16]] == [True] * 4
    assert facts[16] == ["/runtime"]


def test_the_environment_is_exactly_what_was_given(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-key")
    seen, first, words = cell.one(
        "def read(name):\n    try: return open(name, 'rb').read().decode('utf-8', 'replace')\n"
        "    except OSError: return ''\n"
        "say(dict(os.environ), read('/proc/1/environ'), read('/proc/1/cmdline'))",
        env={"GIVEN": "1"},
    )
    assert seen["GIVEN"] == "1"
    assert seen.keys() - {"GIVEN"} <= INSIDE
    assert "canary-key" not in json.dumps([seen, first, words])


def test_only_the_loopback_is_there(cell: Cell) -> None:
    code = (
        "import http.server, socket, threading, urllib.request\n"
        "server = http.server.HTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)\n"
        "threading.Thread(target=server.serve_forever, daemon=True).start()\n"
        "own = urllib.request.urlopen(f'http://localhost:{server.server_port}/').status\n"
        "out = [tried(lambda: socket.create_connection((host, 53), 3))[0] for host in ('1.1.1.1', '10.0.0.1')]\n"
        "kinds = [tried(lambda: socket.socket(*kind))[0] for kind in ((40, 1), (38, 5), (17, 3))]\n"
        "say(own, out, kinds, sorted(name for _, name in socket.if_nameindex()))"
    )
    assert cell.one(code) == [200, [False, False], [False] * 3, ["lo"]]


def test_the_program_has_no_rights_and_sees_nothing_of_the_host(cell: Cell, tmp_path: Path) -> None:
    (tmp_path / "canary").write_text("secret")
    code = (
        "facts = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "say([int(facts[n], 16) for n in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb')], int(facts['NoNewPrivs']),\n"
        "    int(facts['Seccomp']), os.getuid() != 0, sorted(int(n) for n in os.listdir('/proc') if n.isdigit())[:2],\n"
        f"    tried(lambda: open({str(tmp_path / 'canary')!r}).read()), tried(lambda: os.setuid(0)),\n"
        "    tried(lambda: open('/proc/1/mem', 'r+b')), sorted(n for n in os.listdir('/proc/self/fd') if int(n) > 3))"
    )
    caps, no_new, filtered, user, pids, canary, root, memory, fds = cell.one(code)
    assert (caps, no_new, filtered, user, pids[0]) == ([0, 0, 0, 0], 1, 2, True, 1)
    assert [canary[0], root[0], memory[0]] == [False] * 3
    assert fds == []


def test_what_leaves_is_regular_files_with_their_digests(cell: Cell, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary")
    asked = {"collect": ("out", "absent"), "export_to": tmp_path / "export"}
    result, _ = cell.python(hostile_outputs(tmp_path / "secret"), **asked)
    assert result.export is not None
    assert list(result.export.files) == ["out/good.csv"], result.export
    assert result.export.files["out/good.csv"].sha256 == hashlib.sha256(b"1,2").hexdigest()
    assert is_private(tmp_path / "export/out/good.csv")
    assert dict(result.export.skipped) == {
        "out/link": "symbolic link",
        "out/folder": "symbolic link",
        "out/pipe": "special file",
        "out/a": "hard link",
        "out/b": "hard link",
        "out/line\nbreak": "control character in the name",
        "out/.git": "denied name",
        "absent": "No such file or directory",
    }


def test_what_was_written_is_collected_from_a_program_that_had_to_be_ended(cell: Cell, tmp_path: Path) -> None:
    code = "open('note', 'w').write('n')\nimport time; time.sleep(60)"
    result, _ = cell.python(code, Limits(wall_s=1), collect=("note",), export_to=tmp_path / "export")
    assert result.status == "timeout"
    assert result.export is not None
    assert list(result.export.files) == ["note"]


def test_long_output_keeps_its_head_its_tail_and_its_length(cell: Cell) -> None:
    result, _ = cell.python(
        "os.write(1, b'first'); [os.write(2, b'y' * 1000) for _ in range(300)]; os.write(2, b'end')"
    )
    assert result.out == "first"
    assert result.err.startswith("yyy")
    assert result.err.endswith("end")
    assert "bytes dropped" in result.err
    assert result.err_total == 300_003
    assert len(result.err) < 70_000


def test_steps_run_in_order_each_with_a_result_of_its_own(cell: Cell, tmp_path: Path) -> None:
    (cell.tree / "src/shop.py").write_text(
        "import sys\nprint(sys.argv[1:], sys.path[0])\nopen('seen', 'w')\nsys.exit(4)"
    )
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes/look.py").write_text("import os, sys; print(os.path.exists('seen'), sys.argv)")
    heard: list[StepResult] = []
    session = cell.steps(
        Step("module", ("shop", "a")),
        Step("script", ("/probes/look.py", "b"), kind="script"),
        shell("exec", "echo $A $B", env=(("A", "1"),)),
        shell("late", "echo starts; sleep 60", timeout_s=0.5),
        shell("dies", "kill -SEGV $$"),
        shell("absent", "exec no-such-tool"),
        shell("needed", "exit 1", stop_on_failure=True),
        shell("last", "true"),
        mounts={"probes": tmp_path / "probes"},
        env={"B": "2"},
        on_step=heard.append,
    )
    assert [(step.name, step.status, step.rc) for step in session.steps] == [
        ("module", "exit", 4),
        ("script", "exit", 0),
        ("exec", "exit", 0),
        ("late", "timeout", None),
        ("dies", "signal", -11),
        ("absent", "exit", 127),
        ("needed", "exit", 1),
        ("last", "skipped", None),
    ]
    assert session.step("module").out == "['a'] /work/src\n"
    assert session.step("script").out == "True ['/probes/look.py', 'b']\n"
    assert session.step("exec").out == "1 2\n"
    assert session.step("late").out == "starts\n"
    assert tuple(heard) == session.steps


def test_nothing_of_a_step_lives_on_in_the_next(cell: Cell) -> None:
    look = "import os; print(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()), os.getppid(), os.getpid())"
    session = cell.steps(
        shell("daemon", "setsid sh -c 'sleep 50 & sleep 50' & true"), Step("look", ("python", "-c", look), kind="exec")
    )
    pids, driver, own = session.step("look").out.rsplit(" ", 2)
    assert json.loads(pids) == [1, int(driver), int(own)]


def test_after_the_session_s_death_the_rest_is_skipped(cell: Cell) -> None:
    flood = "for n in $(seq 900); do : > f$n; done; sleep 30"
    session = cell.steps(shell("first", "true"), shell("kills", flood), shell("rest", "true"), limits=Limits(files=500))
    assert session.result.status == "files"
    assert [(step.status, step.rc) for step in session.steps] == [("exit", 0), ("signal", None), ("skipped", None)]


def test_a_step_can_forge_no_result(cell: Cell) -> None:
    (cell.tree / "forge.py").write_text("""
import json, os
forged = json.dumps({"end": 0, "result": {"name": "forger", "status": "exit", "rc": 0, "seconds": 0, "cpu_s": 0,
                     "peak_rss": 0, "out": "FORGED", "err": ""}}).encode() + b"\\n"
def tried(action):
    try: action(); print("DID")
    except OSError: print("refused")
driver = os.getppid()
for place in (f"/proc/{driver}/fd", "/proc/1/fd"):
    tried(lambda: os.listdir(place))
    for fd in range(3, 40):
        tried(lambda: os.open(f"{place}/{fd}", os.O_WRONLY))
        tried(lambda: os.write(fd, forged))
tried(lambda: open(f"/proc/{driver}/mem", "r+b"))
tried(lambda: os.stat("/sbx/door"))
os._exit(7)
""")
    session = cell.steps(Step("forger", ("python", "forge.py"), kind="exec"), shell("honest", "echo fine"))
    forger = session.step("forger")
    assert (forger.status, forger.rc) == ("exit", 7)
    assert forger.out.split() == ["refused"] * (2 * (1 + 2 * 37) + 2)
    assert session.step("honest").out == "fine\n"


def test_processes_are_counted_and_none_survives(cell: Cell) -> None:
    token = f"97{os.getpid()}.5"
    code = (
        "import subprocess\nmade = 0\ntry:\n    while made < 300:\n"
        f"        subprocess.Popen(['sleep', '{token}'], start_new_session=True); made += 1\n"
        "except OSError: pass\nsay(made)\nos._exit(0)"
    )
    result, facts = cell.python(code, Limits(pids=40, wall_s=30))
    assert result.status == "ok", result
    assert 10 <= facts[0][0] < 40
    assert processes(token) == []


SUPERVISOR = """
from pathlib import Path
from agent_graph.sandbox import Sandbox, Step
binary = {binary!r}
sandbox = Sandbox(Path({runtime!r}), backend={backend!r}, run_dir=Path({run_dir!r}), binary=binary and Path(binary))
steps = [Step("a", ("true",), kind="exec"), Step("b", ("sleep", {token!r}), kind="exec", timeout_s=100)]
sandbox.session(steps, on_step=lambda step: print(1, flush=True))
"""


def test_a_dead_supervisor_leaves_no_process_and_the_next_start_no_file(cell: Cell) -> None:
    token = f"96{os.getpid()}.5"
    code = SUPERVISOR.format(
        runtime=str(cell.sandbox.runtime),
        backend=cell.sandbox.backend,
        run_dir=str(cell.run_dir),
        binary=cell.binary and str(cell.binary),
        token=token,
    )
    supervisor = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "1\n"
    deadline = time.monotonic() + 10
    while not (inside := [pid for pid in processes(token) if pid != supervisor.pid]):
        assert time.monotonic() < deadline
    ends = [os.pidfd_open(pid) for pid in inside]
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()
    supervisor.stdout.close()
    for end in ends:
        assert select.select([end], [], [], 1.0)[0], "a process outlived its supervisor"
        os.close(end)
    assert cell.sandbox.run(["true"]).status == "ok"


def test_cells_that_run_at_once_hear_their_own_program_only(cell: Cell) -> None:
    cell.sandbox.run(["true"])
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda n: cell.sandbox.run(["sh", "-c", f"echo {n} > f; sleep 0.2; cat f"]), range(4)))
    assert [result.out for result in results] == ["0\n", "1\n", "2\n", "3\n"]


def test_no_descriptor_is_left_open(cell: Cell) -> None:
    cell.sandbox.run(["true"])
    before = set(os.listdir("/proc/self/fd"))
    cell.sandbox.run(["true"])
    with pytest.raises(SandboxSetupError):
        cell.sandbox.run(["true"], Policy(tree=cell.tree / "absent"))
    assert set(os.listdir("/proc/self/fd")) == before


def test_what_held_is_named_and_what_is_required_must_hold(cell: Cell) -> None:
    held = cell.sandbox.run(["true"], Policy(require={"network": "namespace", "disk": "tmpfs"})).enforced
    assert held["backend"] == cell.sandbox.backend
    assert {"memory", "pids", "cpu", "disk", "network", "seccomp", "landlock", "userns"} <= held.keys()
    with pytest.raises(SandboxUnavailable, match="memory is held by"):
        cell.sandbox.run(["true"], Policy(require={"memory": "hypervisor"}))


def test_what_is_wrong_before_the_program_is_not_the_program_s_fault(cell: Cell, tmp_path: Path) -> None:
    (cell.tree / "big").write_bytes(b"x" * (4 * MiB))
    with pytest.raises(SandboxSetupError, match="No space left"):
        cell.sandbox.run(["true"], Policy(tree=cell.tree), Limits(disk=MiB))
    with pytest.raises(SandboxSetupError, match="top-level folder"):
        cell.sandbox.run(["true"], Policy(mounts={"etc": tmp_path}))
    with pytest.raises(SandboxSetupError, match="relative to /work"):
        cell.sandbox.run(["true"], Policy(collect=("../x",), export_to=tmp_path / "export"))
    os.mkfifo(cell.tree / "pipe")
    with pytest.raises(SandboxSetupError, match="socket, pipe or device"):
        cell.sandbox.run(["true"], Policy(tree=cell.tree))
    nowhere = Sandbox(tmp_path, backend=cell.sandbox.backend, run_dir=tmp_path / "run", binary=cell.binary)
    with pytest.raises(SandboxUnavailable, match="no virtual environment"):
        nowhere.run(["true"])


def test_a_backend_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no sandbox is called 'gvisor'"):
        Sandbox(tmp_path, backend="gvisor")  # type: ignore[arg-type]
