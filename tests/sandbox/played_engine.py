"""Plays `docker` for the tests, on bubblewrap: no engine, but real namespaces, mounts and control groups (as root).

Run as `python played_engine.py STATE word...`. What STATE/ignores lists is asked for in vain, as by a careless engine.
"""

import contextlib
import csv
import json
import os
import signal
import sys
import time
from pathlib import Path

INFO = {"ServerVersion": "played", "SecurityOptions": ["name=seccomp"], "OSType": "linux", "OperatingSystem": "test"}
FLAGS = {"--rm", "--read-only"}


def parse(words: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """The options of `create` in order, and the image with its command."""
    options = []
    while words[0].startswith("--"):
        name = words.pop(0)
        options.append((name, "" if name in FLAGS else words.pop(0)))
    return options, words


def bwrap_words(options: list[tuple[str, str]], ignored: set[str]) -> list[str]:
    asked = dict(options)
    words = ["--unshare-ipc", "--unshare-pid", "--unshare-uts", "--as-pid-1", "--cap-drop", "ALL", "--new-session"]
    words += [] if "--network" in ignored else ["--unshare-net"]
    words += [word for name in ("SETUID", "SETGID", "SETPCAP") for word in ("--cap-add", f"CAP_{name}")]
    words += ["--proc", "/proc", "--dev", "/dev"]
    words += ["--size", asked["--shm-size"], "--perms", "1777", "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    for link in ("/lib", "/lib64", "/bin", "/sbin"):
        if os.path.islink(link):
            words += ["--symlink", os.readlink(link), link]
    for name, value in options:
        if name == "--tmpfs":
            path, _, rest = value.partition(":")
            size, mode = (
                dict(part.split("=") for part in rest.split(",") if "=" in part)[key] for key in ("size", "mode")
            )
            words += ["--size", size, "--perms", mode, "--tmpfs", path]
        elif name == "--mount":
            place = dict(part.partition("=")[::2] for part in next(csv.reader([value])))
            parents = [str(folder) for folder in list(Path(place["target"]).parents)[-2::-1]]
            words += [word for folder in parents for word in ("--perms", "0755", "--dir", folder)]
            words += ["--ro-bind", place["source"], place["target"]]
    return [*words, *([] if "--read-only" in ignored else ["--remount-ro", "/"])]


def user_words(asked: dict[str, str], ignored: set[str]) -> list[str]:
    uid = asked["--user"].split(":")[0]
    user = [] if "--user" in ignored else [f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    rights = [] if "--cap-drop" in ignored else ["--bounding-set=-all", "--inh-caps=-all"]
    return ["setpriv", *user, *rights]


def start(state: Path, name: str) -> int:
    """Like an engine's client: the container would live on without it."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    import site

    site.main()
    from agent_graph.sandbox import Limits
    from agent_graph.sandbox.cgroup import ControlGroup
    from agent_graph.sandbox.probe import bwrap_path

    options, (_, *command) = parse(json.loads((state / name).read_text()))
    ignored = set((state / "ignores").read_text().split())
    asked = dict(options)
    bounds = Limits(memory=int(asked["--memory"]), pids=int(asked["--pids-limit"]), cpus=float(asked["--cpus"]))
    much = Limits(memory=1 << 40, pids=30_000, cpus=64)
    group = ControlGroup(f"played-{name}", much if "--memory" in ignored else bounds)
    inside = [*user_words(asked, ignored), *command]
    container = os.fork()
    if container == 0:
        os.setsid()
        group.add(os.getpid())
        os.execve(bwrap_path(), ["bwrap", *bwrap_words(options, ignored), "--", *inside], {"PATH": "/usr/bin"})  # noqa: S606
    code = os.waitstatus_to_exitcode(os.waitpid(container, 0)[1])
    group.remove()
    return code


def remove(state: Path, name: str) -> int:
    """The client that would have tidied up was killed, as they all are: the groups are still there."""
    (state / name).unlink(missing_ok=True)
    groups = list(Path("/sys/fs/cgroup").glob(f"**/played-{name}"))
    deadline = time.monotonic() + 5
    while groups and time.monotonic() < deadline:
        for group in groups:
            for pid in (group / "cgroup.procs").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            with contextlib.suppress(OSError):
                group.rmdir()
        groups = [group for group in groups if group.exists()]
    return len(groups)


def main(state: Path, words: list[str]) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if words[0] == "info":
        print(json.dumps(INFO))
    elif words[0] == "create":
        name = words[words.index("--name") + 1]
        if (state / name).exists():
            print(f'Error: the name "{name}" is already in use', file=sys.stderr)
            return 1
        (state / name).write_text(json.dumps(words[1:]))
    elif words[0] == "run":
        print(words[-1])  # of a trivial container
    elif words[0] == "start":
        return start(state, words[-1])
    elif words[0] == "rm":
        return remove(state, words[-1])
    return 0


def play(folder: Path, *ignores: str) -> Path:
    """An executable that plays docker, and ignores some of what it is asked for."""
    state = folder / "played"
    state.mkdir(exist_ok=True)
    (state / "ignores").write_text(" ".join(ignores))
    path = folder / "docker"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -P -S {Path(__file__)} {state} "$@"\n')
    path.chmod(0o755)
    return path


def needs_stage() -> None:
    """Skips the test where the play can't be given."""
    import pytest

    from agent_graph.sandbox import Limits
    from agent_graph.sandbox.cgroup import control_group

    if os.geteuid() != 0:
        pytest.skip("only root can play an engine on bubblewrap: it changes the uid")
    with control_group(f"played-{os.getpid()}", Limits()) as group:
        if not {"memory", "pids", "cpu"} <= group.kind.keys():
            pytest.skip("no control group can be made here, so an engine can't be played")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
