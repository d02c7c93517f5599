"""Hostile programs: each must prove that it tried, and must have got nowhere."""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_graph.sandbox import Limits, Policy, Result, Sandbox
from tests.processes import processes_with

Attack = Callable[..., tuple[Result, list[Any]]]
MiB = 1 << 20
CANARY = "canary-7d1c0e"


def succeeded(said: list[Any]) -> list[Any]:
    return [fact for fact in said if fact[1]]


def test_files_of_the_host_cannot_be_read(attack: Attack, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY)
    code = f"""
for path in ({str(secret)!r}, "/proc/1/root" + {str(secret)!r}, "/etc/shadow", "/etc/machine-id", "/root/.ssh/id_rsa",
             "/oldroot/etc/passwd", "/proc/1/environ", "/proc/1/mem", "/proc/kcore", "/dev/mem"):
    tried(path, lambda: open(path, "rb").read(50))
tried("passwd", lambda: [line for line in open("/etc/passwd") if not line.startswith("sandbox:")] or 1 / 0)
"""
    result, said = attack(code)
    assert len(said) == 11
    assert succeeded(said) == []
    assert CANARY not in result.out + result.err


def test_the_root_folder_holds_only_what_the_sandbox_put_there(attack: Attack, tmp_path: Path) -> None:
    _, said = attack("said('top', sorted(os.listdir('/')))", mounts={"data": tmp_path / "tree"})
    expected = {
        "bin",
        "data",
        "dev",
        "etc",
        "home",
        "lib",
        "proc",
        "runtime",
        "sbx",
        "src",
        "sys",
        "tmp",
        "usr",
        "work",
    }
    optional = {"lib32", "lib64", "libx32", "sbin"}
    python = {Path(sys.base_prefix).parts[1], Path(sys.base_prefix).resolve().parts[1]}
    assert expected <= set(said[0][1]) <= expected | optional | python


def test_the_environment_of_the_host_does_not_leak(attack: Attack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_TOKEN", CANARY)
    code = """
import glob
said("own", dict(os.environ))
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    tried(path, lambda: open(path).read())
"""
    result, said = attack(code)
    assert len(said) >= 4
    assert CANARY not in result.out


def test_only_its_own_loopback_can_be_reached(attack: Attack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0{CANARY}-{os.getpid()}")
        abstract.listen()
        code = f"""
import socket
def udp(): s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("198.51.100.1", 9)); return s.getsockname()
tried("host tcp", lambda: socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), 3))
tried("route", udp)
tried("abstract", lambda: socket.socket(socket.AF_UNIX).connect("\\0{CANARY}-{os.getpid()}"))
for name, family, kind in (("packet", 17, 3), ("vsock", 40, 1), ("alg", 38, 5), ("xdp", 44, 3), ("raw", 2, 3)):
    tried(name, lambda: socket.socket(family, kind))
tried("audit", lambda: socket.socket(16, 3, 9))
tried("interface", lambda: [i for i in socket.if_nameindex() if i[1] != "lo"] or 1 / 0)
mine = socket.create_server(("127.0.0.1", 0))
said("own loopback", False, str(socket.create_connection(mine.getsockname(), 3).getpeername()))
"""
        result, said = attack(code)
    assert result.status == "ok", result.err
    assert len(said) == 11
    assert succeeded(said) == []


def test_nothing_outside_can_be_written(attack: Attack, tmp_path: Path, tree: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "rows.csv").write_text("a\n1\n")
    places = ("/x", "/etc/x", "/usr/x", "/usr/bin/x", "/dev/x", "/proc/x", "/data/x", "/data/rows.csv", "/src/x")
    code = f"""
for path in {(*places, "/runtime/x", "/runtime/bin/python", "/sbx/driver.py", "/sys/x", str(tmp_path / "x"))!r}:
    tried(path, lambda: open(path, "a").write("x"))
tried("core", lambda: open("/proc/sys/kernel/core_pattern", "w").write("|/x"))
tried("remove", lambda: os.remove("/data/rows.csv"))
open("/work/mine", "w").write("x"); open("/tmp/mine", "w").write("x"); open("/dev/null", "w").write("x")
said("benign", False)
"""
    result, said = attack(code, mounts={"data": data})
    assert result.status == "ok", result.err
    assert len(said) == 17
    assert succeeded(said) == []
    assert (data / "rows.csv").read_text() == "a\n1\n"
    assert sorted(os.listdir(tree)) == ["attack.py", "src"]


def test_a_fork_bomb_stays_within_its_number_of_processes(attack: Attack) -> None:
    code = """
made = 0
for _ in range(500):
    try:
        if os.fork() == 0:
            import time; time.sleep(60); os._exit(0)
        made += 1
    except OSError: break
said("made", made)
"""
    result, said = attack(code, Limits(wall_s=20, pids=40))
    assert 10 <= said[0][1] < 40
    assert result.status == "ok"


def test_a_memory_hog_is_stopped_at_its_limit(attack: Attack) -> None:
    code = """
said("begins", True)
blocks = []
while True: blocks.append(bytearray(os.urandom(1 << 20) * 8)); said("mb", len(blocks) * 8)
"""
    result, said = attack(code, Limits(wall_s=30, memory=200 * MiB))
    assert said[0] == ["begins", True]
    assert result.status == "memory" or "MemoryError" in result.err
    assert said[-1][1] <= 260


def test_the_disk_quota_holds_for_hidden_files_too(attack: Attack) -> None:
    code = """
written = 0
def fill(fd):
    global written
    while True: written += os.write(fd, b"x" * (1 << 18))
os.mkdir("/work/dark"); unlinked = os.open("/work/gone", os.O_CREAT | os.O_RDWR); os.unlink("/work/gone")
dark = os.open("/work/dark/file", os.O_CREAT | os.O_RDWR); os.chmod("/work/dark", 0)
for name, fd in (("unlinked", unlinked), ("dark", dark)): tried(name, lambda: fill(fd))
said("written", written)
"""
    result, said = attack(code, Limits(wall_s=20, disk=32 * MiB))
    assert [fact[1] for fact in said[:2]] == [False, False]
    assert "No space left" in said[0][2]
    assert 16 * MiB < said[2][1] <= 32 * MiB
    assert result.status in ("ok", "disk")  # the quota holds whether or not the full moment was seen


def test_a_full_disk_is_named_as_the_reason(attack: Attack) -> None:
    code = "said('fills', True)\nbig = open('/work/big', 'wb', buffering=0)\nwhile True: big.write(b'x' * 65536)"
    result, said = attack(code, Limits(wall_s=20, disk=8 * MiB))
    assert said == [["fills", True]]
    assert "No space left" in result.err
    assert result.status == "disk"


def test_every_other_writable_place_is_bounded(attack: Attack) -> None:
    code = """
for folder in ("/tmp", "/home", "/dev/shm"):
    done = 0
    with open(folder + "/fill", "wb", buffering=0) as file:
        try:
            while done < (200 << 20): done += file.write(b"x" * (1 << 20))
        except OSError: pass
    said(folder, done); os.remove(folder + "/fill")
"""
    _, said = attack(code, Limits(wall_s=30, tmp=16 * MiB, shm=16 * MiB, memory=1024 * MiB))
    assert [fact[1] <= 64 * MiB for fact in said] == [True, True, True]


def test_too_many_files_and_too_deep_folders_end_the_run(attack: Attack) -> None:
    many, _ = attack("for n in range(10**7): open(f'/work/f{n}', 'w').close()", Limits(wall_s=30, files=3000))
    deep, _ = attack("while True: os.mkdir('d'); os.chdir('d')", Limits(wall_s=30, depth=30))
    assert (many.status, deep.status) == ("files", "depth")


def test_links_and_special_files_are_not_collected(sandbox: Sandbox, tree: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY)
    (tree / "attack.py").write_text(f"""
import os, socket
os.makedirs("out/.git/hooks"); open("out/.git/hooks/post-checkout", "w").write("x")
os.symlink({str(secret)!r}, "out/link"); os.symlink("/", "out/folder"); os.mkfifo("out/fifo")
open("out/one", "w").write("1"); os.link("out/one", "out/two"); socket.socket(socket.AF_UNIX).bind("out/socket")
open("out/bad\\nname", "w").write("1"); open("out/good.joblib", "wb").write(b"opaque")
os.symlink({str(tmp_path)!r}, "elsewhere")
""")
    result = sandbox.run(
        ["python", "attack.py"],
        Policy(tree=tree, collect=("out", "elsewhere/secret.txt", "absent"), export_to=tmp_path / "export"),
    )
    assert result.status == "ok", result.err
    assert result.export is not None
    assert list(result.export.files) == ["out/good.joblib"]
    assert result.export.files["out/good.joblib"].size == 6
    assert len(result.export.skipped) == 10
    assert [path.name for path in (tmp_path / "export").rglob("*") if path.is_file()] == ["good.joblib"]


def test_a_daemon_does_not_survive(sandbox: Sandbox, tree: Path) -> None:
    token = f"survivor-{time.monotonic_ns()}"
    (tree / "attack.py").write_text("""
import os, signal, sys, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: time.sleep(100)
    os._exit(0)
print("daemon started", flush=True)
""")
    started = time.monotonic()
    result = sandbox.run(["python", "/work/attack.py", token], Policy(tree=tree, env={"TOKEN": token}))
    assert "daemon started" in result.out
    assert time.monotonic() - started < 10
    assert processes_with(token) == []


def test_an_output_flood_is_cut_and_counted(attack: Attack) -> None:
    result, _ = attack("while True: os.write(1, b'x' * 65536)", Limits(wall_s=30, out_kill=8 * MiB))
    assert result.status == "output"
    assert result.out_total > 8 * MiB
    assert len(result.out) < 70_000


def test_a_program_that_ignores_signals_ends_at_the_time_limit(attack: Attack) -> None:
    code = """
import signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
said("ignoring", True)
while True: time.sleep(1)
"""
    started = time.monotonic()
    result, said = attack(code, Limits(wall_s=1))
    assert (result.status, result.rc, said) == ("timeout", None, [["ignoring", True]])
    assert time.monotonic() - started < 4


def test_a_busy_loop_ends_at_the_limit_of_processor_time(attack: Attack) -> None:
    result, said = attack("said('spins', True)\nwhile True: pass", Limits(wall_s=30, cpu_s=1))
    assert said == [["spins", True]]
    assert result.status == "cpu"


def test_kernel_uid_zero_is_never_handed_out(sandbox: Sandbox, tree: Path) -> None:
    (tree / "attack.py").write_text("""
import os
print(open("/proc/self/uid_map").read().split(), os.getuid())
for name, action in (("setuid", lambda: os.setuid(0)), ("chmod", lambda: os.chmod("/proc/1/exe", 0o4755)),
                     ("pid 1", lambda: open("/proc/1/mem", "r+b"))):
    try: action(); print("ESCAPED", name)
    except OSError as problem: print("refused", name)
print([line for line in open("/proc/self/status") if line.startswith(("Cap", "NoNewPrivs"))])
""")
    result = sandbox.run(["python", "attack.py"], Policy(tree=tree))
    assert result.out.count("refused") == 3, result.out + result.err
    assert "ESCAPED" not in result.out
    assert "NoNewPrivs:\\t1" in result.out
    assert result.out.count("0000000000000000") >= 4  # inheritable, permitted, effective, ambient
    if os.geteuid() == 0:
        assert int(result.out.split("]")[1].split()[0]) >= 261_000


def test_a_planted_link_does_not_make_bwrap_write_on_the_host(sandbox: Sandbox, tree: Path, tmp_path: Path) -> None:
    """CVE-2026-87766, against our own arguments."""
    host, data = tmp_path / "host", tmp_path / "data"
    host.mkdir()
    data.mkdir()
    for name in ("data", "work"):
        os.symlink(f"/oldroot{host}", tree / name)
    result = sandbox.run(["ls", "-la", "/work", "/data"], Policy(tree=tree, mounts={"data": data}))
    assert "/oldroot" in result.out
    assert list(host.iterdir()) == []


def test_the_kernel_s_dangerous_calls_are_refused(attack: Attack) -> None:
    code = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True); libc.syscall.restype = ctypes.c_long
calls = dict(ptrace=101, mount=165, unshare=272, setns=308, keyctl=250, bpf=321, io_uring=425, userfaultfd=323,
             perf=298, chroot=161, init_module=175, clone3=435, kexec=246, memfd_secret=447, newest=999)
for name, number in calls.items():
    ctypes.set_errno(0)
    value = libc.syscall(ctypes.c_long(number), ctypes.c_long(0x10000000 if name == "unshare" else 0), 0, 0, 0, 0)
    said(name, value >= 0, ctypes.get_errno())
"""
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers are those of x86_64")
    _, said = attack(code)
    assert len(said) == 15
    assert succeeded(said) == []
    assert {fact[2] for fact in said} <= {1, 38}


def test_modules_planted_in_the_project_do_not_run_before_the_program(sandbox: Sandbox, tree: Path) -> None:
    for name in ("json", "os", "resource", "sitecustomize", "usercustomize", "capture", "ctypes"):
        (tree / f"{name}.py").write_text("print('PLANTED', flush=True)")
        (tree / "src" / f"{name}.py").write_text("print('PLANTED', flush=True)")
    result = sandbox.run(["python", "-I", "-c", "print('clean')"], Policy(tree=tree))
    assert result.out == "clean\n"


def test_twelve_sandboxes_at_once_do_not_mix(sandbox: Sandbox) -> None:
    seen: dict[int, str] = {}

    def one(number: int) -> None:
        seen[number] = sandbox.run(["python", "-c", f"print({number})"]).out

    threads = [threading.Thread(target=one, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {number: f"{number}\n" for number in range(12)}
