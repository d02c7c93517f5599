"""A session: one start, many steps, each its own process, none able to speak for another."""

import json
import os
import time
from pathlib import Path

import pytest

from agent_graph.backends import Backend
from agent_graph.errors import Cancelled, SandboxSetupError
from agent_graph.sandbox import Limits, Policy, Sandbox, Step, StepResult


def package(tree: Path, main: str, name: str = "shop") -> Path:
    folder = tree / "src" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text("WHERE = __file__\n")
    (folder / "__main__.py").write_text(main)
    return tree


def test_a_module_runs_as_python_dash_m_would(sandbox: Sandbox, tree: Path) -> None:
    package(
        tree, "import os, sys, shop\nprint(__name__, sys.argv[1:], sys.path[0], os.getcwd(), shop.WHERE)\nsys.exit(3)"
    )
    session = sandbox.session([Step("one", ("shop", "a", "--b"))], tree=tree)
    one = session.step("one")
    assert (one.status, one.rc) == ("exit", 3), one.err
    assert one.out == "__main__ ['a', '--b'] /work/src /work /work/src/shop/__init__.py\n"
    assert one.cpu_s > 0
    assert one.peak_rss > 1 << 20
    assert session.result.status == "ok"


@pytest.mark.parametrize(
    ("main", "rc", "err"),
    [
        ("import sys; sys.exit()", 0, ""),
        ("import sys; sys.exit('no rows')", 1, "no rows\n"),
        ("def f(): raise ValueError('x')\nf()", 1, "ValueError: x"),
        ("import no_such_module", 1, "No module named 'no_such_module'"),
        ("import atexit, os; atexit.register(lambda: print('bye'))", 0, ""),
    ],
)
def test_ways_to_end_give_the_exit_code_of_a_real_interpreter(
    sandbox: Sandbox, tree: Path, main: str, rc: int, err: str
) -> None:
    step = sandbox.session([Step("one", ("shop",))], tree=package(tree, main)).step("one")
    assert (step.status, step.rc) == ("exit", rc)
    assert err in step.err
    assert "driver.py" not in step.err
    assert "fork.py" not in step.err
    assert ("bye" in step.out) == ("atexit" in main)


def test_every_kind_of_step_sees_the_project_and_the_mounts(sandbox: Sandbox, tree: Path, tmp_path: Path) -> None:
    package(tree, "print('module')")
    probes, data = tmp_path / "probes", tmp_path / "data"
    for folder in (probes, data):
        folder.mkdir(mode=0o700)
    (probes / "look.py").write_text("import shop, sys; print(shop.WHERE, open('/data/rows.csv').read(), sys.argv)")
    (data / "rows.csv").write_text("a,b")
    (data / "rows.csv").chmod(0o600)
    session = sandbox.session(
        [
            Step("module", ("shop",)),
            Step("script", ("/probes/look.py", "x"), kind="script", env=(("A", "1"),)),
            Step(
                "exec",
                ("python", "-c", "import shop, os; print(os.environ['A'], os.environ['B'])"),
                kind="exec",
                env=(("A", "2"),),
            ),
            Step("absent", ("no-such-tool",), kind="exec"),
        ],
        tree=tree,
        mounts={"probes": probes, "data": data},
        env={"B": "3"},
    )
    assert [step.rc for step in session.steps] == [0, 0, 0, 127]
    assert session.step("script").out == "/work/src/shop/__init__.py a,b ['/probes/look.py', 'x']\n"
    assert session.step("exec").out == "2 3\n"
    assert "no-such-tool" in session.step("absent").err
    with pytest.raises(KeyError, match="never"):
        session.step("never")


def test_libraries_are_loaded_once_and_steps_share_no_state(sandbox: Sandbox, tree: Path) -> None:
    package(
        tree,
        "import sys; print('numpy' in sys.modules); import numpy; print(hasattr(numpy, 'mine')); numpy.mine = 1",
    )
    session = sandbox.session(
        [Step("one", ("shop",)), Step("two", ("shop",))], tree=tree, preload=("numpy", "absent_one")
    )
    assert [step.out for step in session.steps] == ["True\nFalse\n", "True\nFalse\n"]
    assert "absent_one was not preloaded" in session.result.err


def test_files_flow_between_steps_and_hashing_is_repeatable(sandbox: Sandbox, tree: Path) -> None:
    package(tree, "import sys; open('seen', 'a').write(f\"{hash('a')}\\n\"); print(open('seen').read())")
    steps = [Step("one", ("shop",)), Step("two", ("shop",))]
    first, again = (sandbox.session(steps, tree=tree).step("two").out for _ in range(2))
    assert first == again
    assert len(set(first.split())) == 1
    assert not (tree / "seen").exists()


def test_a_late_step_is_ended_alone(sandbox: Sandbox, tree: Path) -> None:
    package(tree, "import os, time\nprint('starts', flush=True)\nos.fork()\ntime.sleep(100)")
    started = time.monotonic()
    session = sandbox.session([Step("late", ("shop",), timeout_s=0.5), Step("next", ("true",), kind="exec")], tree=tree)
    assert time.monotonic() - started < 10
    assert (session.step("late").status, session.step("late").rc) == ("timeout", None)
    assert session.step("late").out.startswith("starts")
    assert session.step("next").ok


def test_nothing_of_a_step_lives_on_in_the_next(sandbox: Sandbox, tree: Path) -> None:
    package(
        tree,
        "import os, time\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(100)\n    os._exit(0)\n"
        "os.wait()",
    )
    look = "import os; print(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()), os.getpid())"
    session = sandbox.session([Step("daemon", ("shop",)), Step("look", ("python", "-c", look), kind="exec")], tree=tree)
    assert session.step("daemon").rc == 0
    pids, own = session.step("look").out.rsplit(" ", 1)
    assert json.loads(pids) == [1, 2, int(own)]


def test_steps_after_a_needed_one_that_failed_are_skipped(sandbox: Sandbox) -> None:
    heard: list[StepResult] = []
    steps = [Step("needed", ("false",), kind="exec", stop_on_failure=True), Step("later", ("true",), kind="exec")]
    session = sandbox.session(steps, on_step=heard.append)
    assert [(step.name, step.status) for step in session.steps] == [("needed", "exit"), ("later", "skipped")]
    assert tuple(heard) == session.steps
    assert not session.ok


def test_a_step_killed_by_a_signal_says_so(sandbox: Sandbox) -> None:
    step = sandbox.session([Step("dies", ("sh", "-c", "kill -SEGV $$"), kind="exec")]).step("dies")
    assert (step.status, step.rc) == ("signal", -11)


def test_a_step_cannot_forge_report_read_or_stop_the_driver(sandbox: Sandbox, tree: Path) -> None:
    package(
        tree,
        """
import json, os, signal
forged = json.dumps({"end": 0, "result": {"name": "forger", "status": "exit", "rc": 0, "seconds": 0, "cpu_s": 0,
                     "peak_rss": 0, "out": "FORGED", "err": ""}}).encode() + b"\\n"
def tried(name, action):
    try: action(); print("DID", name)
    except OSError as problem: print("refused", name, problem)
driver = os.getppid()
tried("fds", lambda: os.listdir(f"/proc/{driver}/fd"))
for fd in range(3, 64):
    tried(f"write {fd}", lambda: os.write(fd, forged))
    tried(f"reopen {fd}", lambda: os.open(f"/proc/{driver}/fd/{fd}", os.O_WRONLY))
tried("memory", lambda: open(f"/proc/{driver}/mem", "r+b"))
tried("pid 1 memory", lambda: open("/proc/1/mem", "r+b"))
print(driver, flush=True)
os._exit(7)
""",
    )
    session = sandbox.session([Step("forger", ("shop",)), Step("honest", ("echo", "fine"), kind="exec")], tree=tree)
    forger = session.step("forger")
    assert (forger.status, forger.rc) == ("exit", 7)
    assert forger.out.count("refused") == 125
    assert "DID" not in forger.out
    assert session.step("honest").out == "fine\n"


@pytest.mark.parametrize("number", [9, 19])
def test_a_step_that_attacks_the_driver_harms_itself_at_most(sandbox: Sandbox, tree: Path, number: int) -> None:
    package(tree, f"import os\nprint('tries', flush=True)\nos.kill(os.getppid(), {number})")
    session = sandbox.session(
        [Step("killer", ("shop",), timeout_s=2), Step("next", ("true",), kind="exec")],
        tree=tree,
        limits=Limits(wall_s=8),
    )
    abi = int(session.result.enforced["landlock"].removeprefix("abi ").replace("none", "0"))
    assert abi < 6 or session.result.status == "ok"
    if session.result.status == "ok":  # Landlock's scope kept the signal in
        assert "PermissionError" in session.step("killer").err
        assert session.step("next").ok
    else:
        assert session.step("killer").status in ("signal", "timeout")
        assert session.step("next").status == "skipped"


def test_modules_planted_in_the_project_never_reach_the_driver(sandbox: Sandbox, tree: Path) -> None:
    package(tree, "print('ran')")
    for folder in (tree, tree / "src"):
        for name in ("json", "selectors", "sitecustomize", "capture", "fork", "numpy"):
            (folder / f"{name}.py").write_text("import sys; sys.stderr.write('PLANTED\\n')")
    session = sandbox.session([Step("one", ("shop",))], tree=tree, preload=("numpy",), env={"PYTHONPATH": "/work"})
    assert session.step("one").out == "ran\n"
    assert "PLANTED" not in session.result.err + session.result.out


def test_a_flood_ends_the_step_and_keeps_head_and_tail(sandbox: Sandbox, tree: Path) -> None:
    package(tree, "import os\nos.write(1, b'first')\nwhile True: os.write(1, b'x' * 65536)")
    session = sandbox.session(
        [Step("flood", ("shop",)), Step("next", ("true",), kind="exec")], tree=tree, limits=Limits(out_kill=4 << 20)
    )
    flood = session.step("flood")
    assert flood.status == "signal"
    assert flood.out.startswith("first")
    assert len(flood.out) < 70_000
    assert "bytes of output" in flood.err
    assert session.step("next").ok


def test_chosen_files_are_collected_as_opaque_bytes(sandbox: Sandbox, tree: Path, tmp_path: Path) -> None:
    package(
        tree,
        "import os\nos.makedirs('out/deep')\nopen('note', 'w').write('n')\n"
        "open('out/deep/model.joblib', 'wb').write(b'\\x80\\x04')",
    )
    session = sandbox.session(
        [Step("one", ("shop",))], tree=tree, collect=("out", "note"), export_to=tmp_path / "export"
    )
    assert session.export is not None
    assert sorted(session.export.files) == ["note", "out/deep/model.joblib"]
    assert (tmp_path / "export/out/deep/model.joblib").read_bytes() == b"\x80\x04"
    assert session.export.bytes == 3


def test_an_owned_file_that_only_the_owner_may_read_is_copied_in(sandbox: Sandbox, tree: Path) -> None:
    (tree / "private").write_text("mine")
    (tree / "private").chmod(0o600)
    (tree / "tool.sh").write_text("#!/bin/sh\necho ran\n")
    (tree / "tool.sh").chmod(0o755)
    (tree / ".git").mkdir()
    script = "cat private; ./tool.sh; echo more >> private; ls -a"
    result = sandbox.run(["sh", "-c", script], Policy(tree=tree))
    assert result.out.startswith("mineran\n"), result.err
    assert ".git" not in result.out


def test_a_service_can_be_reached_on_the_loopback(sandbox: Sandbox) -> None:
    script = (
        "import http.server, threading, urllib.request\n"
        "server = http.server.HTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)\n"
        "threading.Thread(target=server.serve_forever, daemon=True).start()\n"
        "print(urllib.request.urlopen(f'http://localhost:{server.server_port}/').status)"
    )
    assert sandbox.run(["python", "-c", script]).out == "200\n"


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "."])
def test_only_paths_of_the_project_can_be_collected(sandbox: Sandbox, tmp_path: Path, path: str) -> None:
    with pytest.raises(SandboxSetupError, match="relative to /work"):
        sandbox.run(["true"], Policy(collect=(path,), export_to=tmp_path / "export"))


@pytest.mark.parametrize("name", ["work", "etc", "a/b", "..", "", "Root", "tmp"])
def test_only_new_top_level_folders_can_be_mounted(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    with pytest.raises(SandboxSetupError, match="top-level folder"):
        sandbox.run(["true"], Policy(mounts={name: tmp_path / "run"}))


def test_a_tree_with_a_socket_or_pipe_is_refused(sandbox: Sandbox, tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    with pytest.raises(SandboxSetupError, match="socket, pipe or device"):
        sandbox.run(["true"], Policy(tree=tree))


def test_a_tree_larger_than_the_quota_is_our_error_and_not_the_program_s(sandbox: Sandbox, tree: Path) -> None:
    (tree / "big").write_bytes(b"x" * (4 << 20))
    with pytest.raises(SandboxSetupError, match="No space left"):
        sandbox.run(["true"], Policy(tree=tree), Limits(disk=1 << 20))


def test_without_a_sandbox_the_same_steps_run_and_the_result_says_that_nothing_held(
    sandbox: Sandbox, tree: Path, tmp_path: Path
) -> None:
    package(
        tree,
        "import sys; print(open('/data/rows.csv'.replace('/data', sys.argv[1])).read()); open('made', 'w').write('m')",
    )
    data = tmp_path / "data"
    data.mkdir()
    (data / "rows.csv").write_text("a,b")
    steps = [Step("one", ("shop", "/data")), Step("late", ("sleep", "100"), kind="exec", timeout_s=0.3)]
    session = Sandbox(sandbox.runtime, backend="none").session(
        steps, tree=tree, mounts={"data": data}, collect=("made",), export_to=tmp_path / "export"
    )
    assert [step.status for step in session.steps] == ["exit", "timeout"], session.result
    assert session.step("one").out == "a,b\n"
    assert session.export is not None
    assert list(session.export.files) == ["made"]
    assert session.result.enforced["backend"] == "none"
    assert session.result.enforced["network"] == "none"
    assert not (tree / "made").exists()


@pytest.mark.parametrize("backend", ["bwrap", "none"])
def test_a_session_that_somebody_wants_to_end_ends_in_moments_with_all_its_processes(
    sandbox: Sandbox, tree: Path, tmp_path: Path, backend: Backend
) -> None:
    wish, token = tmp_path / "cancel", f"sleep-{os.getpid()}-{time.monotonic_ns()}"
    steps = [
        Step("quick", ("python", "-c", "print('done')"), kind="exec"),
        Step("slow", ("python", "-c", "import time; time.sleep(300)", token), kind="exec", timeout_s=300),
    ]
    cell = Sandbox(sandbox.runtime, backend=backend, run_dir=tmp_path / "run", stop=wish.exists)
    began = time.monotonic()
    with pytest.raises(Cancelled):
        cell.session(steps, tree=tree, on_step=lambda step: wish.touch())
    assert time.monotonic() - began < 30
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if token in _text(path)]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
